import type { Incident, QueueGrouping, QueuePage, QueueQuery } from "#contracts/alert";
import type { AlertRecord } from "../../alert/record.ts";
import { alertSummaryOf } from "../../alert/summary.ts";
import { assertNever } from "../../lib/result.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { type Combination, countsOf } from "./queue-counts.ts";
import type { QueueFilter } from "./queue-filter.ts";
import { severityOf } from "./severity.ts";

/** Alerts listed with each item; the contract promises this number. */
export const ALERTS_PER_ITEM = 50;
const BUCKETS = 40;

/** What a store has to answer for a page of the queue. `query` says which alerts are meant and how they are grouped. */
export interface QueueRows {
  /** Groups: most severe first, then the latest, then by the bytes of the key; those behind `after` only. */
  groups(query: QueueQuery, after: GroupPlace | undefined, limit: number): Promise<readonly QueueGroup[]>;
  groupTotal(query: QueueQuery): Promise<number>;
  /** What is shown of these groups. Hosts and users are distinct, in any order. */
  details(query: QueueQuery, keys: readonly string[]): Promise<ReadonlyMap<string, GroupDetails>>;
  /** For each lead: how many stored alerts of the rule share its command-line template, and how many were closed as benign. */
  similarAlerts(
    leads: readonly { readonly ruleId: string; readonly commandTemplate: string }[],
  ): Promise<readonly SimilarAlerts[]>;
  /** How many alerts pass the filters in each of the stretches of `width` milliseconds that begin at `starts`. */
  histogram(query: QueueQuery, starts: readonly number[], width: number): Promise<readonly number[]>;
  /** How many alerts there are of each kind, by everything that the queue counts by, without the filters that `countsOf` applies. */
  combinations(query: QueueQuery): Promise<readonly Combination[]>;
  /** How many alerts pass the filters but for these. */
  alertsWithout(query: QueueQuery, filters: readonly QueueFilter[]): Promise<number>;
  /** Whether anything of the kind is stored. */
  any(kind: "events" | "alerts"): Promise<boolean>;
}

export interface GroupPlace {
  readonly severity: number;
  readonly latest: number;
  readonly key: string;
}

export interface QueueGroup extends GroupPlace {
  readonly risk: number;
  readonly alerts: number;
}

export interface GroupDetails {
  /** The newest alerts, at most `ALERTS_PER_ITEM`. */
  readonly alerts: readonly AlertRecord[];
  /** The most severe alert, of several the latest, of these the last by id. */
  readonly lead: {
    readonly ruleId: string;
    readonly ruleName: string;
    readonly host: string;
    readonly userLabel: string | undefined;
    readonly commandTemplate: string | undefined;
  };
  readonly hosts: readonly string[];
  readonly users: readonly string[];
  /** How many rules raised its alerts. */
  readonly rules: number;
}

export interface SimilarAlerts {
  readonly total: number;
  readonly benign: number;
}

/** What all pages of a query say. Counts are exact. */
type QueueFrame = Pick<QueuePage, "total" | "totalAlerts" | "counts" | "facets" | "histogram" | "emptyReason">;

async function frameOf(rows: QueueRows, query: QueueQuery): Promise<QueueFrame> {
  const { counts, facets, alerts, first, last } = countsOf(await rows.combinations(query), query);
  return {
    total: await rows.groupTotal(query),
    totalAlerts: alerts,
    counts,
    facets,
    histogram: alerts === 0 ? [] : await histogram(rows, query, first, last),
    ...(alerts === 0 ? { emptyReason: await emptyReason(rows, query) } : {}),
  };
}

/** A page of work items: most severe first, then the latest. */
async function pageIn(rows: QueueRows, query: QueueQuery, frame: QueueFrame): Promise<QueuePage> {
  const [severity, latest, key] = decodeCursor(query.cursor, ["number", "number", "string"]) ?? [];
  const after =
    severity === undefined || latest === undefined || key === undefined ? undefined : { severity, latest, key };
  const groups = await rows.groups(query, after, query.limit + 1);
  const shown = groups.slice(0, query.limit);
  const end = shown.at(-1);
  return {
    ...frame,
    items: await workItems(rows, query, shown),
    ...(groups.length > shown.length && end !== undefined
      ? { next: encodeCursor([end.severity, end.latest, end.key]) }
      : {}),
  };
}

async function workItems(rows: QueueRows, query: QueueQuery, groups: readonly QueueGroup[]): Promise<Incident[]> {
  const details = await rows.details(
    query,
    groups.map(({ key }) => key),
  );
  const templates = new Map<string, { readonly ruleId: string; readonly commandTemplate: string }>();
  for (const { lead } of details.values()) {
    if (lead.commandTemplate !== undefined) {
      templates.set(templateKey(lead), { ruleId: lead.ruleId, commandTemplate: lead.commandTemplate });
    }
  }
  const counted = await rows.similarAlerts([...templates.values()]);
  const similarAlerts = new Map([...templates.keys()].map((key, index) => [key, counted[index]] as const));
  return groups.flatMap((group) => {
    const found = details.get(group.key);
    if (found === undefined) {
      return [];
    }
    return {
      key: group.key,
      title: title(query.group, group, found),
      severity: severityOf(group.severity),
      riskScore: group.risk,
      latest: new Date(group.latest).toISOString(),
      hosts: found.hosts.toSorted(),
      users: found.users.toSorted(),
      ruleCount: found.rules,
      alertCount: group.alerts,
      alerts: found.alerts.map((alert) => alertSummaryOf(alert)),
      similar: similarAlerts.get(templateKey(found.lead)),
    };
  });
}

