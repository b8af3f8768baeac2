import type { AlertStatus, CloseReason, Severity } from "#contracts/alert";
import type { StatusCounts } from "#contracts/incident";
import type { Page } from "#contracts/page";
import type { QueuePage, QueueQuery } from "#contracts/queue";
import type { AlertRecord, IncidentMerge } from "../../alert/record.ts";
import type { Condition } from "../../condition/tree.ts";
import type { AccountScope } from "../../lineage/account-identity.ts";
import type { TimeRange } from "../events/port.ts";

export interface AlertQuery extends TimeRange {
  readonly ids?: readonly string[];
  readonly ruleIds?: readonly string[];
  readonly hosts?: readonly string[];
  readonly userKeys?: readonly string[];
  /** In any of these scopes. */
  readonly accounts?: readonly AccountScope[];
  readonly processKeys?: readonly string[];
  readonly rootKey?: string;
  /** Alerts that belong to the incident with this key (`incidentKey` of the alert). */
  readonly incidentKey?: string;
  /** Alerts removed from the incident with this key (`removedIncidentKey` of the alert). */
  readonly removedFrom?: string;
  readonly commandTemplate?: string;
  readonly statuses?: readonly AlertStatus[];
  /** `undefined`: alerts of building-block rules and of all others. */
  readonly buildingBlock?: boolean;
  /**
   * Tested on the alert document: `fields` plus `event.kind` "signal" and `kibana.alert.*`, see `alert/document.ts`.
   */
  readonly condition?: Condition;
  readonly order?: "oldest-first" | "newest-first";
  readonly cursor?: string;
  readonly limit: number;
}

export interface MergeLookup {
  /** For each of these lineages (`lineageKey`) whose incident was merged by hand: the merge of its oldest alert. */
  merges(lineages: readonly string[]): Promise<ReadonlyMap<string, IncidentMerge>>;
}

/**
 * What reports over very many alerts need: of the columns, without reading the alerts. Building blocks are left out. A
 * store may shorten very long keys and names, as it does in the queue.
 */
export interface AlertHead {
  readonly id: string;
  readonly rule: { readonly id: string; readonly name: string };
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly closeReason?: CloseReason;
  readonly incidentKey: string;
  readonly host: string;
  readonly detectedAt: number;
}

