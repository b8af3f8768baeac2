import type { Account } from "#contracts/account";
import type { LogonSession, Neighbourhood, ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { StemmaEvent } from "../../event/event.ts";
import type { AccountTie } from "../../lineage/account.ts";
import type { AccountResolver, AccountScope } from "../../lineage/account-identity.ts";
import type { HostAddress } from "../../lineage/addresses.ts";
import type { ChildGroups } from "../../lineage/collapse-children.ts";
import type { LogonFact } from "../../lineage/facts.ts";
import type { KnownHosts } from "../../lineage/hosts/evidence.ts";
import type { LogonSurroundings } from "../../lineage/links/read-ahead.ts";
import type { LogonCount } from "../../lineage/logon-counts.ts";
import type { LineageTables, LogonIdentity, LogonProbe } from "../../lineage/tables.ts";
import type { TimeRange } from "../events/port.ts";

/** Reads the process graph. Its writer is `LineageTables` in `lineage/tables.ts`. */
export interface LineageReader {
  /** By current or former key: keys of merged duplicates and replaced placeholders still resolve to their process. */
  process(key: string): Promise<ProcessNode | undefined>;
  processes(keys: readonly string[]): Promise<ReadonlyMap<string, ProcessNode>>;
  /** The process that an event is about, if lineage knows one. */
  processOf(event: StemmaEvent): Promise<ProcessNode | undefined>;
  /** The same for many events, by event id, in a fixed number of reads. Events about no known process are left out. */
  processesOf(events: readonly StemmaEvent[]): Promise<ReadonlyMap<string, ProcessNode>>;
  /** Parent first, root last; at most `limit`. Cycles are broken. */
  ancestors(key: string, limit: number): Promise<readonly ProcessNode[]>;
  /** By current or former key: each process, followed by its ancestors as above. Unknown keys are left out. */
  paths(keys: readonly string[], limit: number): Promise<ReadonlyMap<string, readonly ProcessNode[]>>;
  /** The logon sessions that the processes of these paths run in, each once. */
  sessionsOnPaths(keys: readonly string[], limit: number): Promise<readonly LogonSession[]>;
  /** The path, as above, of the process that an alert is about; undefined without such an alert or process. */
  pathOfAlert(alertId: string, limit: number): Promise<readonly ProcessNode[] | undefined>;
  /** By start time; with `childGroup` only the members of that group. */
  children(key: string, query: ChildrenQuery): Promise<Page<ProcessNode>>;
  /**
   * Children grouped by image and command-line template, at most `limit` groups per parent. Parents without children
   * are omitted.
   */
  childGroups(parents: readonly string[], limit: number): Promise<ReadonlyMap<string, ChildGroups>>;
  /**
   * Ancestors, siblings, the process and its descendants by level, up to `limit` nodes, with their sessions. Reports
   * truncations. Given by key, or by its path (`paths` with `MAX_ANCESTORS + 1`) if that was read already.
   */
  neighbourhood(of: string | readonly ProcessNode[], limit: number): Promise<Neighbourhood | undefined>;
  session(key: string): Promise<LogonSession | undefined>;
  /** The most recently opened first, those without a known logon last. */
  sessions(query: SessionQuery): Promise<Page<LogonSession>>;
  /** Newest first. A host or account may be known under several names, see `lineage/aliases.ts`. */
  processesIn(query: ProcessQuery): Promise<Page<ProcessNode>>;
  /** Comparable process starts, newest first by default. The total is exact. */
  runs(query: RunQuery): Promise<Page<ProcessNode>>;
  hosts(): Promise<readonly HostSummary[]>;
  /** Host names whose first label is one of these (`lineage/aliases.ts`), by name. Must use an index on the name. */
  hostsLabelled(labels: readonly string[]): Promise<readonly string[]>;
  /** All names of the hosts that these names mean, with the evidence about them. Unknown names are left out. */
  hostsNear(names: readonly string[]): Promise<KnownHosts>;
  /** The names of all hosts, and all evidence. */
  allHosts(): Promise<KnownHosts>;
  users(): Promise<readonly UserSummary[]>;
  /** Which recorded names are one account. Kept until an account, a SID or a host becomes known. */
  accounts(): Promise<AccountResolver>;
  counts(): Promise<{ readonly processes: number; readonly sessions: number }>;
  /** Per probe, in order: logon facts, oldest first, at most `limit`. */
  logonFacts(probes: readonly LogonProbe[], limit: number): Promise<readonly (readonly LogonFact[])[]>;
  /** Addresses used by these hosts, or hosts that used these addresses. */
  addresses(of: AddressQuery): Promise<readonly HostAddress[]>;
  /** The pairings of these account names with SIDs found in records, by name and SID. */
  accountTies(userKeys: readonly string[]): Promise<readonly AccountTie[]>;
  /** Counted logons of an account, the latest first. */
  logonCounts(query: LogonCountQuery): Promise<Page<LogonCount>>;
  /**
   * What the links of these sessions to other hosts usually need, read in one round trip per host that they lead back
   * to; undefined from a store for which single reads cost nothing.
   */
  logonSurroundings(sessions: readonly string[]): Promise<LogonSurroundings | undefined>;
}

/** `first` and `last`: start times of the earliest and latest process. */
export interface HostSummary {
  readonly host: string;
  readonly processes: number;
  readonly first?: number;
  readonly last?: number;
}

/** A recorded account. `last`: start time of its latest process, or of its latest logon if it has none. */
export interface UserSummary {
  readonly key: string;
  readonly account: Account;
  /** Where it ran processes, logged on or failed to, by host. */
  readonly on: readonly UserOnHost[];
  readonly last?: number;
}

export interface UserOnHost {
  readonly host: string;
  readonly processes: number;
  readonly logons: number;
  readonly failedLogons: number;
  /** The latest logon or failure, in epoch milliseconds. */
  readonly lastLogon?: number;
}

export interface LogonCountQuery {
  readonly accounts: readonly AccountScope[];
  readonly limit: number;
}

export interface ChildrenQuery {
  readonly childGroup?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export interface SessionQuery {
  /** In any of these scopes. */
  readonly accounts?: readonly AccountScope[];
  readonly hosts?: readonly string[];
  readonly userKeys?: readonly string[];
  readonly keys?: readonly string[];
  /** All sessions of these logon ids. */
  readonly logons?: readonly LogonIdentity[];
  readonly limit: number;
}

export type AddressQuery = { readonly hosts: readonly string[] } | { readonly addresses: readonly string[] };

export interface ProcessQuery {
  /** In any of these scopes, which do not overlap. */
  readonly accounts?: readonly AccountScope[];
  readonly hosts?: readonly string[];
  readonly userKeys?: readonly string[];
  readonly sessionKey?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/**
 * Processes started in the window that share an image (file name in lower case), an image and command-line template, or
 * a file (`strongestHash`).
 */
export type RunQuery = TimeRange & {
  readonly host?: string;
  readonly order?: "oldest-first" | "newest-first";
  readonly cursor?: string;
  readonly limit: number;
} & ({ readonly name: string; readonly childGroup?: string } | { readonly hash: string });

/** The part of `LineageTables` about logons, sessions, addresses and accounts. */
export type LogonTables = Pick<
  LineageTables,
  | "logons"
  | "saveLogons"
  | "replaceSessions"
  | "usedLogons"
  | "rowsInSessions"
  | "saveAddresses"
  | "saveAccountTies"
  | "addLogonCounts"
>;

/** The part of `LineageTables` about hosts and their names. */
export type HostTables = Pick<LineageTables, "hostsNear" | "hostsOfMachines" | "allHosts" | "saveHosts" | "takeHost">;

/** The part of `LineageTables` about processes. */
export type ProcessTables = Omit<LineageTables, keyof LogonTables | keyof HostTables>;
