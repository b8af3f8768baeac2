import type { Account } from "#contracts/account";
import type { Activity } from "#contracts/lineage";
import type { AccountTie } from "./account.ts";
import type { HostAddress } from "./addresses.ts";
import type { EndFact, LogonFact } from "./facts.ts";
import type { HostEvidence, KnownHosts } from "./hosts/evidence.ts";
import type { LogonCount } from "./logon-counts.ts";
import type { ProcessRow } from "./process-row.ts";
import type { LogonUse } from "./resolve/logon-uses.ts";

/**
 * What lineage reads and writes in a store within one write transaction. Each call takes a list, so that a store across
 * a network needs one round trip. Every call sees what earlier calls of the transaction saved.
 */
export interface LineageTables {
  rows(keys: readonly string[]): Promise<ReadonlyMap<string, ProcessRow>>;
  /**
   * The process that a merged row or a replaced placeholder leads to, at the end of however many pointers. Other keys
   * are left out.
   */
  mergedKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Rows that match any of the probes, hidden ones included, except those that the caller has (`known`). */
  startsNear(probes: readonly StartProbe[], known: ReadonlySet<string>): Promise<readonly ProcessRow[]>;
  /** Those of the pids that an exit or a child refers to by pid: for others there is nothing to resolve. */
  namedPids(pids: readonly HostPid[]): Promise<readonly HostPid[]>;
  /** For each range, in order: the nearest two starts of the pid before and after it, the nearest first. */
  startsAround(ranges: readonly PidWindow[]): Promise<readonly StartsAround[]>;
  /** A part of a pid's history for each probe, in order. */
  histories(probes: readonly HistoryProbe[]): Promise<readonly PidHistory[]>;
  /**
   * Writes whole rows by key, and adjusts the counts (children, processes of users, hosts, sessions) by the difference.
   */
  saveRows(rows: readonly ProcessRow[]): Promise<void>;
  /** Deletes those of the placeholders that have no exit and no child any more. */
  dropUnused(placeholders: readonly string[]): Promise<void>;
  saveExits(exits: readonly ExitRow[]): Promise<void>;
  /** Adds to the counters of processes, by key. */
  addActivity(counts: ReadonlyMap<string, Activity>): Promise<void>;
  /** Facts and sessions of each logon id, in order. */
  logons(ids: readonly LogonIdentity[]): Promise<readonly StoredLogon[]>;
  /** Facts that are stored already remain as they are. */
  saveLogons(facts: readonly LogonFact[]): Promise<void>;
  /** Replaces all sessions of logon ids, each id once. */
  replaceSessions(changes: readonly LogonSessions[]): Promise<void>;
  /** The logon ids of these hosts, other than those of services, under which processes ran. */
  usedLogons(hosts: readonly string[]): Promise<readonly LogonIdentity[]>;
  /** Shown processes in any session of the logon ids. */
  rowsInSessions(ids: readonly LogonIdentity[]): Promise<readonly ProcessRow[]>;
  /** Extends the stored periods in which hosts had addresses. */
  saveAddresses(addresses: readonly HostAddress[]): Promise<void>;
  /** Of pairs that are stored already, the earlier record is kept. */
  saveAccountTies(ties: readonly AccountTie[]): Promise<void>;
  /** Adds to the stored counts. */
  addLogonCounts(counts: readonly LogonCount[]): Promise<void>;
  /**
   * All names of the hosts that these names mean, and of every host that shares an id or the beginning of its entity
   * ids with one of them, with the evidence about all of these.
   */
  hostsNear(names: readonly string[]): Promise<KnownHosts>;
  /** The same for every name whose entity ids begin with one of these. */
  hostsOfMachines(machines: readonly string[]): Promise<KnownHosts>;
  /** Every name of every host: few, but only read when one of them changes. */
  allHosts(): Promise<KnownHosts>;
  /** Sets the hosts that names mean. Evidence that is stored already remains as it is. */
  saveHosts(news: HostDecisions): Promise<void>;
  /** Removes everything that is stored about a host but its names, and returns it. */
  takeHost(host: string): Promise<HostContent>;
}

