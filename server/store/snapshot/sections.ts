import type { AuditRecord } from "#contracts/audit";
import type { ExceptionRecord } from "#contracts/exception";
import type { IngestSummary } from "#contracts/ingest";
import type { Account, Activity } from "#contracts/lineage";
import type { Answer } from "#contracts/playbook";
import type { AlertRecord, TransitionRecord } from "../../alert/record.ts";
import type { AccountTie } from "../../lineage/account.ts";
import type { HostAddress } from "../../lineage/addresses.ts";
import type { LogonFact } from "../../lineage/facts.ts";
import type { ProcessRow } from "../../lineage/process-row.ts";
import type { ExitRow, LogonIdentity, SessionRow } from "../../lineage/tables.ts";
import type { NewEvent } from "../events/port.ts";
import type { RuleVersionRecord } from "../rule-versions/port.ts";

/**
 * Everything that a store keeps, in parts, as plain values that any store can take. What follows from them (counts, coverage,
 * indexes, relationships) is no part: whoever takes the values derives it again.
 */
export interface SnapshotSections {
  readonly events: NewEvent;
  readonly accounts: Account;
  readonly accountTies: AccountTie;
  readonly addresses: HostAddress;
  readonly logons: LogonFact;
  /** All sessions that one logon id stood for. */
  readonly sessions: LogonIdentity & { readonly sessions: readonly SessionRow[] };
  /** Rows of lineage that were joined to another, then all others. */
  readonly twins: ProcessRow;
  readonly processes: ProcessRow;
  readonly activity: Activity & { readonly key: string };
  readonly exits: ExitRow;
  readonly alerts: AlertRecord;
  readonly alertAliases: AlertAlias;
  /** In the order in which they were given, also those that were given anew later; transitions likewise. */
  readonly answers: { readonly alertId: string; readonly answer: Answer };
  readonly checkedItems: { readonly alertId: string; readonly item: string };
  readonly transitions: TransitionRecord;
  readonly exceptions: ExceptionRecord;
  readonly exceptionHits: ExceptionHit;
  readonly engineState: { readonly scope: string; readonly name: string; readonly value: string };
  readonly ingests: IngestSummary;
  readonly ruleVersions: RuleVersionRecord;
  readonly settings: { readonly key: string; readonly value: unknown };
  /** The chain as it is, oldest first. */
  readonly audit: AuditRecord;
}

export type SectionName = keyof SnapshotSections;

/** An id that an alert had before its process got another key. */
export interface AlertAlias {
  readonly oldId: string;
  readonly id: string;
}

export interface ExceptionHit {
  readonly exceptionId: string;
  readonly ruleId: string;
  readonly subject: string;
  readonly eventId: string;
  readonly time: number;
}

/** In the order in which a store takes them: what others rest on comes first. */
export const sectionNames = [
  "events",
  "accounts",
  "accountTies",
  "addresses",
  "logons",
  "sessions",
  "twins",
  "processes",
  "activity",
  "exits",
  "alerts",
  "alertAliases",
  "answers",
  "checkedItems",
  "transitions",
  "exceptions",
  "exceptionHits",
  "engineState",
  "ingests",
  "ruleVersions",
  "settings",
  "audit",
] as const satisfies readonly SectionName[];