function templateKey(lead: { readonly ruleId: string; readonly commandTemplate: string | undefined }): string {
  return JSON.stringify([lead.ruleId, lead.commandTemplate ?? ""]);
}

/** Of several that lead alike the title is that of the newest listed one, which the page shows first. */
function title(grouping: QueueGrouping, group: QueueGroup, { alerts, lead }: GroupDetails): string {
  switch (grouping) {
    case "lineage":
    case "rule":
      return alerts.find((alert) => alert.severity === severityOf(group.severity))?.rule.name ?? lead.ruleName;
    case "host":
      return lead.host;
    case "user":
      return lead.userLabel ?? "No user known";
    case "none":
      return alerts[0]?.message ?? lead.ruleName;
    default:
      return assertNever(grouping);
  }
}

/** About forty equal stretches over the span of what matches. */
async function histogram(
  rows: QueueRows,
  query: QueueQuery,
  first: number,
  last: number,
): Promise<QueuePage["histogram"]> {
  const width = Math.max(1000, Math.ceil((last - first + 1) / BUCKETS));
  const starts = Array.from({ length: Math.floor((last - first) / width) + 1 }, (_, bucket) => first + bucket * width);
  const counts = await rows.histogram(query, starts, width);
  return starts.map((start, bucket) => ({
    from: new Date(start).toISOString(),
    to: new Date(start + width).toISOString(),
    count: counts[bucket] ?? 0,
  }));
}

const filterNames: readonly (readonly [QueueFilter, string])[] = [
  ["status", "status"],
  ["severity", "severity"],
  ["rule", "rule"],
  ["host", "host"],
  ["user", "user"],
  ["tactic", "tactic"],
  ["window", "time"],
  ["text", "text"],
];

/** Why nothing is shown: nothing there at all, or which filter hides how much. */
async function emptyReason(rows: QueueRows, query: QueueQuery): Promise<string> {
  if (!(await rows.any("alerts"))) {
    return (await rows.any("events"))
      ? "No rule has matched anything that was ingested."
      : "No events have been ingested yet.";
  }
  const parts: string[] = [];
  for (const [filter, name] of filterNames) {
    const hidden = await rows.alertsWithout(query, [filter]);
    if (hidden > 0) {
      parts.push(`${hidden} ${hidden === 1 ? "is" : "are"} hidden by the ${name} filter`);
    }
  }
  const blocks = query.buildingBlocks ? 0 : await rows.alertsWithout(query, ["buildingBlocks"]);
  if (blocks > 0) {
    parts.push(`${blocks} of building-block rules ${blocks === 1 ? "is" : "are"} left out of the queue`);
  }
  if (parts.length > 0) {
    return `No alert matches: ${parts.join("; ")}.`;
  }
  const hidden = await rows.alertsWithout(
    query,
    filterNames.map(([filter]) => filter),
  );
  return `No alert matches: ${hidden} ${hidden === 1 ? "is" : "are"} hidden by several filters together.`;
}

/** Values kept while nothing is written: browsers ask for the same page every few seconds. */
const KEPT = 8;

/**
 * Pages of the queue. As long as `version` says that nothing has been written, a page is answered again from memory, and
 * what all pages of a query say is counted once: scrolling on costs only what it shows.
 */
export function memoizedQueue(
  rows: QueueRows,
  version: () => Promise<number>,
): (query: QueueQuery) => Promise<QueuePage> {
  const frames = remembered<QueueFrame>(version);
  const pages = remembered<QueuePage>(version);
  return (query) =>
    pages(JSON.stringify(query), async () => {
      const { cursor: _, limit: __, ...asked } = query;
      return pageIn(rows, query, await frames(JSON.stringify(asked), () => frameOf(rows, query)));
    });
}

/** Keeps a few values by name for as long as the version stays. */
function remembered<T>(version: () => Promise<number>): (name: string, make: () => Promise<T>) => Promise<T> {
  const values = new Map<string, T>();
  let seen: number | undefined;
  return async (name, make) => {
    // Asked for before the value: one that was read in between a write counts as the older one and is read again.
    const now = await version();
    if (now !== seen) {
      values.clear();
      seen = now;
    }
    const known = values.get(name);
    if (known !== undefined) {
      return known;
    }
    const value = await make();
    if (seen === now) {
      const [oldest] = values.keys();
      if (values.size >= KEPT && oldest !== undefined) {
        values.delete(oldest);
      }
      values.set(name, value);
    }
    return value;
  };
}
