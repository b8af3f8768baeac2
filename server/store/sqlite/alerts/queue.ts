import { z } from "zod";
import type { StatusCounts } from "#contracts/incident";
import { type alertOf, rememberingAlerts } from "../../alerts/body.ts";
import { countsByKey, valuesByKey } from "../../alerts/by-incident.ts";
import { type Combination, dimensions } from "../../alerts/queue-counts.ts";
import { isByWork, queueWords } from "../../alerts/queue-filter.ts";
import { queueGroupOf } from "../../alerts/queue-groups.ts";
import {
  ALERTS_PER_INCIDENT,
  type GroupDetails,
  type GroupScope,
  type QueueFilterQuery,
  type QueueRows,
} from "../../alerts/queue-rows.ts";
import { readable, stored } from "../../damage.ts";
import { workByKey } from "../../incidents/body.ts";
import { allOf, type Clause, everything, inAccounts, oneOf } from "../clause.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, text } from "../connection.ts";
import { changedSince, lastChange } from "./change-log.ts";
import { similarAlerts } from "./kinds.ts";
import { groupKey, isWorked, queueClause } from "./queue-filter.ts";
import { knownRanks } from "./ranks.ts";

const tacticNames = z.array(z.string());

/** Uses only the columns of `alerts`, except for the bodies of the listed alerts. */
export function queueRows(connection: Connection): QueueRows {
  const ranks = knownRanks(connection);
  const readAlert = rememberingAlerts();
  const first = (sql: string, clause: Clause): Row => connection.prepare(sql).get(...clause.parameters) ?? {};
  return {
    async groups(query, after, limit) {
      const all = queueClause(query);
      const key = groupKey(query.group);
      // Grouping by the primary key would cost ten times as much.
      const isGrouped = query.group !== "none";
      const [severity, risk, latest] = ["severity", "risk", "time"].map((column) =>
        isGrouped ? `max(${column})` : column,
      );
      // A constant in place of the severity keeps one form of border; an integer would name a column.
      const first = query.sort === "latest" ? "0.0" : `-${severity}`;
      const order = `${first}, -${latest}, ${key}`;
      return connection
        .prepare(
          `SELECT ${key} AS key, ${severity} AS severity, ${risk} AS risk, ${latest} AS latest,
             ${isGrouped ? "count(*)" : "1"} AS alerts
           FROM alerts WHERE ${all.sql} ${isGrouped ? "GROUP BY 1" : ""}
           ${after === undefined ? "" : `${isGrouped ? "HAVING" : "AND"} (${order}) > (?, ?, ?)`}
           ORDER BY ${order} LIMIT ?`,
        )
        .all(
          ...all.parameters,
          ...(after === undefined ? [] : [query.sort === "latest" ? 0 : -after.severity, -after.latest, after.key]),
          limit,
        )
        .map(queueGroupOf);
    },
    async groupTotal(query) {
      const all = queueClause(query);
      // A key is never NULL.
      const key = groupKey(query.group);
      return number(first(`SELECT count(DISTINCT ${key}) AS items FROM alerts WHERE ${all.sql}`, all), "items");
    },
    async incidents(query, since) {
      const last = lastChange(connection);
      const keys = since === undefined ? undefined : changesToRead(connection, since);
      const all = keys === undefined ? queueClause(query) : allOf(oneOf("item_key", keys), queueClause(query));
      const groups = connection
        .prepare(
          `SELECT item_key AS key, max(severity) AS severity, max(risk) AS risk, max(time) AS latest, count(*) AS alerts
           FROM alerts WHERE ${all.sql} GROUP BY 1`,
        )
        .all(...all.parameters);
      // Read after the alerts, so that every one of them is ranked.
      const known = ranks();
      return {
        keys,
        groups: groups.map((row) => {
          const group = queueGroupOf(row);
          return { ...group, rank: known.get(group.key) };
        }),
        // Changes of texts and of work are not in the log of changes.
        upTo: queueWords(query).length > 0 || isByWork(query) ? undefined : last,
      };
    },
    statuses: async (keys) => statusesOf(connection, keys),
    async hostsOf(query, keys) {
      const listed = allOf(oneOf("item_key", keys), queueClause(query));
      const rows = connection
        .prepare(`SELECT DISTINCT item_key AS key, host FROM alerts WHERE ${listed.sql}`)
        .all(...listed.parameters);
      return valuesByKey(rows.map((row) => [text(row, "key"), text(row, "host")]));
    },
    async worked() {
      const rows = connection
        .prepare(`SELECT id, alert_id AS alertId, item_key AS itemKey, body FROM incidents WHERE ${isWorked}`)
        .all();
      return workByKey(rows, (row) => text(row, "itemKey"));
    },
    details: async (query, keys) => details(connection, readAlert, query, keys),
    async accountGroups(query) {
      const all = queueClause(query);
      return connection
        .prepare(
          `SELECT user_key, host, max(severity) AS severity, max(risk) AS risk, max(time) AS latest, count(*) AS alerts
           FROM alerts WHERE ${all.sql} GROUP BY user_key, host`,
        )
        .all(...all.parameters)
        .map((row) => ({
          user: optionalText(row, "user_key"),
          host: text(row, "host"),
          severity: number(row, "severity"),
          risk: number(row, "risk"),
          latest: number(row, "latest"),
          alerts: number(row, "alerts"),
        }));
    },
    detailsWithin: async (query, groups) =>
      groups.map((group) => details(connection, readAlert, query, [""], alertsIn(group)).get("")),
    similarAlerts: async (leads) => similarAlerts(connection, leads),
    async histogram(query, starts, width) {
      const all = queueClause(query);
      // Each interval is one range of the index by time.
      return connection
        .prepare(
          `SELECT (SELECT count(*) FROM alerts WHERE time >= b.value AND time < b.value + ? AND ${all.sql}) AS count
           FROM json_each(?) b ORDER BY b.id`,
        )
        .all(width, ...all.parameters, JSON.stringify(starts))
        .map((row) => number(row, "count"));
    },
    async combinations(query) {
      const clause = queueClause(query, dimensions);
      const isCounted =
        queueWords(query).length === 0 && query.from === undefined && query.to === undefined && !isByWork(query);
      const [table, count] = isCounted ? ["alert_counts", "sum(alerts)"] : ["alerts", "count(*)"];
      return connection
        .prepare(
          `SELECT status, severity, rule_id, max(rule_name) AS rule_name, tactics, host, user_key,
             max(user_label) AS user_label, ${count} AS count
           FROM ${table} WHERE ${clause.sql} GROUP BY rule_id, host, user_key, status, severity, tactics`,
        )
        .all(...clause.parameters)
        .map(combinationOf);
    },
    async span(query) {
      const all = queueClause(query);
      const edge = (function_: "min" | "max") =>
        optionalNumber(first(`SELECT ${function_}(time) AS time FROM alerts WHERE ${all.sql}`, all), "time");
      const [earliest, latest] = [edge("min"), edge("max")];
      return earliest === undefined || latest === undefined ? undefined : { first: earliest, last: latest };
    },
    async alertsWithout(query, filters) {
      const clause = queueClause(query, filters);
      return number(first(`SELECT count(*) AS alerts FROM alerts WHERE ${clause.sql}`, clause), "alerts");
    },
    any: async (kind) => connection.prepare(`SELECT 1 FROM ${kind} LIMIT 1`).get() !== undefined,
  };
}

