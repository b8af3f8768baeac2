import type { QueueGrouping, QueueQuery } from "#contracts/alert";
import { assertNever } from "../../../lib/result.ts";
import { readAlert } from "../../alerts/body.ts";
import { type Combination, dimensions } from "../../alerts/queue-counts.ts";
import { type QueueFilter, queueWindow, queueWords } from "../../alerts/queue-filter.ts";
import { ALERTS_PER_ITEM, type GroupDetails, type GroupPlace, type QueueRows } from "../../alerts/queue-page.ts";
import { severityRank } from "../../alerts/severity.ts";
import { number, optionalText, type Queries, type Row, text, texts } from "../connection.ts";
import { isOneOf, Values, within } from "../events/prefilter.ts";
import { indexed } from "../indexed.ts";

/** From the properties of alerts alone, but for the alerts that are listed. */
export function queueRows(queries: Queries): QueueRows {
  return {
    async groups(query, after, limit) {
      const values = new Values();
      const { border, behind } =
        after === undefined ? { border: "", behind: "true" } : behindGroup(query, after, values);
      const rows = await queries.run(
        `${border}
         MATCH (a:Alert) WHERE ${queueFilter(query, values)}
         WITH ${groupKey(query.group)} AS key, max(a.severityRank) AS severity, max(a.risk) AS risk, max(a.time) AS latest,
           count(*) AS alerts${border === "" ? "" : ", border"}
         WHERE ${behind}
         RETURN key, severity, risk, latest, alerts ORDER BY severity DESC, latest DESC, key LIMIT ${values.add(limit)}`,
        values.all,
      );
      return rows.map((row) => ({
        key: text(row, "key"),
        severity: number(row, "severity"),
        risk: number(row, "risk"),
        latest: number(row, "latest"),
        alerts: number(row, "alerts"),
      }));
    },
    groupTotal: (query) =>
      count(queries, `count(DISTINCT ${groupKey(query.group)})`, (values) => queueFilter(query, values)),
    details: (query, keys) => details(queries, query, keys),
    async similarAlerts(leads) {
      const rows = await queries.run(
        `UNWIND $leads AS lead
         CALL (lead) {
           MATCH (a:Alert {ruleId: lead.ruleId, shape: lead.shape})
           RETURN count(a) AS total,
             sum(CASE WHEN a.status = 'closed' AND a.closeReason IN ['benign', 'false-positive'] THEN 1 ELSE 0 END) AS benign
         }
         RETURN total, benign ORDER BY lead.place`,
        {
          leads: leads.map(({ ruleId, commandTemplate }, place) => ({
            ruleId: indexed(ruleId),
            shape: indexed(commandTemplate),
            place,
          })),
        },
      );
      return rows.map((row) => ({ total: number(row, "total"), benign: number(row, "benign") }));
    },
    async histogram(query, starts, width) {
      const values = new Values();
      const rows = await queries.run(
        `UNWIND ${values.add(starts)} AS start
         CALL (start) {
           MATCH (a:Alert) WHERE a.time >= start AND a.time < start + ${values.add(width)} AND ${queueFilter(query, values)}
           RETURN count(a) AS count
         }
         RETURN count ORDER BY start`,
        values.all,
      );
      return rows.map((row) => number(row, "count"));
    },
    async combinations(query) {
      const values = new Values();
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE ${queueFilter(query, values, dimensions)}
         RETURN a.status AS status, a.severityRank AS severity, a.ruleId AS rule, max(a.ruleName) AS ruleName,
           a.tactics AS tactics, a.host AS host, a.userKey AS user, max(a.user) AS userLabel,
           count(*) AS count, min(a.time) AS first, max(a.time) AS last`,
        values.all,
      );
      return rows.map(combinationOf);
    },
    alertsWithout: (query, filters) => count(queries, "count(a)", (values) => queueFilter(query, values, filters)),
    async any(kind) {
      const label = kind === "events" ? "Event" : "Alert";
      return (await queries.run(`MATCH (n:${label}) RETURN 1 AS found LIMIT 1`)).length > 0;
    },
  };
}

/**
 * The condition of groups behind a place. Neo4j compares stored texts with each other by their bytes, as it orders them, but a
 * stored one with a parameter by UTF-16 units, which is another order: so the key of the place is read from the store.
 */
function behindGroup(query: QueueQuery, after: GroupPlace, values: Values) {
  const [severity, latest, key] = [values.add(after.severity), values.add(after.latest), values.add(after.key)];
  const property = groupProperty(query.group);
  return {
    border: `WITH coalesce(COLLECT { MATCH (a:Alert) WHERE ${property} = ${key} RETURN ${property} LIMIT 1 }[0], ${key}) AS border`,
    behind: `severity < ${severity} OR (severity = ${severity} AND (
      latest < ${latest} OR (latest = ${latest} AND key > border)))`,
  };
}

async function count(queries: Queries, what: string, filter: (values: Values) => string): Promise<number> {
  const values = new Values();
  const [row] = await queries.run(`MATCH (a:Alert) WHERE ${filter(values)} RETURN ${what} AS count`, values.all);
  return row === undefined ? 0 : number(row, "count");
}

/** The condition of a queue query over `a`, without the filters in `omit`. */
function queueFilter(query: QueueQuery, values: Values, omit: readonly QueueFilter[] = []): string {
  const parts: string[] = [];
  const when = (filter: QueueFilter, wanted: boolean, part: () => string) => {
    if (wanted && !omit.includes(filter)) {
      parts.push(part());
    }
  };
  const list = (filter: QueueFilter, property: string, wanted: readonly (string | number)[]) =>
    when(filter, wanted.length > 0, () => isOneOf(`a.${property}`, wanted, values));
  list("status", "status", query.status);
  list(
    "severity",
    "severityRank",
    query.severity.map((severity) => severityRank[severity]),
  );
  list("rule", "ruleId", query.rule.map(indexed));
  list("host", "host", query.host.map(indexed));
  list("user", "userKey", query.user.map(indexed));
  when("tactic", query.tactic.length > 0, () => `any(tactic IN a.tactics WHERE tactic IN ${values.add(query.tactic)})`);
  when("window", true, () => within(queueWindow(query), values, "a.time"));
  for (const word of queueWords(query)) {
    when("text", true, () => `a.search CONTAINS ${values.add(word)}`);
  }
  when("buildingBlocks", !query.buildingBlocks, () => "NOT a.buildingBlock");
  return parts.join(" AND ") || "true";
}

/** The expression by which alerts are grouped. Alerts without an account stand together. */
function groupKey(grouping: QueueGrouping): string {
  return grouping === "user" ? "coalesce(a.userKey, '')" : groupProperty(grouping);
}

function groupProperty(grouping: QueueGrouping): string {
  switch (grouping) {
    case "lineage":
      return "a.itemKey";
    case "rule":
      return "a.ruleId";
    case "host":
      return "a.host";
    case "user":
      return "a.userKey";
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
    first: number(row, "first"),
    last: number(row, "last"),
  };
}

async function details(
  queries: Queries,
  query: QueueQuery,
  keys: readonly string[],
): Promise<ReadonlyMap<string, GroupDetails>> {
  // No index holds those without an account.
  const nameless = query.group === "user" && keys.includes("");
  const property = groupProperty(query.group);
  const found = await detailsOf(
    queries,
    query,
    nameless ? keys.filter((key) => key !== "") : keys,
    `${property} = key`,
  );
  const rest = nameless ? await detailsOf(queries, query, [""], `${property} IS NULL`) : [];
  return new Map([...found, ...rest]);
}

async function detailsOf(
  queries: Queries,
  query: QueueQuery,
  keys: readonly string[],
  own: string,
): Promise<readonly (readonly [string, GroupDetails])[]> {
  const values = new Values();
  const all = `MATCH (a:Alert) WHERE ${own} AND ${queueFilter(query, values)}`;
  const rows = await queries.run(
    `UNWIND ${values.add(keys)} AS key
     CALL (key) {
       ${all}
       RETURN collect(DISTINCT a.host) AS hosts, collect(DISTINCT a.user) AS users, count(DISTINCT a.ruleId) AS rules
     }
     CALL (key) { ${all} RETURN a AS lead ORDER BY a.severityRank DESC, a.time DESC, a.id DESC LIMIT 1 }
     CALL (key) {
       ${all}
       WITH a ORDER BY a.time DESC, a.id DESC LIMIT ${ALERTS_PER_ITEM}
       RETURN collect(a.body) AS alerts
     }
     RETURN key, hosts, users, rules, alerts, lead.ruleId AS ruleId, lead.ruleName AS ruleName, lead.host AS host,
       lead.user AS user, lead.shape AS shape`,
    values.all,
  );
  return rows.map((row) => [
    text(row, "key"),
    {
      alerts: texts(row, "alerts").map(readAlert),
      lead: {
        ruleId: text(row, "ruleId"),
        ruleName: text(row, "ruleName"),
        host: text(row, "host"),
        userLabel: optionalText(row, "user"),
        commandTemplate: optionalText(row, "shape"),
      },
      hosts: texts(row, "hosts"),
      users: texts(row, "users"),
      rules: number(row, "rules"),
    },
  ]);
}
