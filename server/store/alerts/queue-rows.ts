import type { StatusCounts } from "#contracts/incident";
import type { QueueQuery } from "#contracts/queue";
import type { CombinedWork } from "../../alert/incident-record.ts";
import type { IncidentRisk } from "../../alert/incident-risk.ts";
import type { AlertRecord } from "../../alert/record.ts";
import type { AccountScope } from "../../lineage/account-identity.ts";
import type { IncidentGroup } from "./incident-groups.ts";
import type { Combination } from "./queue-counts.ts";
import type { QueueFilter } from "./queue-filter.ts";

/** Alerts listed per incident; the contract promises this number. */
export const ALERTS_PER_INCIDENT = 50;

/** A queue query with its user filter as scopes, in place of `user`. */
export type QueueFilterQuery = QueueQuery & { readonly accounts: readonly AccountScope[] | undefined };

/** What a store has to provide for a page of the queue. `query` filters and groups the alerts. */
export interface QueueRows {
  /**
   * Groups after `after`: most severe first, then the latest, then by the bytes of the key; sorted by `latest` without
   * regard to severity. Asked when grouping by rule or not at all; see `incidents` and `accountGroups` for the others.
   * See docs/decisions/0028.
   */
  groups(query: QueueFilterQuery, after: GroupSortKey | undefined, limit: number): Promise<readonly QueueGroup[]>;
  groupTotal(query: QueueFilterQuery): Promise<number>;
  /**
   * Incidents with alerts that pass the filters, with their ranks, in any order: all, or those that changed since an
   * earlier reading, if the store can tell.
   */
  incidents(query: QueueFilterQuery, since: ReadIncidents["upTo"]): Promise<ReadIncidents>;
  /** Per incident: all of its alerts by status, whatever the filters; building blocks are left out. */
  statuses(keys: readonly string[]): Promise<ReadonlyMap<string, StatusCounts>>;
  /** Per incident: distinct hosts of its alerts that pass the filters. */
  hostsOf(query: QueueFilterQuery, keys: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Incidents that are assigned or tagged, with their work. */
  worked(): Promise<ReadonlyMap<string, CombinedWork>>;
  /** Details of these groups. Hosts and users are distinct, in any order. */
  details(query: QueueFilterQuery, keys: readonly string[]): Promise<ReadonlyMap<string, GroupDetails>>;
  /** All alerts grouped by recorded account and host, in any order. */
  accountGroups(query: QueueFilterQuery): Promise<readonly AccountGroup[]>;
  /** Per group, in order: the details of its alerts. */
  detailsWithin(query: QueueFilterQuery, groups: readonly GroupScope[]): Promise<readonly (GroupDetails | undefined)[]>;
  /**
   * Per lead, in order: how many alerts of the rule share its command-line template, and how many of them were closed
   * as benign.
   */
  similarAlerts(
    leads: readonly { readonly ruleId: string; readonly commandTemplate: string }[],
  ): Promise<readonly SimilarAlerts[]>;
  /** How many alerts pass the filters in each interval of `width` milliseconds, given their starts. */
  histogram(query: QueueFilterQuery, starts: readonly number[], width: number): Promise<readonly number[]>;
  /**
   * Alerts counted by everything that the queue counts by, without the filters in `dimensions`, which `countsOf`
   * applies.
   */
  combinations(query: QueueFilterQuery): Promise<readonly Combination[]>;
  /** Times of the earliest and the latest matching alert; undefined if there is none. */
  span(query: QueueFilterQuery): Promise<{ readonly first: number; readonly last: number } | undefined>;
  /** How many alerts pass all filters except these. */
  alertsWithout(query: QueueFilterQuery, filters: readonly QueueFilter[]): Promise<number>;
  /** Whether the store has any events, or any alerts. */
  any(kind: "events" | "alerts"): Promise<boolean>;
}

export interface ReadIncidents {
  /** What was read; undefined: all. Incidents that are not in `groups` have no alert that passes the filters. */
  readonly keys: readonly string[] | undefined;
  readonly groups: readonly IncidentGroup[];
  /** How far changes were read. Undefined: the next reading is of all. */
  readonly upTo: number | undefined;
}

export interface GroupSortKey {
  readonly severity: number;
  readonly latest: number;
  readonly key: string;
}

export interface QueueGroup extends GroupSortKey {
  readonly risk: number;
  readonly alerts: number;
  /** Of an incident. */
  readonly rank?: IncidentRisk;
  /** Keys of the incidents of one shape that the row stands for, if there are several. */
  readonly folded?: readonly string[];
}

/** Alerts that record an account in one spelling on one host. */
export interface AccountGroup extends Omit<QueueGroup, "key"> {
  readonly user: string | undefined;
  readonly host: string;
}

/** The alerts of an account, of a host under any of its names, or without an account. */
export type GroupScope =
  | { readonly kind: "account"; readonly scopes: readonly AccountScope[] }
  | { readonly kind: "host"; readonly names: readonly string[] }
  | { readonly kind: "nobody" };

export interface GroupDetails {
  /** The newest alerts, at most `ALERTS_PER_INCIDENT`. */
  readonly alerts: readonly AlertRecord[];
  /** The most severe alert; among several the latest, and among those the last by id. */
  readonly lead: {
    readonly ruleId: string;
    readonly ruleName: string;
    readonly host: string;
    readonly userKey: string | undefined;
    readonly userLabel: string | undefined;
    readonly commandTemplate: string | undefined;
  };
  readonly hosts: readonly string[];
  readonly users: readonly { readonly key: string; readonly label: string }[];
  /** Distinct rules that raised its alerts. */
  readonly rules: number;
}

export interface SimilarAlerts {
  readonly total: number;
  readonly benign: number;
}