export function statusesOf(connection: Connection, keys: readonly string[]): ReadonlyMap<string, StatusCounts> {
  const wanted = oneOf("item_key", keys);
  const rows = connection
    .prepare(
      `SELECT item_key AS key, status, count(*) AS alerts FROM alerts
       WHERE ${wanted.sql} AND building_block = 0 GROUP BY 1, 2`,
    )
    .all(...wanted.parameters);
  return countsByKey(
    rows.map((row) => ({ key: text(row, "key"), status: text(row, "status"), alerts: number(row, "alerts") })),
  );
}

/** Incidents that are read by their keys; with more it takes less time to read all. */
const MOST_KEYS = 5_000;

function changesToRead(connection: Connection, since: number): readonly string[] | undefined {
  const changed = changedSince(connection, since);
  return changed !== undefined && changed.length > MOST_KEYS ? undefined : changed;
}

/** Changes with every change of an alert, and with the first event. */
export async function queueVersion(connection: Connection): Promise<string> {
  const changes = number(connection.prepare("SELECT changes FROM alert_changes").get() ?? {}, "changes");
  const hasEvents = connection.prepare("SELECT 1 FROM events LIMIT 1").get() !== undefined;
  return `${changes} ${hasEvents}`;
}

const combinationOf = stored("alert", (row: Row): Combination => {
  return {
    status: text(row, "status"),
    severity: number(row, "severity"),
    rule: text(row, "rule_id"),
    ruleName: text(row, "rule_name"),
    tactics: tacticNames.parse(JSON.parse(text(row, "tactics"))),
    host: text(row, "host"),
    user: optionalText(row, "user_key"),
    userLabel: optionalText(row, "user_label"),
    count: number(row, "count"),
  };
});

