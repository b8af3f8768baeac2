import type { SourceRef } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";
import { compileCondition } from "../condition/evaluate.ts";
import { type StemmaEvent, valuesOf } from "../event/event.ts";
import type { Store } from "../store/port.ts";
import { uniqueSources } from "./alert-fields.ts";
import type { Hits, Search } from "./run-query.ts";

/** Children in the lineage that are looked through for those that the records lack. */
const childLimit = 100;

/** Records that are read to merge those of one process start; with more, the result counts records instead. */
const mergeLimit = 5000;

interface Row {
  readonly event: StemmaEvent;
  readonly processKey?: string;
  readonly groups: readonly number[];
  readonly sources: readonly SourceRef[];
}

/**
 * Events that match, oldest first. Records of one process start in several logs (Sysmon 1 and Security 4688) become one
 * row with all sources. A query for children is checked against the lineage, which resolves reused pids.
 */
export async function eventHits(store: Store, search: Search): Promise<Hits> {
  const found = await store.events.find({
    condition: search.condition,
    from: search.window.from,
    to: search.window.to,
    limit: mergeLimit,
    order: "oldest-first",
  });
  const tests = search.groups.map((group) =>
    group.condition === undefined ? () => false : compileCondition(group.condition),
  );
  const groupsOf = (event: StemmaEvent): readonly number[] =>
    tests.flatMap((test, index) => (test(event.fields) ? [index] : []));
  const rows = await mergeStarts(store, found.events, groupsOf);
  const reconciled = await reconcile(store, search, rows);
  const complete = found.total <= found.events.length;
  const total = complete ? reconciled.rows.length : found.total;
  const shown = reconciled.rows.slice(0, search.limit);
  return {
    rows: shown.map((row) => ({
      id: row.event.id,
      time: new Date(row.event.time).toISOString(),
      fields: row.event.fields,
      source: row.event.source,
      sources: [...row.sources],
      processKey: row.processKey,
      groups: [...row.groups],
    })),
    total,
    perGroup: tests.map((_, index) => reconciled.rows.filter((row) => row.groups.includes(index)).length),
    notes: reconciled.notes,
    ...(reconciled.unrecorded ? { unrecorded: true } : {}),
    truncationReason: complete
      ? total > shown.length
        ? `The oldest ${shown.length} of ${total} rows are shown.`
        : undefined
      : `${shown.length} of ${total} records are shown. There are too many to merge the records of one process; groups are counted over the first ${mergeLimit}.`,
  };
}

function isProcessStart(event: StemmaEvent): boolean {
  return (
    valuesOf(event.fields, "event.category").includes("process") &&
    valuesOf(event.fields, "event.type").includes("start")
  );
}

async function mergeStarts(
  store: Store,
  events: readonly StemmaEvent[],
  groupsOf: (event: StemmaEvent) => readonly number[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const byProcess = new Map<string, number>();
  const processes = await store.lineage.processesOf(events);
  for (const event of events) {
    const process = processes.get(event.id);
    const known = process !== undefined && isProcessStart(event) ? byProcess.get(process.key) : undefined;
    const earlier = known === undefined ? undefined : rows[known];
    if (known === undefined || earlier === undefined) {
      if (process !== undefined && isProcessStart(event)) {
        byProcess.set(process.key, rows.length);
      }
      rows.push({ event, processKey: process?.key, groups: groupsOf(event), sources: [event.source] });
    } else {
      // A Sysmon record leads the row: it has more about a process than one of Security.
      const leads =
        event.fields["process.entity_id"] !== undefined && earlier.event.fields["process.entity_id"] === undefined;
      rows[known] = {
        ...earlier,
        event: leads ? event : earlier.event,
        groups: [...new Set([...earlier.groups, ...groupsOf(event)])].sort((left, right) => left - right),
        sources: uniqueSources(leads ? [event.source, ...earlier.sources] : [...earlier.sources, event.source]),
      };
    }
  }
  return rows;
}

async function reconcile(
  store: Store,
  search: Search,
  rows: readonly Row[],
): Promise<{ readonly rows: readonly Row[]; readonly notes: readonly string[]; readonly unrecorded: boolean }> {
  const key = search.context.process?.key;
  if (search.query.lineage === undefined || key === undefined) {
    return { rows, notes: [], unrecorded: false };
  }
  const processes = await store.lineage.processes(rows.flatMap((row) => row.processKey ?? []));
  const kept = rows.filter((row) => {
    const process = row.processKey === undefined ? undefined : processes.get(row.processKey);
    return process?.parent === undefined || process.parent.key === key;
  });
  const dropped = rows.length - kept.length;
  const notes =
    dropped > 0
      ? [
          `${dropped} ${dropped === 1 ? "process" : "processes"} left out: by their lineage they belong to another parent with the same pid.`,
        ]
      : [];
  const listed = new Set(kept.map((row) => row.processKey));
  const children = await store.lineage.children(key, { limit: childLimit });
  if (children.total > listed.size) {
    notes.push(
      `The lineage has ${children.total} children; the others started outside the window or have no start record.`,
    );
  }
  const unrecorded = children.items.some((child) => !listed.has(child.key) && !startedOutside(child, search.window));
  return { rows: kept, notes, unrecorded };
}

/** Whether a process is known to have started at another time than in a window. */
function startedOutside({ start }: ProcessNode, { from, to }: Search["window"]): boolean {
  const time = start === undefined ? undefined : Date.parse(start);
  return time !== undefined && ((from !== undefined && time < from) || (to !== undefined && time > to));
}
