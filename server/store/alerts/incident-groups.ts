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

/** Negative if `a` comes first. */
export function compareRows(a: readonly [SortTuple, string], b: readonly [SortTuple, string]): number {
  for (const [index, value] of a[0].entries()) {
    const other = b[0][index] ?? 0;
    if (value !== other) {
      return other - value;
    }
  }
  return Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1]));
}

export function inOrder(groups: readonly QueueGroup[], sort: QueueSort): readonly QueueGroup[] {
  return groups
    .map((group) => ({ group, row: [sortTuple(group, sort), group.key] as const }))
    .sort((a, b) => compareRows(a.row, b.row))
    .map(({ group }) => group);
}

/** Incidents that analysts split off or merged stay apart. */
const isByHand = (key: string) => /^(alert|split|merged):/.test(key);

/** Rows in order, in which incidents of one shape are one row, led by the first of them. */
export function foldByShape(groups: readonly IncidentGroup[], sort: QueueSort): readonly QueueGroup[] {
  const ordered = inOrder(groups, sort);
  const byShape = Map.groupBy(ordered, ({ key, rank }) => (isByHand(key) ? key : (rank?.signature ?? key)));
  const folded = [...byShape.values()].flatMap(([lead, ...others]): readonly QueueGroup[] =>
    lead === undefined
      ? []
      : others.length === 0
        ? [lead]
        : [
            {
              ...lead,
              latest: Math.max(lead.latest, ...others.map(({ latest }) => latest)),
              alerts: others.reduce((sum, { alerts }) => sum + alerts, lead.alerts),
              folded: [lead.key, ...others.map(({ key }) => key)],
            },
          ],
  );
  return inOrder(folded, sort);
}
