import type { QueueSort } from "#contracts/queue";
import type { IncidentRisk } from "../../alert/incident-risk.ts";
import type { QueueGroup } from "./queue-rows.ts";

/** The alerts of an incident that pass the filters, and the rank of the whole incident. */
export interface IncidentGroup extends Omit<QueueGroup, "folded" | "rank"> {
  readonly rank?: IncidentRisk;
}

/** What rows are sorted by, the largest first; equal ones by the bytes of the key. */
export type SortTuple = readonly [number, number, number];

export function sortTuple({ severity, latest, alerts, rank }: QueueGroup, sort: QueueSort): SortTuple {
  switch (sort) {
    case "risk":
      return [rank?.score ?? 0, severity, latest];
    case "latest":
      return [latest, 0, 0];
    case "severity":
      return [severity, latest, 0];
    case "size":
      return [alerts, latest, 0];
  }
}

type SortedRow = readonly [SortTuple, string];

/** Negative if `a` comes first. */
export function compareRows([a, key]: SortedRow, [b, other]: SortedRow): number {
  return b[0] - a[0] || b[1] - a[1] || b[2] - a[2] || Buffer.compare(Buffer.from(key), Buffer.from(other));
}

export function inOrder<T extends QueueGroup>(groups: readonly T[], sort: QueueSort): readonly T[] {
  return groups
    .map((group) => ({ group, row: [sortTuple(group, sort), group.key] as const }))
    .sort((a, b) => compareRows(a.row, b.row))
    .map(({ group }) => group);
}
