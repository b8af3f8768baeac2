import type { StatusCounts } from "#contracts/incident";
import type { QueueGrouping } from "#contracts/queue";
import { assertNever } from "../../../lib/result.ts";
import { alertOf } from "../../alerts/body.ts";
import { countsByKey, valuesByKey } from "../../alerts/by-incident.ts";
import { type Combination, dimensions } from "../../alerts/queue-counts.ts";
import { type QueueFilter, queueWindow, queueWords } from "../../alerts/queue-filter.ts";
import { queueGroupOf } from "../../alerts/queue-groups.ts";
import {
  ALERTS_PER_INCIDENT,
  type GroupDetails,
  type GroupScope,
  type GroupSortKey,
  type QueueFilterQuery,
  type QueueRows,
} from "../../alerts/queue-rows.ts";
import { severityRank } from "../../alerts/severity.ts";
import { readable } from "../../damage.ts";
import { workByKey } from "../../incidents/body.ts";
import type { Queries } from "../connection.ts";
import type { Parameter } from "../driver-value.ts";
import { indexed } from "../indexed.ts";
import { inAccounts, isOneOf, QueryParameters, within } from "../parameters.ts";
import { list, number, optionalNumber, optionalText, type Row, text, texts } from "../row.ts";
import { incidentRanks } from "./ranks.ts";

