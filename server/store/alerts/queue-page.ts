import type { Incident, QueueGrouping, QueuePage, QueueQuery } from "#contracts/queue";
import { alertSummaryOf } from "../../alert/summary.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { assertNever } from "../../lib/result.ts";
import { memoizeByVersion } from "../memoize.ts";
import { countsOf } from "./queue-counts.ts";
import type { QueueFilter } from "./queue-filter.ts";
import type { GroupDetails, QueueGroup, QueueRows } from "./queue-rows.ts";
import { severityOf } from "./severity.ts";

const BUCKETS = 40;

/**
 * Answers pages of the queue. As long as `version` does not change (nothing was written), pages come from memory, and
 * what all pages of a query share is computed once: scrolling costs only the rows of the next page.
 */
export function memoizedQueue(
  rows: QueueRows,
  version: () => Promise<number>,
): (query: QueueQuery) => Promise<QueuePage> {
  const frames = memoizeByVersion<QueueFrame>(version);
  const pages = memoizeByVersion<QueuePage>(version);
  return (query) =>
    pages(JSON.stringify(query), async () => {
      const { cursor: _, limit: __, ...shared } = query;
      return pageWithin(rows, query, await frames(JSON.stringify(shared), () => frameOf(rows, query)));
    });
}

/** What all pages of a query share. Counts are exact. */
type QueueFrame = Pick<QueuePage, "total" | "totalAlerts" | "counts" | "facets" | "histogram" | "emptyReason">;

async function frameOf(rows: QueueRows, query: QueueQuery): Promise<QueueFrame> {
  const { counts, facets, alerts } = countsOf(await rows.combinations(query), query);
  const span = alerts === 0 ? undefined : await rows.span(query);
  return {
    total: await rows.groupTotal(query),
    totalAlerts: alerts,
    counts,
    facets,
    histogram: span === undefined ? [] : await histogram(rows, query, span.first, span.last),
    ...(alerts === 0 ? { emptyReason: await emptyReason(rows, query) } : {}),
  };
}

/** A page of incidents: most severe first, then the latest. */
async function pageWithin(rows: QueueRows, query: QueueQuery, frame: QueueFrame): Promise<QueuePage> {
  const [severity, latest, key] = decodeCursor(query.cursor, ["number", "number", "string"]) ?? [];
  const after =
    severity === undefined || latest === undefined || key === undefined ? undefined : { severity, latest, key };
  const groups = await rows.groups(query, after, query.limit + 1);
  const page = groups.slice(0, query.limit);
  const last = page.at(-1);
  return {
    ...frame,
    items: await incidentsOf(rows, query, page),
    ...(groups.length > page.length && last !== undefined
      ? { next: encodeCursor([last.severity, last.latest, last.key]) }
      : {}),
  };
}

async function incidentsOf(rows: QueueRows, query: QueueQuery, groups: readonly QueueGroup[]): Promise<Incident[]> {
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
  const counts = await rows.similarAlerts([...templates.values()]);
  const similarAlerts = new Map([...templates.keys()].map((key, index) => [key, counts[index]] as const));
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

/** The rule of the newest of the most severe alerts, which is listed first; or whatever else alerts are grouped by. */
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

/** Some forty equal intervals over the time span of the matching alerts. */
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

/** Why the queue is empty: nothing is stored, or which filter hides how many alerts. */
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
