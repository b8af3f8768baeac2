import type { QueueSort } from "#contracts/queue";
import { compareRows, type IncidentGroup, inOrder, sortTuple } from "./incident-groups.ts";
import type { QueueFilterQuery, QueueGroup, QueueRows, ReadIncidents } from "./queue-rows.ts";

/**
 * Reads the incidents that pass a query as rows of the queue, in order. Each call reads only what changed since the
 * last one, if the store can tell; the rows of an earlier call stay as they are. Incidents of one shape are one row,
 * unless the query asks for those of a shape.
 */
export function followedIncidents(
  { incidents }: Pick<QueueRows, "incidents">,
  query: QueueFilterQuery,
): () => Promise<readonly QueueGroup[]> {
  const rows = new IncidentRows(query.sort, query.shape);
  let upTo: number | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const read = async () => {
    const found = await incidents(query, upTo);
    upTo = found.upTo;
    return rows.replace(found);
  };
  return () => {
    // One after the other: what changed is put into what was read before.
    const result = last.then(read);
    last = result.catch(() => undefined);
    return result;
  };
}

/** Incidents that analysts split off or merged stay apart. */
const isByHand = (key: string) => /^(alert|split|merged):/.test(key);

/** The rows of incidents while these change. */
export class IncidentRows {
  readonly #sort: QueueSort;
  readonly #shape: string | undefined;
  /** The incidents that share a row, in order, by what they share. */
  readonly #members = new Map<string, readonly IncidentGroup[]>();
  /** What the row of an incident is in `#members`. */
  readonly #rowOf = new Map<string, string>();
  #rows: readonly QueueGroup[] = [];

  /** With a `shape`, only incidents of that one are rows, each its own. */
  constructor(sort: QueueSort, shape?: string) {
    this.#sort = sort;
    this.#shape = shape;
  }

  /** Replaces the incidents that were read, or all. Returns the rows in order, led by the first incident of each. */
  replace({ keys, groups }: Omit<ReadIncidents, "upTo">): readonly QueueGroup[] {
    if (keys === undefined) {
      this.#members.clear();
      this.#rowOf.clear();
      this.#rows = [];
    }
    const gone = new Set(keys);
    const changed = new Set(keys?.flatMap((key) => this.#rowOf.get(key) ?? []));
    gone.forEach((key) => void this.#rowOf.delete(key));
    const added = Map.groupBy(
      groups.filter((group) => this.#shape === undefined || group.rank?.signature === this.#shape),
      (group) => this.#rowKey(group),
    );
    for (const [row, incidents] of added) {
      changed.add(row);
      incidents.forEach(({ key }) => void this.#rowOf.set(key, row));
    }
    const formerLeads = new Set<string>();
    const rows: QueueGroup[] = [];
    for (const row of changed) {
      const before = this.#members.get(row) ?? [];
      const members = replaced(before, gone, added.get(row) ?? [], this.#sort);
      before.slice(0, 1).forEach(({ key }) => void formerLeads.add(key));
      if (members.length === 0) {
        this.#members.delete(row);
      } else {
        this.#members.set(row, members);
        rows.push(...folded(members));
      }
    }
    this.#rows = replaced(this.#rows, formerLeads, rows, this.#sort);
    return this.#rows;
  }

  #rowKey({ key, rank }: IncidentGroup): string {
    return this.#shape !== undefined || isByHand(key) ? key : (rank?.signature ?? key);
  }
}

/** `ordered` without those with the keys `gone` and with those `added`, in order. */
function replaced<T extends QueueGroup>(
  ordered: readonly T[],
  gone: ReadonlySet<string>,
  added: readonly T[],
  sort: QueueSort,
): readonly T[] {
  const kept = gone.size === 0 ? ordered : ordered.filter(({ key }) => !gone.has(key));
  const result: T[] = [];
  let from = 0;
  const keepUpTo = (end: number) => {
    for (; from < end; from += 1) {
      const group = kept[from];
      group !== undefined && result.push(group);
    }
  };
  for (const group of inOrder(added, sort)) {
    keepUpTo(placeOf(group, kept, from, sort));
    result.push(group);
  }
  keepUpTo(kept.length);
  return result;
}

/** The index of the first that comes after `group`, at or after `from`. */
function placeOf(group: QueueGroup, ordered: readonly QueueGroup[], from: number, sort: QueueSort): number {
  const row = [sortTuple(group, sort), group.key] as const;
  let [low, high] = [from, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = ordered[middle];
    if (other === undefined || compareRows(row, [sortTuple(other, sort), other.key]) < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** The row of incidents that share one: the first leads it. */
function folded(members: readonly IncidentGroup[]): readonly QueueGroup[] {
  const [lead] = members;
  if (lead === undefined || members.length === 1) {
    return members;
  }
  return [
    {
      ...lead,
      latest: members.reduce((latest, group) => Math.max(latest, group.latest), lead.latest),
      alerts: members.reduce((sum, { alerts }) => sum + alerts, 0),
      folded: members.map(({ key }) => key),
    },
  ];
}
