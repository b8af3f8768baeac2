import type { Account } from "#contracts/account";
import type { Activity } from "#contracts/lineage";
import type { AccountTie } from "./account.ts";
import type { HostAddress } from "./addresses.ts";
import type { EndFact, LogonFact } from "./facts.ts";
import type { ProcessRow } from "./process-row.ts";

/**
 * What lineage needs from a store inside a write: loading the rows that a batch of events touches and saving them
 * again. The resolving itself is pure (see `absorb.ts`). Each call takes a list, so that a store across a network needs
 * one round trip. A call sees what earlier calls of the same write saved.
 */
export interface LineageTables {
  rows(keys: readonly string[]): Promise<ReadonlyMap<string, ProcessRow>>;
  /**
   * For keys that lead to another process by now (a twin was found, a placeholder gave way): that process, however many
   * keys lead to it one after the other. Others are left out.
   */
  mergedKeys(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Identities, twins included, that any of the probes finds, but for those that the caller has. */
  startsNear(probes: readonly StartProbe[], known: ReadonlySet<string>): Promise<readonly ProcessRow[]>;
  /**
   * Those of the pids that an exit or a process without its parent's entity id names: for others nothing has to be
   * found.
   */
  namedPids(pids: readonly HostPid[]): Promise<readonly HostPid[]>;
  /** For each range, in order: when the pid's holders before and after it began (two each, the nearest first). */
  startsAround(ranges: readonly PidWindow[]): Promise<readonly StartsAround[]>;
  /** A part of a pid's history for each probe, in order. */
  histories(probes: readonly HistoryProbe[]): Promise<readonly PidHistory[]>;
  /**
   * Writes rows whole, by key. What is counted (children, processes of users, hosts, sessions) follows the difference.
   */
  saveRows(rows: readonly ProcessRow[]): Promise<void>;
  /** Removes those of the placeholders that nobody names any more. */
  dropUnused(placeholders: readonly string[]): Promise<void>;
  saveExits(exits: readonly ExitRow[]): Promise<void>;
  addActivity(counts: ReadonlyMap<string, Activity>): Promise<void>;
  /** What is stored of a logon id, for each one asked for, in order. */
  logons(ids: readonly LogonIdentity[]): Promise<readonly StoredLogon[]>;
  /** Logon facts that are known already are left as they are. */
  saveLogons(facts: readonly LogonFact[]): Promise<void>;
  /** The sessions that logon ids stand for from now on, each id once; others that they stood for go. */
  replaceSessions(changes: readonly LogonSessions[]): Promise<void>;
  /** Shown processes in any session of the logon ids. */
  rowsInSessions(ids: readonly LogonIdentity[]): Promise<readonly ProcessRow[]>;
  /** Widens what is known of when a host used an address. */
  saveAddresses(addresses: readonly HostAddress[]): Promise<void>;
  /** Those that are known already change nothing. */
  saveAccountTies(ties: readonly AccountTie[]): Promise<void>;
}

/**
 * Finds logon facts of one kind with `from <= time <= to`: those of a session, of a host, or those that come from or
 * name something.
 */
export type LogonProbe = { readonly what: LogonFact["what"]; readonly from: number; readonly to: number } & (
  | ({ readonly by: "session" } & LogonIdentity)
  | { readonly by: "host"; readonly host: string }
  /** The source address of a logon. */
  | { readonly by: "address"; readonly address: string }
  /** The first label of the host that credentials were used on. */
  | { readonly by: "target"; readonly label: string }
);

/**
 * Finds rows with `from <= at <= to` by pid, by name (lower case) whatever their pid, or by name where the pid is not
 * known.
 */
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

/** A stretch of a pid's history in epoch milliseconds, both ends included. */
export interface PidWindow extends HostPid {
  readonly from: number;
  readonly to: number;
}

export interface StartsAround {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface HistoryProbe extends PidWindow {
  /** Whether those who name the pid in that time are wanted too. */
  readonly referrers: boolean;
}

export interface PidHistory {
  /** Rows with `from <= at <= to`, the three before, the two after, and the twins of all of them. */
  readonly rows: readonly ProcessRow[];
  /**
   * Exits known by pid only between the first and the last of those rows; without a bound where fewer rows were found.
   */
  readonly exits: readonly ExitRow[];
  /** Shown processes that started in `from`..`to` and whose parent has this pid and no entity id. */
  readonly referrers: readonly ProcessRow[];
}

/** A Security 4689, and whom it ended. */
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
}
