import type { AlertStatus, CloseReason, QueuePage, QueueQuery } from "#contracts/alert";
import type { AuditRecord } from "#contracts/audit";
import type { Page } from "#contracts/event";
import type { ExceptionRecord } from "#contracts/exception";
import type { IngestSummary } from "#contracts/ingest";
import type { Account, LogonSession, Neighbourhood, ProcessNode } from "#contracts/lineage";
import type { Answer, Coverage } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import type { AlertRecord, TransitionRecord } from "../alert/record.ts";
import type { Condition } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { Result } from "../lib/result.ts";
import type { AccountTie } from "../lineage/account.ts";
import type { HostAddress } from "../lineage/addresses.ts";
import type { LogonFact } from "../lineage/facts.ts";
import type { ChildGroups } from "../lineage/neighbourhood.ts";
import type { LineageTables, LogonProbe } from "../lineage/tables.ts";
import type { PackedEvents } from "./events/packed-events.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot/sections.ts";

/**
 * What the product keeps, in the words of its use cases. Two adapters stand behind it (SQLite; Neo4j for teams), one
 * contract suite runs on both. Times are epoch milliseconds. Every list has a limit and says what it left out.
 */
export interface Store {
  /** For people: which store this is. */
  readonly description: string;
  readonly events: EventReader;
  readonly lineage: LineageReader;
  readonly alerts: AlertReader;
  readonly triage: TriageReader;
  readonly exceptions: ExceptionReader;
  readonly audit: AuditReader;
  readonly ingests: IngestReader;
  readonly engineState: EngineStateReader;
  readonly settings: SettingsReader;
  readonly ruleVersions: RuleVersionReader;
  /** Everything that is kept, as values that another store can take. */
  readonly snapshot: SnapshotReader;
  /**
   * Takes the turn to ingest, or says who has it: one ingest at a time, in whatever process; it ends with the process, or
   * soon after where that is on another machine. Reading and other writes go on.
   */
  ingestLease(): Promise<Result<{ release(): Promise<void> }, Problem>>;
  /** All of it or nothing, durable when the promise resolves. Calls wait for each other. */
  write<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface StoreTransaction {
  /**
   * Appends what was not known before and tells of each batch the places of what was taken, ascending. Of two events with one id
   * the first is taken. One call for all batches of a write spares ways to a server.
   */
  readonly events: { append(batches: readonly PackedEvents[]): Promise<readonly (readonly number[])[]> };
  readonly lineage: LineageTables;
  readonly alerts: AlertWriter;
  readonly triage: TriageWriter;
  readonly exceptions: ExceptionWriter;
  readonly audit: { append(entry: AuditEntry): Promise<AuditRecord> };
  readonly ingests: { put(summary: IngestSummary): Promise<void> };
  readonly engineState: EngineStateWriter;
  readonly settings: SettingsWriter;
  readonly ruleVersions: RuleVersionWriter;
  /** For a copy of another store. */
  readonly restore: SnapshotWriter;
}

// ── state of the detection engine ───────────────────────────────────────────────────────────────────────────────────

export interface EngineStateReader {
  /** All rows of a part of the engine, by name. */
  all(scope: string): Promise<readonly (readonly [name: string, value: string])[]>;
}

export interface EngineStateWriter {
  /** Sets rows; `value` undefined takes a row away. */
  save(scope: string, rows: readonly { readonly name: string; readonly value: string | undefined }[]): Promise<void>;
}

// ── settings and rule versions ──────────────────────────────────────────────────────────────────────────────────────

export interface SettingsReader {
  /** The value as JSON keeps it, `undefined` where none was put: whoever reads it checks it. */
  get(key: string): Promise<unknown>;
}

export interface SettingsWriter extends SettingsReader {
  /** Sets a value; `undefined` takes it away. */
  put(key: string, value: unknown): Promise<void>;
}

/** A text of a rule that was loaded once. Not every author counts versions, so the hash of the text tells them apart. */
export interface RuleVersionRecord {
  readonly ruleId: string;
  readonly hash: string;
  /** As its author counts. */
  readonly version: string;
  readonly name: string;
  /** The file that it came from, relative to the rule folder. */
  readonly source: string;
  /** The whole file. */
  readonly text: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export interface RuleVersionReader {
  /** All versions of a rule, the one seen last first. */
  of(ruleId: string): Promise<readonly RuleVersionRecord[]>;
}

export interface RuleVersionWriter {
  /** Moves `lastSeen` of the versions that are kept to `at`; gives back those that are not, in their order. */
  seen<V extends Pick<RuleVersionRecord, "ruleId" | "hash">>(versions: readonly V[], at: number): Promise<readonly V[]>;
  /** Keeps versions that are not kept yet. */
  put(versions: readonly RuleVersionRecord[]): Promise<void>;
}

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface NewEvent {
  readonly event: StemmaEvent;
  /** The record as it was read; kept so that a second person can verify. */
  readonly original: unknown;
}

export interface TimeRange {
  /** Inclusive. */
  readonly from?: number;
  /** Inclusive. */
  readonly to?: number;
}

export interface EventQuery extends TimeRange {
  readonly condition: Condition;
  readonly limit: number;
  readonly order: "oldest-first" | "newest-first";
}

export interface EventResult {
  readonly events: readonly StemmaEvent[];
  /** All matches in the window, counted even when not returned. */
  readonly total: number;
  /** Events that the evaluator looked at after the store's own narrowing. */
  readonly tested: number;
}

export interface EventReader {
  get(id: string): Promise<StemmaEvent | undefined>;
  original(id: string): Promise<unknown>;
  /** The store narrows by a weakened condition; `condition/evaluate` has the last word, so the count is exact. */
  find(query: EventQuery): Promise<EventResult>;
  /** Batches in order of time, for backfill and dry runs. */
  scan(query: Omit<EventQuery, "limit" | "order">): AsyncIterable<readonly StemmaEvent[]>;
  /** Which host sent what from when to when: by host and source ("sysmon", "security", …), in the window. */
  coverage(query: TimeRange & { readonly hosts?: readonly string[] }): Promise<readonly Coverage[]>;
  ofProcess(
    process: ProcessNode,
    query: { readonly kind?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<Page<StemmaEvent>>;
  count(): Promise<number>;
}

// ── lineage ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface LineageReader {
  /** By key; a key that was given before a twin was found, or to a placeholder that gave way, leads to the process still. */
  process(key: string): Promise<ProcessNode | undefined>;
  processes(keys: readonly string[]): Promise<ReadonlyMap<string, ProcessNode>>;
  /** The process that an event is about, if lineage knows one. */
  processOf(event: StemmaEvent): Promise<ProcessNode | undefined>;
  /** Parent first, root last; at most `limit`, loops cut. */
  ancestors(key: string, limit: number): Promise<readonly ProcessNode[]>;
  /** By start; with `cluster` only those of one group. */
  children(
    key: string,
    query: { readonly childGroup?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<Page<ProcessNode>>;
  /** Children of each parent in groups of one image and command shape; see `ChildClusters`. Parents without children are left out. */
  childGroups(parents: readonly string[], limit: number): Promise<ReadonlyMap<string, ChildGroups>>;
  /** Ancestors, siblings, the process, descendants by level up to `limit` nodes, sessions of all of them; cuts are said. */
  neighbourhood(key: string, limit: number): Promise<Neighbourhood | undefined>;
  session(key: string): Promise<LogonSession | undefined>;
  sessions(query: {
    readonly hosts?: readonly string[];
    readonly userKeys?: readonly string[];
    readonly keys?: readonly string[];
    readonly limit: number;
  }): Promise<Page<LogonSession>>;
  /** Newest first. A host or an account may be known under several names, see `lineage/aliases.ts`. */
  processesIn(query: {
    readonly hosts?: readonly string[];
    readonly userKeys?: readonly string[];
    readonly sessionKey?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<ProcessNode>>;
  /** Started processes that are alike, newest first unless asked otherwise; the total is exact. */
  runs(query: RunQuery): Promise<Page<ProcessNode>>;
  hosts(): Promise<
    readonly { readonly host: string; readonly processes: number; readonly first?: number; readonly last?: number }[]
  >;
  /** Names of hosts whose first label is one of these, by name: `lineage/aliases.ts`. Reads along the index of names. */
  hostsLabelled(labels: readonly string[]): Promise<readonly string[]>;
  users(): Promise<
    readonly {
      readonly key: string;
      readonly account: Account;
      readonly hosts: readonly string[];
      readonly processes: number;
      readonly last?: number;
    }[]
  >;
  counts(): Promise<{ readonly processes: number; readonly sessions: number }>;
  /** For each probe, in order: logon facts, oldest first, at most `limit`. */
  logonFacts(probes: readonly LogonProbe[], limit: number): Promise<readonly (readonly LogonFact[])[]>;
  /** Addresses that hosts used as theirs: of these hosts, or which hosts had these addresses. */
  addresses(
    of: { readonly hosts: readonly string[] } | { readonly addresses: readonly string[] },
  ): Promise<readonly HostAddress[]>;
  /** Every name and SID that records gave to one account. */
  accountTies(): Promise<readonly AccountTie[]>;
}

/**
 * Processes of one image (its file name in lower case), of one image and command shape, or of one file (`strongestHash`), that
 * started in the window.
 */
export type RunQuery = TimeRange & {
  readonly host?: string;
  readonly order?: "oldest-first" | "newest-first";
  readonly cursor?: string;
  readonly limit: number;
} & ({ readonly name: string; readonly childGroup?: string } | { readonly hash: string });

// ── alerts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface AlertQuery extends TimeRange {
  readonly ids?: readonly string[];
  readonly ruleIds?: readonly string[];
  readonly hosts?: readonly string[];
  readonly userKeys?: readonly string[];
  readonly processKeys?: readonly string[];
  readonly rootKey?: string;
  /** Key of the work item: `workItemKey` of the alert. */
  readonly incidentKey?: string;
  /** Taken out of the work item with this key: `leftItemKey`. */
  readonly removedFrom?: string;
  readonly commandTemplate?: string;
  readonly statuses?: readonly AlertStatus[];
  /** Left out: both kinds. */
  readonly buildingBlock?: boolean;
  /** Tested on the alert's document: its `fields` with `event.kind` "signal" and `kibana.alert.*` (see `alerts/document.ts`). */
  readonly condition?: Condition;
  readonly order?: "oldest-first" | "newest-first";
  readonly cursor?: string;
  readonly limit: number;
}

export interface AlertReader {
  get(id: string): Promise<AlertRecord | undefined>;
  find(query: AlertQuery): Promise<Page<AlertRecord>>;
  /** Everything the queue page shows except breadcrumbs (`path` is left empty). */
  queue(query: QueueQuery): Promise<QueuePage>;
  /** Alerts per day, per rule. */
  perDay(ruleId: string): Promise<readonly { readonly day: string; readonly count: number }[]>;
  /** Alerts, open ones and risk by host, account or rule id, building blocks included; those without an account are left out. */
  figures(by: "host" | "user" | "rule"): Promise<readonly AlertFigures[]>;
  /** Alerts that carry risk, oldest first, with the risk added up so far; only those of a host or an account. */
  risk(
    of: { readonly hosts: readonly string[] } | { readonly userKeys: readonly string[] },
  ): Promise<readonly RiskStep[]>;
  /** How the alerts of one rule with one shape ended. */
  similar(of: { readonly ruleId: string; readonly commandTemplate: string }): Promise<SimilarAlertCounts>;
}

/** Alerts closed as anything but a true positive were found to be nothing: they carry no risk. */
export interface AlertFigures {
  readonly key: string;
  readonly alerts: number;
  /** Not closed; building blocks do not count. */
  readonly openAlerts: number;
  readonly risk: number;
}

export interface RiskStep {
  readonly alertId: string;
  readonly time: number;
  readonly ruleName: string;
  /** Of this alert and all before it. */
  readonly risk: number;
}

export interface SimilarAlertCounts {
  readonly total: number;
  readonly escalated: number;
  readonly hosts: number;
  readonly users: number;
  readonly firstSeen?: number;
  readonly closed: readonly { readonly reason: CloseReason; readonly count: number }[];
}

/** Where an alert of a rule over single events can be found again. */
export interface AlertPlace {
  readonly ruleId: string;
  readonly processKey?: string;
  readonly eventId: string;
}

export interface AlertWriter {
  get(id: string): Promise<AlertRecord | undefined>;
  /** For each place, in order: the alert of the rule on the process, or else of the rule on the source event, if there is one. */
  existing(places: readonly AlertPlace[]): Promise<readonly (AlertRecord | undefined)[]>;
  put(alert: AlertRecord): Promise<void>;
  /** A process got a new key (a twin was found): its alerts follow; old alert ids keep leading to them. */
  rekey(changes: ReadonlyMap<string, string>): Promise<void>;
  find(query: AlertQuery): Promise<Page<AlertRecord>>;
}

// ── triage ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface TriageReader {
  /** The latest answer of each step. */
  answers(alertId: string): Promise<readonly Answer[]>;
  /** Ids of ticked checklist items. */
  checked(alertId: string): Promise<ReadonlySet<string>>;
  /** Of any of the alerts, in the order in which they were added; under the ids that the alerts have now. */
  transitions(alertIds: readonly string[]): Promise<readonly TransitionRecord[]>;
}

export interface TriageWriter extends TriageReader {
  putAnswer(alertId: string, answer: Answer): Promise<void>;
  setChecked(alertId: string, item: string, done: boolean): Promise<void>;
  addTransition(transition: TransitionRecord): Promise<void>;
}

// ── exceptions ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ExceptionReader {
  get(id: string): Promise<ExceptionRecord | undefined>;
  all(): Promise<readonly ExceptionRecord[]>;
}

export interface ExceptionWriter extends ExceptionReader {
  put(exception: ExceptionRecord): Promise<void>;
  /** A hidden hit (or, in shadow, one that would have been hidden): counted once per rule and process or event. */
  addHit(
    exceptionId: string,
    hit: { readonly ruleId: string; readonly subject: string; readonly eventId: string; readonly time: number },
  ): Promise<void>;
  /** For each one, in order: ids of the exceptions that have counted a hit of the rule on the process or event. */
  hitsOf(
    subjects: readonly { readonly ruleId: string; readonly subject: string }[],
  ): Promise<readonly (readonly string[])[]>;
}

// ── audit and ingest ────────────────────────────────────────────────────────────────────────────────────────────────

/** A change to be recorded: number and hashes are given by the store, in the transaction of the change itself. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface AuditReader {
  page(query: {
    readonly kind?: string;
    readonly id?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<AuditRecord>>;
  /** All records, oldest first, in batches: for verifying the chain. One that was tampered with in the store has no hash. */
  all(): AsyncIterable<readonly AuditRecord[]>;
  /** Number and hash of the last record that was appended, kept apart from the records. */
  head(): Promise<Pick<AuditRecord, "sequence" | "hash"> | undefined>;
}

export interface IngestReader {
  all(limit: number): Promise<readonly IngestSummary[]>;
}
