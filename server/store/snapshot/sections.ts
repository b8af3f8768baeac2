import type { Account } from "#contracts/account";
import type { AuditRecord } from "#contracts/audit";
import type { ExceptionRecord } from "#contracts/exception";
import type { IngestSummary } from "#contracts/ingest";
import type { Activity } from "#contracts/lineage";
import type { Answer } from "#contracts/playbook";
import type { Proposal } from "#contracts/proposal";
import type { SavedView } from "#contracts/saved-view";
import type { ValueList } from "#contracts/value-list";
import type { IncidentRecord } from "../../alert/incident-record.ts";
import type { AlertRecord, TransitionRecord } from "../../alert/record.ts";
import type { AccountTie } from "../../lineage/account.ts";
import type { HostAddress } from "../../lineage/addresses.ts";
import type { LogonFact } from "../../lineage/facts.ts";
import type { HostEvidence } from "../../lineage/hosts/evidence.ts";
import type { LogonCount } from "../../lineage/logon-counts.ts";
import type { ProcessRow } from "../../lineage/process-row.ts";
import type { ExitRow, LogonIdentity, SessionRow } from "../../lineage/tables.ts";
import type { BatchLeft, BatchPart, BatchRecord } from "../batches/port.ts";
import type { StoredKind } from "../damage.ts";
import type { DeliveryRecord } from "../deliveries/port.ts";
import type { NewEvent } from "../events/port.ts";
import type { RuleVersionRecord } from "../rule-versions/port.ts";
import type { StoredText } from "../triage/port.ts";
import type { ValueListPart } from "../value-lists/port.ts";

/**
 * Everything a store holds, as plain values that any store can write. Whatever can be derived from these values
 * (counts, coverage, indexes, relationships) is not a section: the writing store derives it again. See
 * docs/decisions/0020.
 */
export interface SnapshotSections {
  readonly events: NewEvent;
  readonly accounts: Account;
  readonly accountTies: AccountTie;
  readonly logonCounts: LogonCount;
  readonly hostNames: HostName;
  readonly hostEvidence: HostEvidence;
  readonly addresses: HostAddress;
  readonly logons: LogonFact;
  /** All sessions of one logon id. */
  readonly sessions: LogonIdentity & { readonly sessions: readonly SessionRow[] };
  /** Rows of lineage that were merged into another row. */
  readonly duplicates: ProcessRow;
  /** All other rows of lineage. */
  readonly processes: ProcessRow;
  readonly activity: Activity & { readonly key: string };
  readonly exits: ExitRow;
  readonly alerts: AlertRecord;
  readonly alertAliases: AlertAlias;
  readonly attachedTexts: StoredText;
  /** Every answer in the order given, including those that were replaced later. */
  readonly answers: { readonly alertId: string; readonly answer: Answer };
  readonly checkedItems: { readonly alertId: string; readonly item: string };
  /** In the order added. */
  readonly transitions: TransitionRecord;
  readonly proposals: Proposal;
  readonly incidents: IncidentRecord;
  readonly batches: BatchRecord;
  readonly batchParts: BatchPart;
  readonly batchLeft: BatchLeft;
  readonly savedViews: SavedView;
  readonly valueLists: ValueList;
  readonly valueListParts: ValueListPart;
  readonly deliveries: DeliveryRecord;
  readonly exceptions: ExceptionRecord;
  readonly exceptionHits: ExceptionHit;
  readonly engineState: { readonly scope: string; readonly name: string; readonly value: string };
  readonly ingests: IngestSummary;
  readonly ruleVersions: RuleVersionRecord;
  readonly settings: { readonly key: string; readonly value: unknown };
  /** The whole chain, oldest first. */
  readonly audit: AuditRecord;
}

/** A name of a host; without `host`, what it means was not decided yet. */
export interface HostName {
  readonly name: string;
  readonly host?: string;
}

export type SectionName = keyof SnapshotSections;

/** A former id of an alert, from before its process got another key. */
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
  readonly countedAt?: number;
}

/** What the values of a section are called where one of them is damaged. */
export const sectionKinds = {
  events: "event",
  accounts: "account",
  accountTies: "account tie",
  logonCounts: "logon",
  hostNames: "name of a host",
  hostEvidence: "evidence about a host",
  addresses: "address of a host",
  logons: "logon",
  sessions: "logon session",
  duplicates: "process",
  processes: "process",
  activity: "activity of a process",
  exits: "end of a process",
  alerts: "alert",
  alertAliases: "former id of an alert",
  attachedTexts: "attached text",
  answers: "answer",
  checkedItems: "checklist item",
  transitions: "status change",
  proposals: "proposal",
  incidents: "work on an incident",
  batches: "batch",
  batchParts: "part of a batch",
  batchLeft: "list of what a batch left",
  savedViews: "saved view",
  valueLists: "value list",
  valueListParts: "values of a list",
  deliveries: "delivery",
  exceptions: "exception",
  exceptionHits: "hit of an exception",
  engineState: "state of the detection engine",
  ingests: "ingest",
  ruleVersions: "rule version",
  settings: "setting",
  audit: "audit record",
} as const satisfies Readonly<Record<SectionName, StoredKind>>;

/** In the order of copying: what others refer to comes first. */
export const sectionNames = [
  "events",
  "accounts",
  "accountTies",
  "logonCounts",
  "hostNames",
  "hostEvidence",
  "addresses",
  "logons",
  "sessions",
  "duplicates",
  "processes",
  "activity",
  "exits",
  "alerts",
  "alertAliases",
  "attachedTexts",
  "answers",
  "checkedItems",
  "transitions",
  "proposals",
  "incidents",
  "batches",
  "batchParts",
  "batchLeft",
  "savedViews",
  "valueLists",
  "valueListParts",
  "deliveries",
  "exceptions",
  "exceptionHits",
  "engineState",
  "ingests",
  "ruleVersions",
  "settings",
  "audit",
] as const satisfies readonly SectionName[];