export interface AlertHeads {
  /** Alerts raised from `from` on and before `to`, oldest first, by pages. */
  raised(range: { readonly from: number; readonly to: number }): AsyncIterable<readonly AlertHead[]>;
  /** Alerts that were raised before `before` and are not closed now, oldest first, by pages. */
  notClosed(before: number): AsyncIterable<readonly AlertHead[]>;
  /** By current or former id. */
  heads(ids: readonly string[]): Promise<ReadonlyMap<string, AlertHead>>;
  /** When the first alert of each of these incidents was raised. */
  firstRaised(incidentKeys: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export interface AlertReader extends MergeLookup, AlertHeads {
  /** By current or former id, see `AlertWriter.rekey`. */
  get(id: string): Promise<AlertRecord | undefined>;
  find(query: AlertQuery): Promise<Page<AlertRecord>>;
  /** All alerts of a query. Those added meanwhile may be missing, those deleted meanwhile are. */
  each(query: Omit<AlertQuery, "cursor" | "limit">): AsyncIterable<AlertRecord>;
  /** The queue page except for breadcrumbs (`path` is empty). */
  queue(query: QueueQuery): Promise<QueuePage>;
  /** All alerts of a selection, in any order: the same that the queue counts for its filters. */
  covered(selection: AlertSelection): Promise<readonly CoveredAlert[]>;
  /** Alerts of a rule per day. */
  perDay(ruleId: string): Promise<readonly { readonly day: string; readonly count: number }[]>;
  /** Alert counts and risk per host, building blocks included. */
  figuresByHost(): Promise<readonly AlertFigures[]>;
  /** The same per recorded account and host; alerts without an account are left out. */
  figuresByUser(): Promise<readonly (AlertFigures & { readonly host: string })[]>;
  /** Alert counts per rule, building blocks included. Reads no alert. */
  countsByRule(): Promise<readonly AlertCounts[]>;
  /** Alerts that carry risk on the given hosts or accounts, oldest first, with the running total. */
  risk(
    of: { readonly hosts: readonly string[] } | { readonly accounts: readonly AccountScope[] },
  ): Promise<readonly RiskStep[]>;
  /** How alerts of a rule with the same command-line template were closed. */
  similar(of: { readonly ruleId: string; readonly commandTemplate: string }): Promise<SimilarAlertCounts>;
}

export interface AlertCounts {
  readonly key: string;
  readonly alerts: number;
  /** Not closed; building blocks are not counted. */
  readonly openAlerts: number;
}

/** Alerts closed with any reason but true positive carry no risk. */
export interface AlertFigures extends AlertCounts {
  readonly risk: number;
}

export interface RiskStep {
  readonly alertId: string;
  readonly time: number;
  readonly ruleName: string;
  /** The sum over this alert and all before it. */
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

/** What identifies an alert of a single-event rule before its id is known. */
export interface AlertKey {
  readonly ruleId: string;
  readonly processKey?: string;
  readonly eventId: string;
}

export interface AlertWriter extends MergeLookup {
  get(id: string): Promise<AlertRecord | undefined>;
  /** Per key, in order: the alert of the rule on the process, or else on the source event, if there is one. */
  existing(keys: readonly AlertKey[]): Promise<readonly (AlertRecord | undefined)[]>;
  put(alert: AlertRecord): Promise<void>;
  /** What a change of status needs, by the ids asked for, current or former ones. */
  states(ids: readonly string[]): Promise<ReadonlyMap<string, AlertState>>;
  /** Writes the status of a stored alert, and nothing else of it. */
  putState(state: AlertState): Promise<void>;
  /** Per incident: its alerts by status. Building blocks are left out. */
  statuses(keys: readonly string[]): Promise<ReadonlyMap<string, StatusCounts>>;
  /** Id of the oldest alert of an incident, building blocks included. */
  oldest(key: string): Promise<string | undefined>;
  /**
   * Leaves the rank of an incident as it is until its alerts change again, if more of them are about to change: ranking
   * it reads all of them. For stores that keep ranks.
   */
  rankLater(key: string): Promise<void>;
  /** Ranks the incident with this write, whether or not its alerts changed. */
  rankAgain(key: string): Promise<void>;
  /**
   * Moves alerts to the new keys of their processes (a duplicate record was merged). Former alert ids still resolve.
   * Returns the alerts as they are stored then.
   */
  rekey(changes: ReadonlyMap<string, string>): Promise<readonly AlertRecord[]>;
  /**
   * Replaces an alert by others, because its records are of several processes. The work on it, and its id, lead to the
   * first of them. What is there already on the same process is merged. Returns the alerts as they are stored then.
   */
  separate(alert: AlertRecord, parts: readonly AlertRecord[]): Promise<readonly AlertRecord[]>;
  find(query: AlertQuery): Promise<Page<AlertRecord>>;
}

/** An alert that a batch covers. */
export interface CoveredAlert {
  readonly id: string;
  readonly incidentKey: string;
  readonly ruleId: string;
  readonly status: AlertStatus;
  readonly buildingBlock: boolean;
  readonly time: number;
}

export type AlertSelection =
  | { readonly kind: "filter"; readonly query: QueueQuery }
  /** Without building blocks, which are in no incident of the queue. */
  | { readonly kind: "incidents"; readonly keys: readonly string[] }
  /** By current or former ids. */
  | { readonly kind: "alerts"; readonly ids: readonly string[] };

/** What a change of status needs of an alert, without reading all of it. */
export interface AlertState {
  readonly id: string;
  readonly incidentKey: string;
  readonly buildingBlock: boolean;
  readonly status: AlertStatus;
  readonly closeReason?: CloseReason;
}
