import type { AlertSummary, QueueGrouping, QueuePage, QueueQuery, Severity, WorkItem } from "#contracts/alert";
import { alertSummaryOf } from "../../alerts/summary.ts";
import { assertNever } from "../../lib/result.ts";
import { alertOf } from "./alert-row.ts";
import { type Connection, number, optionalText, type Row, text } from "./connection.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { both, type Clause, oneOf } from "./narrow.ts";
import { queueCounts } from "./queue-counts.ts";
import { groupKey, type QueueFilter, queueClause, severityOf } from "./queue-filter.ts";

/** Alerts listed with each item; the contract promises this number. */
const ALERTS_PER_ITEM = 50;
const BUCKETS = 40;

/** Pages kept while nothing is written: browsers ask for the same one every few seconds. */
const KEPT_PAGES = 8;

/** `queuePage`, answered again from memory until another connection has written. */
export function rememberedQueue(connection: Connection): (query: QueueQuery) => QueuePage {
  const version = connection.prepare("PRAGMA data_version");
  const pages = new Map<string, QueuePage>();
  let seen: number | undefined;
  return (query) => {
    const now = number(version.get() ?? {}, "data_version");
    if (now !== seen) {
      pages.clear();
      seen = now;
    }
    const asked = JSON.stringify(query);
    const known = pages.get(asked);
    if (known !== undefined) {
      return known;
    }
    const page = queuePage(connection, query);
    const [oldest] = pages.keys();
    if (pages.size >= KEPT_PAGES && oldest !== undefined) {
      pages.delete(oldest);
    }
    pages.set(asked, page);
    return page;
  };
}

/** A page of work items: most severe first, then the latest. Counts are exact. */
function queuePage(connection: Connection, query: QueueQuery): QueuePage {
  const all = queueClause(query);
  const key = groupKey(query.group);
  const totals = one(
    connection,
    `SELECT count(*) AS alerts, coalesce(min(time), 0) AS first, coalesce(max(time), 0) AS last
     FROM alerts WHERE ${all.sql}`,
    all,
  );
  const after = decodeCursor(query.cursor, ["number", "number", "string"]);
  const groups = connection
    .prepare(
      `SELECT * FROM (
         SELECT ${key} AS key, max(severity) AS severity, max(risk) AS risk, max(time) AS latest, count(*) AS alerts,
           count(DISTINCT rule_id) AS rules, count(*) OVER () AS items
         FROM alerts WHERE ${all.sql} GROUP BY 1)
       ${after === undefined ? "" : "WHERE (-severity, -latest, key) > (?, ?, ?)"}
       ORDER BY -severity, -latest, key LIMIT ?`,
    )
    .all(...all.parameters, ...(after ?? []), query.limit + 1);
  const shown = groups.slice(0, query.limit);
  const last = shown.at(-1);
  const [first] = groups;
  // Behind the last item no row tells the number of all.
  const total = first === undefined ? countGroups(connection, key, all) : number(first, "items");
  return {
    items: workItems(connection, query.group, all, shown),
    total,
    totalAlerts: number(totals, "alerts"),
    ...(groups.length > shown.length && last !== undefined
      ? { next: encodeCursor([-number(last, "severity"), -number(last, "latest"), text(last, "key")]) }
      : {}),
    ...queueCounts(connection, query),
    histogram: histogram(connection, all, number(totals, "alerts"), number(totals, "first"), number(totals, "last")),
    ...(total === 0 ? { emptyReason: emptyReason(connection, query) } : {}),
  };
}

function countGroups(connection: Connection, key: string, all: Clause): number {
  return number(one(connection, `SELECT count(DISTINCT ${key}) AS items FROM alerts WHERE ${all.sql}`, all), "items");
}

function one(connection: Connection, sql: string, clause: Clause): Row {
  return connection.prepare(sql).get(...clause.parameters) ?? {};
}

function workItems(connection: Connection, group: QueueGrouping, all: Clause, groups: readonly Row[]): WorkItem[] {
  const key = groupKey(group);
  const keys = groups.map((row) => text(row, "key"));
  const page = both(all, oneOf(key, keys));
  const newest = connection.prepare(
    `SELECT alerts.id AS id, body FROM alerts JOIN alert_bodies b ON b.id = alerts.id
     WHERE ${key} = ? AND ${all.sql} ORDER BY time DESC, alerts.id DESC LIMIT ${ALERTS_PER_ITEM}`,
  );
  const listed = new Map(
    keys.map((one) => [one, newest.all(one, ...all.parameters).map((row) => alertSummaryOf(alertOf(row)))] as const),
  );
  // One number orders by severity and then by time: times stay below 2^43 milliseconds, the year 2248.
  const leads = new Map(
    connection
      .prepare(
        `SELECT lead.key AS key, a.rule_id AS rule_id, a.rule_name AS rule_name, a.host AS host, a.user_label AS user_label, a.shape AS shape
         FROM (SELECT ${key} AS key, max(severity * 8796093022208 + time), id FROM alerts WHERE ${page.sql} GROUP BY 1) lead
         JOIN alerts a ON a.id = lead.id`,
      )
      .all(...page.parameters)
      .map((row) => [text(row, "key"), row] as const),
  );
  const hosts = distinct(connection, key, page, "host");
  const users = distinct(connection, key, page, "user_label");
  const memories = shapeMemories(connection, [...leads.values()]);
  return groups.map((row) => {
    const key = text(row, "key");
    const lead = leads.get(key);
    const alerts = listed.get(key) ?? [];
    const severity = severityOf(number(row, "severity"));
    return {
      key,
      title: title(group, lead, alerts, severity),
      severity,
      riskScore: number(row, "risk"),
      latest: new Date(number(row, "latest")).toISOString(),
      hosts: hosts.get(key) ?? [],
      users: users.get(key) ?? [],
      ruleCount: number(row, "rules"),
      alertCount: number(row, "alerts"),
      alerts,
      sameShape: lead === undefined ? undefined : memories.get(shapeKey(lead)),
    };
  });
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) {
    lists.set(key, [value]);
  } else {
    list.push(value);
  }
}