export interface HostDecisions {
  /** Name to host; undefined for a name that is still to be decided. */
  readonly names: ReadonlyMap<string, string | undefined>;
  readonly evidence: readonly HostEvidence[];
}

/** What is stored about one host. */
export interface HostContent {
  readonly rows: readonly ProcessRow[];
  readonly activity: ReadonlyMap<string, Activity>;
  readonly exits: readonly EndFact[];
  readonly logons: readonly LogonFact[];
  readonly addresses: readonly HostAddress[];
}

/** Finds logon facts of one kind with `from <= time <= to`. */
export type LogonProbe = { readonly what: LogonFact["what"]; readonly from: number; readonly to: number } & (
  | ({ readonly by: "session" } & LogonIdentity)
  | { readonly by: "host"; readonly host: string }
  /** The source address of a logon. */
  | { readonly by: "address"; readonly address: string }
  /** The first label of the host that credentials were used for. */
  | { readonly by: "target"; readonly label: string }
);

/** Finds rows with `from <= at <= to` by pid, by name (lower case), or by name among rows without a pid. */
export type StartProbe = { readonly host: string; readonly from: number; readonly to: number } & (
  | { readonly by: "pid"; readonly pid: number }
  | { readonly by: "name"; readonly name: string }
  | { readonly by: "name-without-pid"; readonly name: string }
);

export interface LogonSessions extends LogonIdentity {
  readonly sessions: readonly SessionRow[];
}

export interface StoredLogon {
  readonly facts: readonly LogonFact[];
  readonly sessions: readonly SessionRow[];
}

export interface HostPid {
  readonly host: string;
  readonly pid: number;
}

/** A part of a pid's history in epoch milliseconds, both ends included. */
export interface PidWindow extends HostPid {
  readonly from: number;
  readonly to: number;
}

export interface StartsAround {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface HistoryProbe extends PidWindow {
  /** Whether processes that refer to the pid in that time are loaded too. */
  readonly referrers: boolean;
}

export interface PidHistory {
  /** Rows with `from <= at <= to`, the three before, the two after, and the duplicates of all of them. */
  readonly rows: readonly ProcessRow[];
  /**
   * Exits known by pid only between the first and the last of those rows; without a bound where fewer rows were found.
   */
  readonly exits: readonly ExitRow[];
  /** Shown processes that started in `from`..`to` and whose parent has this pid and no entity id. */
  readonly referrers: readonly ProcessRow[];
}

/** An exit without an entity id (Security 4689), and the process that it ended. */
export interface ExitRow {
  readonly fact: EndFact;
  readonly processKey?: string;
}

export interface LogonIdentity {
  readonly host: string;
  readonly logonId: string;
}

/** A session as it is stored; counts and, where no logon is known, the user come from its processes. */
export interface SessionRow extends LogonIdentity {
  readonly key: string;
  readonly opened?: LogonFact;
  readonly closed?: number;
  readonly privileged: boolean;
  readonly user?: Account;
  /** The other half of a split token, and whether this half is the one with administrative rights. */
  readonly linked?: { readonly logonId: string; readonly elevated?: boolean };
  /** Epoch milliseconds of its first record; undefined for the first session of an id, which has everything before. */
  readonly from?: number;
  /** Epoch milliseconds: from then on the logon id is that of the next session. */
  readonly until?: number;
  /** In the starts of its processes. */
  readonly logonGuid?: string;
  /** Who used it, as `sessionUser` compares accounts. */
  readonly usedBy?: string;
  /** Of the first session of a logon id: who used the id and when, from all starts. See `resolve/logon-uses.ts`. */
  readonly uses?: readonly LogonUse[];
}