/** Uses only the properties of alerts, except for the bodies of the listed alerts. */
export function queueRows(queries: Queries, version: () => Promise<number>): QueueRows {
  const ranks = incidentRanks(queries, version);
  return {
    async groups(query, after, limit) {
      const parameters = new QueryParameters();
      const { border, isAfter } =
        after === undefined ? { border: "", isAfter: "true" } : afterGroup(query, after, parameters);
      const rows = await queries.run(
        `${border}
         MATCH (a:Alert) WHERE ${queueFilter(query, parameters)}
         WITH ${groupKey(query.group)} AS key, max(a.severityRank) AS severity, max(a.risk) AS risk, max(a.time) AS latest,
           count(*) AS alerts${border === "" ? "" : ", border"}
         WHERE ${isAfter}
         RETURN key, severity, risk, latest, alerts ORDER BY ${query.sort === "latest" ? "" : "severity DESC, "}latest DESC, key LIMIT ${parameters.add(limit)}`,
        parameters.all,
      );
      return rows.map(queueGroupOf);
    },
    groupTotal: (query) =>
      count(queries, `count(DISTINCT ${groupKey(query.group)})`, (parameters) => queueFilter(query, parameters)),
    async incidents(query) {
      const parameters = new QueryParameters();
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE ${queueFilter(query, parameters)}
         RETURN a.itemKey AS key, max(a.severityRank) AS severity, max(a.risk) AS risk, max(a.time) AS latest,
           count(*) AS alerts`,
        parameters.all,
      );
      const ranked = await ranks();
      const groups = rows.map((row) => ({ ...queueGroupOf(row), rank: ranked.get(text(row, "key")) }));
      return { keys: undefined, groups, upTo: undefined };
    },
    statuses: (keys) => statusesOf(queries, keys),
    async hostsOf(query, keys) {
      const parameters = new QueryParameters();
      const listed = `a.itemKey IN ${parameters.add(keys)} AND ${queueFilter(query, parameters)}`;
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE ${listed} RETURN DISTINCT a.itemKey AS key, a.host AS host`,
        parameters.all,
      );
      return valuesByKey(rows.map((row) => [text(row, "key"), text(row, "host")]));
    },
    async worked() {
      const rows = await queries.run(
        `MATCH (i:Incident) WHERE i.itemKey IS NOT NULL
         RETURN i.id AS id, i.alertId AS alertId, i.itemKey AS itemKey, i.body AS body`,
      );
      return workByKey(rows, (row) => text(row, "itemKey"));
    },
    details: async (query, keys) => {
      const start = `MATCH (a:Alert) WHERE ${groupKey(query.group)} = one.key`;
      const groups = keys.map((key) => ({ key }));
      return new Map(await detailsOf(queries, query, groups, start));
    },
    async accountGroups(query) {
      const parameters = new QueryParameters();
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE ${queueFilter(query, parameters)}
         RETURN a.userKey AS user, a.host AS host, max(a.severityRank) AS severity, max(a.risk) AS risk,
           max(a.time) AS latest, count(*) AS alerts`,
        parameters.all,
      );
      return rows.map((row) => ({
        user: optionalText(row, "user"),
        host: text(row, "host"),
        severity: number(row, "severity"),
        risk: number(row, "risk"),
        latest: number(row, "latest"),
        alerts: number(row, "alerts"),
      }));
    },
    async detailsWithin(query, groups) {
      const keyed = Map.groupBy(
        groups.map((group, index) => ({ key: String(index), group })),
        ({ group: { kind } }) => kind,
      );
      const found = await Promise.all(
        [...keyed].map(([kind, those]) =>
          detailsOf(
            queries,
            query,
            those.map(({ key, group }) => ({ key, ...scopeOf(group) })),
            alertsIn[kind],
          ),
        ),
      );
      const details = new Map(found.flat());
      return groups.map((_, index) => details.get(String(index)));
    },
    async similarAlerts(leads) {
      const rows = await queries.run(
        `UNWIND $leads AS lead
         CALL (lead) {
           MATCH (a:Alert {ruleId: lead.ruleId, shape: lead.shape})
           RETURN count(a) AS total,
             sum(CASE WHEN a.status = 'closed' AND a.closeReason IN ['benign', 'false-positive'] THEN 1 ELSE 0 END) AS benign
         }
         RETURN total, benign ORDER BY lead.index`,
        {
          leads: leads.map(({ ruleId, commandTemplate }, index) => ({
            ruleId: indexed(ruleId),
            shape: indexed(commandTemplate),
            index,
          })),
        },
      );
      return rows.map((row) => ({ total: number(row, "total"), benign: number(row, "benign") }));
    },
    async histogram(query, starts, width) {
      const parameters = new QueryParameters();
      const rows = await queries.run(
        `UNWIND ${parameters.add(starts)} AS start
         CALL (start) {
           MATCH (a:Alert) WHERE a.time >= start AND a.time < start + ${parameters.add(width)} AND ${queueFilter(query, parameters)}
           RETURN count(a) AS count
         }
         RETURN count ORDER BY start`,
        parameters.all,
      );
      return rows.map((row) => number(row, "count"));
    },
    async combinations(query) {
      const parameters = new QueryParameters();
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE ${queueFilter(query, parameters, dimensions)}
         RETURN a.status AS status, a.severityRank AS severity, a.ruleId AS rule, max(a.ruleName) AS ruleName,
           a.tactics AS tactics, a.host AS host, a.userKey AS user, max(a.user) AS userLabel,
           count(*) AS count`,
        parameters.all,
      );
      return rows.map(combinationOf);
    },
    async span(query) {
      const parameters = new QueryParameters();
      const [row = {}] = await queries.run(
        `MATCH (a:Alert) WHERE ${queueFilter(query, parameters)} RETURN min(a.time) AS first, max(a.time) AS last`,
        parameters.all,
      );
      const [first, last] = [optionalNumber(row, "first"), optionalNumber(row, "last")];
      return first === undefined || last === undefined ? undefined : { first, last };
    },
    alertsWithout: (query, filters) =>
      count(queries, "count(a)", (parameters) => queueFilter(query, parameters, filters)),
    async any(kind) {
      const label = kind === "events" ? "Event" : "Alert";
      return (await queries.run(`MATCH (n:${label}) RETURN 1 AS found LIMIT 1`)).length > 0;
    },
  };
}

