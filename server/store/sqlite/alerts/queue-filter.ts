import type { QueueGrouping } from "#contracts/queue";
import { assertNever } from "../../../lib/result.ts";
import { type QueueFilter, queueWindow, queueWords } from "../../alerts/queue-filter.ts";
import type { QueueFilterQuery } from "../../alerts/queue-rows.ts";
import { severityRank } from "../../alerts/severity.ts";
import { allOf, type Clause, inAccounts, oneOf, within } from "../clause.ts";

/** The work on an incident in a row of `incidents`; a damaged one has neither assignee nor tags. */
const workIn = "CASE WHEN json_valid(body) THEN body ELSE '{}' END";
const assigneeIn = `(${workIn}) ->> '$.assignee'`;

/**
 * The rows of `incidents` that may name an assignee or tags, among them damaged ones. The index that migration 30 makes
 * has this text: it is used for no other, so a change needs a migration of its own.
 */
export const isWorked = `item_key IS NOT NULL AND CASE WHEN json_valid(body)
  THEN body ->> '$.assignee' IS NOT NULL OR json_array_length(body, '$.tags') > 0 ELSE 1 END`;

/** The condition of a queue query over `alerts`, without the filters in `omit`. */
export function queueClause(query: QueueFilterQuery, omit: readonly QueueFilter[] = []): Clause {
  const clauses: Clause[] = [];
  const when = (filter: QueueFilter, wanted: boolean, clause: () => Clause) => {
    if (wanted && !omit.includes(filter)) {
      clauses.push(clause());
    }
  };
  when("status", query.status.length > 0, () => oneOf("status", query.status));
  when("severity", query.severity.length > 0, () => {
    const ranks = query.severity.map((severity) => severityRank[severity]);
    return { sql: `severity IN (${ranks.map(() => "?").join(", ")})`, parameters: ranks };
  });
  when("rule", query.rule.length > 0, () => oneOf("rule_id", query.rule));
  when("host", query.host.length > 0, () => oneOf("host", query.host));
  const { accounts = [] } = query;
  when("user", query.accounts !== undefined, () => inAccounts(accounts, { user: "user_key", host: "host" }));
  when("tactic", query.tactic.length > 0, () => {
    const tactics = oneOf("tactic", query.tactic);
    return {
      sql: `EXISTS (SELECT 1 FROM alert_tactics t WHERE t.alert_id = alerts.id AND ${tactics.sql})`,
      parameters: tactics.parameters,
    };
  });
  when("assignee", query.assignee.length > 0 || query.unassigned, () => {
    const people = oneOf(assigneeIn, query.assignee);
    const assigned = `item_key IN (SELECT item_key FROM incidents WHERE ${isWorked} AND ${query.assignee.length > 0 ? people.sql : "FALSE"})`;
    const nobody = `item_key NOT IN (SELECT item_key FROM incidents WHERE ${isWorked} AND ${assigneeIn} IS NOT NULL)`;
    return {
      sql: query.unassigned ? `(${assigned} OR ${nobody})` : assigned,
      parameters: query.assignee.length > 0 ? people.parameters : [],
    };
  });
  when("tag", query.tag.length > 0, () => {
    const tags = oneOf("tag.value", query.tag);
    return {
      sql: `item_key IN (SELECT item_key FROM incidents, json_each(${workIn}, '$.tags') tag WHERE ${isWorked} AND ${tags.sql})`,
      parameters: tags.parameters,
    };
  });
  when("window", query.from !== undefined || query.to !== undefined, () => within("time", queueWindow(query)));
  for (const word of queueWords(query)) {
    when("text", true, () => ({
      sql: `EXISTS (SELECT 1 FROM alert_texts x WHERE x.id = alerts.id AND x.search LIKE ? ESCAPE '\\')`,
      parameters: [`%${word.replaceAll(/[\\%_]/g, "\\$&")}%`],
    }));
  }
  when("buildingBlocks", !query.buildingBlocks, () => ({ sql: "building_block = 0", parameters: [] }));
  return allOf(...clauses);
}

/** The SQL expression by which alerts are grouped. Accounts and hosts are not resolved here: those are one group. */
export function groupKey(grouping: QueueGrouping): string {
  switch (grouping) {
    case "lineage":
      return "item_key";
    case "rule":
      return "rule_id";
    case "host":
    case "user":
      return "''";
    case "none":
      return "alerts.id";
    default:
      return assertNever(grouping);
  }
}