function alertsIn(group: GroupScope): Clause {
  switch (group.kind) {
    case "account":
      return inAccounts(group.scopes, { user: "user_key", host: "host" });
    case "host":
      return oneOf("host", group.names);
    case "nobody":
      return { sql: "user_key IS NULL", parameters: [] };
  }
}

function details(
  connection: Connection,
  readAlert: typeof alertOf,
  query: QueueFilterQuery,
  keys: readonly string[],
  among: Clause = everything,
): Map<string, GroupDetails> {
  const key = groupKey(query.group);
  const all = allOf(among, queueClause(query));
  const listed = allOf(all, oneOf(key, keys));
  const newest = connection.prepare(
    `SELECT alerts.id AS id, body, status, close_reason AS closeReason FROM alerts LEFT JOIN alert_bodies b ON b.id = alerts.id
     WHERE ${key} = ? AND ${all.sql} ORDER BY time DESC, alerts.id DESC LIMIT ${ALERTS_PER_INCIDENT}`,
  );
  const hosts = distinct(connection, key, listed, "host", (row) => text(row, "value"));
  const users = distinct(connection, key, listed, "user_key, user_label", (row) => ({
    key: text(row, "user_key"),
    label: text(row, "user_label"),
  }));
  const rules = new Map(
    connection
      .prepare(`SELECT ${key} AS key, count(DISTINCT rule_id) AS rules FROM alerts WHERE ${listed.sql} GROUP BY 1`)
      .all(...listed.parameters)
      .map((row) => [text(row, "key"), number(row, "rules")] as const),
  );
  // One number orders by severity, then by time: times stay below 2^43 milliseconds (the year 2248). Ids break ties.
  const leads = connection
    .prepare(
      `SELECT lead.key AS key, a.rule_id AS rule_id, a.rule_name AS rule_name, a.host AS host, a.user_key AS user_key, a.user_label AS user_label,
         a.shape AS shape
       FROM (
         SELECT ${key} AS key, max(severity * 8796093022208 + time) AS best FROM alerts WHERE ${listed.sql} GROUP BY 1
       ) lead
       JOIN alerts a ON a.id = (
         SELECT max(alerts.id) FROM alerts
         WHERE time = best % 8796093022208 AND severity = best / 8796093022208 AND ${key} = lead.key AND ${all.sql}
       )`,
    )
    .all(...listed.parameters, ...all.parameters);
  return new Map(
    leads.map((row) => {
      const group = text(row, "key");
      return [
        group,
        {
          alerts: readable(newest.all(group, ...all.parameters), readAlert),
          lead: {
            ruleId: text(row, "rule_id"),
            ruleName: text(row, "rule_name"),
            host: text(row, "host"),
            userKey: optionalText(row, "user_key"),
            userLabel: optionalText(row, "user_label"),
            commandTemplate: optionalText(row, "shape"),
          },
          hosts: hosts.get(group) ?? [],
          users: users.get(group) ?? [],
          rules: rules.get(group) ?? 0,
        },
      ];
    }),
  );
}

/** The distinct hosts or users per group. */
function distinct<T>(
  connection: Connection,
  key: string,
  listed: Clause,
  columns: "host" | "user_key, user_label",
  read: (row: Row) => T,
): ReadonlyMap<string, readonly T[]> {
  const [first] = columns.split(", ");
  const rows = connection
    .prepare(
      `SELECT DISTINCT ${key} AS key, ${columns === "host" ? "host AS value" : columns} FROM alerts
       WHERE ${listed.sql} AND ${first} IS NOT NULL ORDER BY 1, 2`,
    )
    .all(...listed.parameters);
  const groups = Map.groupBy(rows, (row) => text(row, "key"));
  return new Map([...groups].map(([group, members]) => [group, members.map(read)]));
}
