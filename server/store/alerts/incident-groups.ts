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
  const byShape = Map.groupBy(groups, ({ key, rank }) => (isByHand(key) ? key : (rank?.signature ?? key)));
  return inOrder(
    [...byShape.values()].flatMap((members) => folded(members, sort)),
    sort,
  );
}

function folded(members: readonly IncidentGroup[], sort: QueueSort): readonly QueueGroup[] {
  if (members.length <= 1) {
    return members;
  }
  const ordered = inOrder(members, sort);
  const [lead] = ordered;
  return lead === undefined
    ? []
    : [
        {
          ...lead,
          latest: ordered.reduce((latest, group) => Math.max(latest, group.latest), lead.latest),
          alerts: ordered.reduce((sum, { alerts }) => sum + alerts, 0),
          folded: ordered.map(({ key }) => key),
        },
      ];
}