function distinct(connection: Connection, key: string, page: Clause, column: "host" | "user_label") {
  const lists = new Map<string, string[]>();
  for (const row of connection
    .prepare(
      `SELECT DISTINCT ${key} AS key, ${column} AS value FROM alerts WHERE ${page.sql} AND ${column} IS NOT NULL ORDER BY 1, 2`,
    )
    .all(...page.parameters)) {
    push(lists, text(row, "key"), text(row, "value"));
  }
  return lists;
}

/** Of several that lead alike the title is that of the newest listed one, which the page shows first. */
function title(
  group: QueueGrouping,
  lead: Row | undefined,
  alerts: readonly AlertSummary[],
  severity: Severity,
): string {
  if (lead === undefined) {
    return "";
  }
  switch (group) {
    case "lineage":
    case "rule":
      return alerts.find((alert) => alert.severity === severity)?.rule.name ?? text(lead, "rule_name");
    case "host":
      return text(lead, "host");
    case "user":
      return optionalText(lead, "user_label") ?? "No user known";
    case "none":
      return alerts[0]?.message ?? text(lead, "rule_name");
    default:
      return assertNever(group);
  }
}

function shapeKey(row: Row): string {
  return JSON.stringify([text(row, "rule_id"), optionalText(row, "shape") ?? ""]);
}

/** Over everything that is stored, whatever the filters: how often the leading alert's shape came, and how often it was benign. */
function shapeMemories(connection: Connection, leads: readonly Row[]) {
  const memories = new Map<string, { total: number; benign: number }>();
  for (const lead of leads) {
    const shape = optionalText(lead, "shape");
    const key = shapeKey(lead);
    if (shape === undefined || memories.has(key)) {
      continue;
    }
    const row = connection
      .prepare(
        `SELECT count(*) AS total,
           count(*) FILTER (WHERE status = 'closed' AND close_reason IN ('benign', 'false-positive')) AS benign
         FROM alerts WHERE rule_id = ? AND shape = ?`,
      )
      .get(text(lead, "rule_id"), shape);
    if (row !== undefined) {
      memories.set(key, { total: number(row, "total"), benign: number(row, "benign") });
    }
  }
  return memories;
}

/** About forty equal stretches over the span of what matches. */
function histogram(connection: Connection, all: Clause, alerts: number, first: number, last: number) {
  if (alerts === 0) {
    return [];
  }
  const width = Math.max(1000, Math.ceil((last - first + 1) / BUCKETS));
  const counts = new Map(
    connection
      .prepare(
        `SELECT CAST((time - ?) / ? AS INTEGER) AS bucket, count(*) AS count FROM alerts WHERE ${all.sql} GROUP BY 1`,
      )
      .all(first, width, ...all.parameters)
      .map((row) => [number(row, "bucket"), number(row, "count")] as const),
  );
  return Array.from({ length: Math.floor((last - first) / width) + 1 }, (_, bucket) => ({
    from: new Date(first + bucket * width).toISOString(),
    to: new Date(first + (bucket + 1) * width).toISOString(),
    count: counts.get(bucket) ?? 0,
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
function emptyReason(connection: Connection, query: QueueQuery): string {
  const any = (table: "events" | "alerts") => connection.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined;
  if (!any("alerts")) {
    return any("events") ? "No rule has matched anything that was ingested." : "No events have been ingested yet.";
  }
  const hiddenBy = (filters: readonly QueueFilter[]) => {
    const clause = queueClause(query, filters);
    return number(one(connection, `SELECT count(*) AS alerts FROM alerts WHERE ${clause.sql}`, clause), "alerts");
  };
  const parts = filterNames
    .map(([filter, name]) => ({ name, hidden: hiddenBy([filter]) }))
    .filter(({ hidden }) => hidden > 0)
    .map(({ name, hidden }) => `${hidden} ${hidden === 1 ? "is" : "are"} hidden by the ${name} filter`);
  const blocks = query.buildingBlocks ? 0 : hiddenBy(["buildingBlocks"]);
  if (blocks > 0) {
    parts.push(`${blocks} of building-block rules ${blocks === 1 ? "is" : "are"} left out of the queue`);
  }
  if (parts.length > 0) {
    return `No alert matches: ${parts.join("; ")}.`;
  }
  const hidden = hiddenBy(filterNames.map(([filter]) => filter));
  return `No alert matches: ${hidden} ${hidden === 1 ? "is" : "are"} hidden by several filters together.`;
}
