import { z } from "zod";
import type { AlertStatus, QueuePage, QueueQuery } from "#contracts/alert";
import { type Connection, number, optionalText, type Row, text } from "./connection.ts";
import { queueClause, severityOf, severityRank } from "./queue-filter.ts";

/** Alerts that agree in everything that the queue counts by: few, whatever the number of alerts. */
interface Combination {
  readonly status: string;
  readonly severity: number;
  readonly rule: string;
  readonly ruleName: string;
  readonly tactics: readonly string[];
  readonly host: string;
  readonly user: string | undefined;
  readonly userLabel: string | undefined;
  readonly count: number;
}

/** The filters that are applied to combinations; the others narrow the alerts that are combined. */
type Dimension = "status" | "severity" | "rule" | "host" | "user" | "tactic";
const dimensions = ["status", "severity", "rule", "host", "user", "tactic"] as const satisfies readonly Dimension[];

const tacticNames = z.array(z.string());

/** Counts by status and the facets of a queue query, from one pass over the alerts. */
export function queueCounts(connection: Connection, query: QueueQuery): Pick<QueuePage, "counts" | "facets"> {
  const all = combinations(connection, query);
  const without = (omit: Dimension) =>
    all.filter((one) => dimensions.every((dimension) => dimension === omit || passes(one, query, dimension)));
  const statuses = tally(without("status"), (one) => [{ value: one.status, label: one.status }]);
  const count = (status: AlertStatus) => statuses.find(({ value }) => value === status)?.count ?? 0;
  return {
    counts: {
      open: count("open"),
      acknowledged: count("acknowledged"),
      escalated: count("escalated"),
      closed: count("closed"),
    },
    // Each facet ignores its own filter, so that a second value can be chosen beside the first.
    facets: {
      severity: tally(without("severity"), (one) => {
        const severity = severityOf(one.severity);
        return [{ value: severity, label: severity }];
      }).toSorted((left, right) => rankOf(right.value) - rankOf(left.value)),
      rule: tally(without("rule"), (one) => [{ value: one.rule, label: one.ruleName }]),
      tactic: tally(without("tactic"), (one) => one.tactics.map((tactic) => ({ value: tactic, label: tactic }))),
      host: tally(without("host"), (one) => [{ value: one.host, label: one.host }]),
      user: tally(without("user"), (one) =>
        one.user === undefined ? [] : [{ value: one.user, label: one.userLabel ?? one.user }],
      ),
    },
  };
}

function rankOf(severity: string): number {
  return Object.entries(severityRank).find(([name]) => name === severity)?.[1] ?? 0;
}

function combinations(connection: Connection, query: QueueQuery): readonly Combination[] {
  const clause = queueClause(query, dimensions);
  return connection
    .prepare(
      `SELECT status, severity, rule_id, max(rule_name) AS rule_name, tactics, host, user_key, max(user_label) AS user_label,
         count(*) AS count
       FROM alerts WHERE ${clause.sql} GROUP BY rule_id, host, user_key, status, severity, tactics`,
    )
    .all(...clause.parameters)
    .map(combinationOf);
}

function combinationOf(row: Row): Combination {
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
}

function passes(one: Combination, query: QueueQuery, dimension: Dimension): boolean {
  const wanted: readonly string[] = query[dimension];
  if (wanted.length === 0) {
    return true;
  }
  switch (dimension) {
    case "severity":
      return wanted.includes(severityOf(one.severity));
    case "tactic":
      return one.tactics.some((tactic) => wanted.includes(tactic));
    case "user":
      return one.user !== undefined && wanted.includes(one.user);
    default:
      return wanted.includes(one[dimension]);
  }
}

/** Adds up the counts by value, the most frequent first. */
function tally(
  combined: readonly Combination[],
  valuesOf: (one: Combination) => readonly { readonly value: string; readonly label: string }[],
) {
  const found = new Map<string, { label: string; count: number }>();
  for (const one of combined) {
    for (const { value, label } of valuesOf(one)) {
      const known = found.get(value);
      if (known === undefined) {
        found.set(value, { label, count: one.count });
      } else {
        known.count += one.count;
        // One value may have been written in several ways: the last in order stands for all, whatever came first.
        if (label > known.label) {
          known.label = label;
        }
      }
    }
  }
  return [...found]
    .map(([value, { label, count }]) => ({ value, label, count }))
    .toSorted((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
}
