import { z } from "zod";
import type { AlertStatus, AlertSummary, QueueGrouping, QueuePage, QueueQuery, WorkItem } from "#contracts/alert";
import { alertSummaryOf } from "../../alerts/summary.ts";
import { assertNever } from "../../lib/result.ts";
import { alertOf } from "./alert-row.ts";
import { type Connection, number, optionalText, type Row, text } from "./connection.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { both, type Clause, oneOf } from "./narrow.ts";
import { groupKey, type QueueFilter, queueClause, severityOf } from "./queue-filter.ts";

/** Alerts listed with each item; the contract promises this number. */
const ALERTS_PER_ITEM = 50;
const BUCKETS = 40;

/** A page of work items: most severe first, then the latest. Counts are exact. */
export function queuePage(connection: Connection, query: QueueQuery): QueuePage {
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
    counts: countsByStatus(connection, query),
    facets: facets(connection, query),
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
  const listed = new Map<string, AlertSummary[]>();
  for (const row of connection
    .prepare(
      `SELECT ranked.key, body FROM (
         SELECT alerts.id AS id, ${key} AS key,
           row_number() OVER (PARTITION BY ${key} ORDER BY time DESC, alerts.id DESC) AS place
         FROM alerts WHERE ${page.sql}) ranked
       JOIN alert_bodies b ON b.id = ranked.id WHERE place <= ${ALERTS_PER_ITEM} ORDER BY ranked.key, place`,
    )
    .all(...page.parameters)) {
    push(listed, text(row, "key"), alertSummaryOf(alertOf(row)));
  }
  const leads = new Map(
    connection
      .prepare(
        `SELECT key, rule_id, rule_name, host, user_label, shape FROM (
           SELECT ${key} AS key, rule_id, rule_name, host, user_label, shape,
             row_number() OVER (PARTITION BY ${key} ORDER BY severity DESC, time DESC, alerts.id DESC) AS place
           FROM alerts WHERE ${page.sql}) WHERE place = 1`,
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
    return {
      key,
      title: title(group, lead, alerts[0]),
      severity: severityOf(number(row, "severity")),
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

function title(group: QueueGrouping, lead: Row | undefined, newest: AlertSummary | undefined): string {
  if (lead === undefined) {
    return "";
  }
  switch (group) {
    case "lineage":
    case "rule":
      return text(lead, "rule_name");
    case "host":
      return text(lead, "host");
    case "user":
      return optionalText(lead, "user_label") ?? "No user known";
    case "none":
      return newest?.message ?? text(lead, "rule_name");
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

function countsByStatus(connection: Connection, query: QueueQuery): Record<AlertStatus, number> {
  const clause = queueClause(query, ["status"]);
  const rows = connection
    .prepare(`SELECT status, count(*) AS count FROM alerts WHERE ${clause.sql} GROUP BY status`)
    .all(...clause.parameters);
  const count = (status: AlertStatus) => {
    const row = rows.find((candidate) => candidate["status"] === status);
    return row === undefined ? 0 : number(row, "count");
  };
  return {
    open: count("open"),
    acknowledged: count("acknowledged"),
    escalated: count("escalated"),
    closed: count("closed"),
  };
}

/** Each facet ignores its own filter, so that a second value can be chosen beside the first. */
function facets(connection: Connection, query: QueueQuery): QueuePage["facets"] {
  const facet = (filter: QueueFilter, value: string, label: string) => {
    const clause = queueClause(query, [filter]);
    return connection
      .prepare(
        `SELECT ${value} AS value, max(${label}) AS label, count(*) AS count FROM alerts
         WHERE ${clause.sql} AND ${value} IS NOT NULL GROUP BY 1 ORDER BY count DESC, value`,
      )
      .all(...clause.parameters);
  };
  const words = (rows: readonly Row[]) =>
    rows.map((row) => ({
      value: text(row, "value"),
      label: optionalText(row, "label") ?? text(row, "value"),
      count: number(row, "count"),
    }));
  return {
    severity: facet("severity", "severity", "severity")
      .map((row) => ({ rank: number(row, "value"), count: number(row, "count") }))
      .toSorted((left, right) => right.rank - left.rank)
      .map(({ rank, count }) => ({ value: severityOf(rank), label: severityOf(rank), count })),
    rule: words(facet("rule", "rule_id", "rule_name")),
    tactic: tacticFacet(facet("tactic", "tactics", "tactics")),
    host: words(facet("host", "host", "host")),
    user: words(facet("user", "user_key", "user_label")),
  };
}

/** Rows are sets of tactics, few whatever the number of alerts; an alert counts for each of its tactics. */
function tacticFacet(rows: readonly Row[]): QueuePage["facets"]["tactic"] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const tactic of z.array(z.string()).parse(JSON.parse(text(row, "value")))) {
      counts.set(tactic, (counts.get(tactic) ?? 0) + number(row, "count"));
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value, label: value, count }))
    .toSorted((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
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