export async function statusesOf(
  queries: Queries,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StatusCounts>> {
  const rows = await queries.run(
    `MATCH (a:Alert) WHERE a.itemKey IN $keys AND NOT a.buildingBlock
     RETURN a.itemKey AS key, a.status AS status, count(*) AS alerts`,
    { keys },
  );
  return countsByKey(
    rows.map((row) => ({ key: text(row, "key"), status: text(row, "status"), alerts: number(row, "alerts") })),
  );
}

/**
 * The condition for groups after a sort key. Neo4j compares stored texts by bytes, which is also their sort order, but
 * a stored text with a parameter by UTF-16 units, which is a different order: so the border key is read from the store.
 * See docs/decisions/0028.
 */
function afterGroup(query: QueueFilterQuery, after: GroupSortKey, parameters: QueryParameters) {
  const [severity, latest, key] = [
    parameters.add(after.severity),
    parameters.add(after.latest),
    parameters.add(after.key),
  ];
  const property = groupKey(query.group);
  const isLater = `latest < ${latest} OR (latest = ${latest} AND key > border)`;
  return {
    border: `WITH coalesce(COLLECT { MATCH (a:Alert) WHERE ${property} = ${key} RETURN ${property} LIMIT 1 }[0], ${key}) AS border`,
    isAfter: query.sort === "latest" ? isLater : `severity < ${severity} OR (severity = ${severity} AND (${isLater}))`,
  };
}

async function count(queries: Queries, what: string, filter: (parameters: QueryParameters) => string): Promise<number> {
  const parameters = new QueryParameters();
  const [row] = await queries.run(
    `MATCH (a:Alert) WHERE ${filter(parameters)} RETURN ${what} AS count`,
    parameters.all,
  );
  return row === undefined ? 0 : number(row, "count");
}

/** The condition of a queue query over `a`, without the filters in `omit`. */
export function queueFilter(
  query: QueueFilterQuery,
  parameters: QueryParameters,
  omit: readonly QueueFilter[] = [],
): string {
  const conditions: string[] = [];
  const when = (filter: QueueFilter, wanted: boolean, condition: () => string) => {
    if (wanted && !omit.includes(filter)) {
      conditions.push(condition());
    }
  };
  const oneOf = (filter: QueueFilter, property: string, wanted: readonly (string | number)[]) =>
    when(filter, wanted.length > 0, () => isOneOf(`a.${property}`, wanted, parameters));
  oneOf("status", "status", query.status);
  oneOf(
    "severity",
    "severityRank",
    query.severity.map((severity) => severityRank[severity]),
  );
  oneOf("rule", "ruleId", query.rule.map(indexed));
  oneOf("host", "host", query.host.map(indexed));
  const { accounts = [] } = query;
  when("user", query.accounts !== undefined, () =>
    inAccounts(accounts, { user: "a.userKey", host: "a.host" }, parameters),
  );
  when(
    "tactic",
    query.tactic.length > 0,
    () => `any(tactic IN a.tactics WHERE tactic IN ${parameters.add(query.tactic)})`,
  );
  when("assignee", query.assignee.length > 0 || query.unassigned, () => {
    const assigned = `EXISTS { MATCH (i:Incident {itemKey: a.itemKey}) WHERE i.assignee IN ${parameters.add(query.assignee)} }`;
    const nobody = "NOT EXISTS { MATCH (i:Incident {itemKey: a.itemKey}) WHERE i.assignee IS NOT NULL }";
    return query.unassigned ? `(${assigned} OR ${nobody})` : assigned;
  });
  when(
    "tag",
    query.tag.length > 0,
    () =>
      `EXISTS { MATCH (i:Incident {itemKey: a.itemKey}) WHERE any(tag IN i.tags WHERE tag IN ${parameters.add(query.tag)}) }`,
  );
  when("window", true, () => within("a.time", queueWindow(query), parameters));
  for (const word of queueWords(query)) {
    when("text", true, () => `a.search CONTAINS ${parameters.add(word)}`);
  }
  when("buildingBlocks", !query.buildingBlocks, () => "NOT a.buildingBlock");
  return conditions.join(" AND ") || "true";
}

/** The expression by which alerts are grouped. Accounts and hosts are not resolved here: those are one group. */
function groupKey(grouping: QueueGrouping): string {
  switch (grouping) {
    case "lineage":
      return "a.itemKey";
    case "rule":
      return "a.ruleId";
    case "host":
    case "user":
      return "''";
    case "none":
      return "a.id";
    default:
      return assertNever(grouping);
  }
}

function combinationOf(row: Row): Combination {
  return {
    status: text(row, "status"),
    severity: number(row, "severity"),
    rule: text(row, "rule"),
    ruleName: text(row, "ruleName"),
    tactics: texts(row, "tactics"),
    host: text(row, "host"),
    user: optionalText(row, "user"),
    userLabel: optionalText(row, "userLabel"),
    count: number(row, "count"),
  };
}

/** Matches the alerts of a group. No alert is in two scopes of one account. */
const alertsIn: Readonly<Record<GroupScope["kind"], string>> = {
  account: `UNWIND one.scopes AS scope
    MATCH (a:Alert) WHERE a.userKey IN scope.userKeys AND (scope.hosts IS NULL OR a.host IN scope.hosts)`,
  host: "MATCH (a:Alert) WHERE a.host IN one.names",
  nobody: "MATCH (a:Alert) WHERE a.userKey IS NULL",
};

function scopeOf(group: GroupScope) {
  switch (group.kind) {
    case "account":
      return {
        scopes: group.scopes.map(({ userKeys, hosts }) => ({
          userKeys: userKeys.map(indexed),
          hosts: hosts?.map(indexed),
        })),
      };
    case "host":
      return { names: group.names.map(indexed) };
    case "nobody":
      return {};
  }
}

/** Details by the key of a group, whose alerts `start` matches as `a` for each group `one`. */
async function detailsOf(
  queries: Queries,
  query: QueueFilterQuery,
  groups: readonly Readonly<Record<string, Parameter>>[],
  start: string,
): Promise<readonly (readonly [string, GroupDetails])[]> {
  if (groups.length === 0) {
    return [];
  }
  const parameters = new QueryParameters();
  const all = `${start} AND ${queueFilter(query, parameters)}`;
  const rows = await queries.run(
    `UNWIND ${parameters.add(groups)} AS one
     CALL (one) {
       ${all}
       RETURN collect(DISTINCT a.host) AS hosts, collect(DISTINCT CASE WHEN a.userKey IS NOT NULL THEN {key: a.userKey, label: a.user} END) AS users, count(DISTINCT a.ruleId) AS rules
     }
     CALL (one) { ${all} RETURN a AS lead ORDER BY a.severityRank DESC, a.time DESC, a.id DESC LIMIT 1 }
     CALL (one) {
       ${all}
       WITH a ORDER BY a.time DESC, a.id DESC LIMIT ${ALERTS_PER_INCIDENT}
       RETURN collect({id: a.id, body: a.body, status: a.status, closeReason: a.closeReason}) AS alerts
     }
     RETURN one.key AS key, hosts, users, rules, alerts, lead.ruleId AS ruleId, lead.ruleName AS ruleName, lead.host AS host,
       lead.userKey AS userKey, lead.user AS user, lead.shape AS shape`,
    parameters.all,
  );
  return rows.map((row) => [
    text(row, "key"),
    {
      alerts: readable(list(row, "alerts"), alertOf),
      lead: {
        ruleId: text(row, "ruleId"),
        ruleName: text(row, "ruleName"),
        host: text(row, "host"),
        userKey: optionalText(row, "userKey"),
        userLabel: optionalText(row, "user"),
        commandTemplate: optionalText(row, "shape"),
      },
      hosts: texts(row, "hosts"),
      users: list(row, "users").map((one) => ({ key: text(one, "key"), label: optionalText(one, "label") ?? "" })),
      rules: number(row, "rules"),
    },
  ]);
}
