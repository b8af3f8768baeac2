import type { AlertStatus } from "#contracts/alert";
import type { QueuePage, QueueQuery } from "#contracts/queue";
import { severityOf, severityRank } from "./severity.ts";

/** Alerts with equal values in everything that the queue counts by. There are few, however many alerts there are. */
export interface Combination {
  readonly status: string;
  /** `severityRank`. */
  readonly severity: number;
  readonly rule: string;
  readonly ruleName: string;
  readonly tactics: readonly string[];
  readonly host: string;
  readonly user: string | undefined;
  readonly userLabel: string | undefined;
  readonly count: number;
}

/** The filters that `countsOf` applies to combinations. The store applies the others before combining alerts. */
type Dimension = "status" | "severity" | "rule" | "host" | "user" | "tactic";
export const dimensions = [
  "status",
  "severity",
  "rule",
  "host",
  "user",
  "tactic",
] as const satisfies readonly Dimension[];

/** What a page of the queue reports about all matching alerts. */
export interface QueueCounts extends Pick<QueuePage, "counts"> {
  /** Those of alerts; assignees and tags belong to incidents. */
  readonly facets: Omit<QueuePage["facets"], "assignee" | "tag">;
  /** The number of matching alerts. */
  readonly alerts: number;
}

/** The counts and facets of a queue query. */
export function countsOf(all: readonly Combination[], query: QueueQuery): QueueCounts {
  const matching = all.filter((one) => dimensions.every((dimension) => passes(one, query, dimension)));
  const without = (omit: Dimension) =>
    all.filter((one) => dimensions.every((dimension) => dimension === omit || passes(one, query, dimension)));
  const statuses = countByValue(without("status"), (one) => [{ value: one.status, label: one.status }]);
  const count = (status: AlertStatus) => statuses.find(({ value }) => value === status)?.count ?? 0;
  return {
    alerts: matching.reduce((sum, { count }) => sum + count, 0),
    counts: {
      open: count("open"),
      acknowledged: count("acknowledged"),
      escalated: count("escalated"),
      closed: count("closed"),
    },
    // Each facet ignores its own filter, so that a second value can be added to the first.
    facets: {
      severity: countByValue(without("severity"), (one) => {
        const severity = severityOf(one.severity);
        return [{ value: severity, label: severity }];
      }).toSorted((left, right) => rankOf(right.value) - rankOf(left.value)),
      rule: countByValue(without("rule"), (one) => [{ value: one.rule, label: one.ruleName }]),
      tactic: countByValue(without("tactic"), (one) => one.tactics.map((tactic) => ({ value: tactic, label: tactic }))),
      host: countByValue(without("host"), (one) => [{ value: one.host, label: one.host }]),
      user: countByValue(without("user"), (one) =>
        one.user === undefined ? [] : [{ value: one.user, label: one.userLabel ?? one.user }],
      ),
    },
  };
}

function rankOf(severity: string): number {
  return Object.entries(severityRank).find(([name]) => name === severity)?.[1] ?? 0;
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

/** Sums the counts by value, the most frequent first. */
function countByValue(
  combined: readonly Combination[],
  valuesOf: (one: Combination) => readonly { readonly value: string; readonly label: string }[],
) {
  const found = new Map<string, { label: string; count: number }>();
  for (const one of combined) {
    for (const { value, label } of valuesOf(one)) {
      const entry = found.get(value);
      if (entry === undefined) {
        found.set(value, { label, count: one.count });
      } else {
        entry.count += one.count;
        // One value may have several labels: the greatest is used, whatever the order of the rows.
        if (label > entry.label) {
          entry.label = label;
        }
      }
    }
  }
  return [...found]
    .map(([value, { label, count }]) => ({ value, label, count }))
    .toSorted((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
}
