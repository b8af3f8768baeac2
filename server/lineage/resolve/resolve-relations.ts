import type { EndFact } from "../facts.ts";
import type { ProcessRow } from "../process-row.ts";
import type { ExitRow, HistoryProbe, PidHistory } from "../tables.ts";
import { type AssignedExits, assignExits, exitNow, type PidTimeline } from "./assign-exits.ts";
import type { Reassigned } from "./correlate-records.ts";
import { findParents, type ParentSources, timelineAt } from "./find-parents.ts";
import { parentQuestion } from "./parent-question.ts";
import { pidText } from "./pid-ranges.ts";
import { type PlaceholderReferences, type Release, releasedBy, releasedByExits } from "./placeholders.ts";
import type { ProcessRecords } from "./resolve-records.ts";
import { timelineOf } from "./timeline.ts";

/** What changed since parents and exits were resolved last. */
export interface RelationNews {
  /** Rows that are new or have another place in their pid's history: as they were and as they are. */
  readonly moved: readonly ProcessRow[];
  /** New exits without an entity id. */
  readonly exits: readonly EndFact[];
  /** Shown processes whose own parent has to be found. */
  readonly unlinked: readonly ProcessRecords[];
  readonly reassigned: readonly Reassigned[];
}

export interface LoadedRelations {
  readonly probes: readonly HistoryProbe[];
  /** In the order of `probes`. */
  readonly histories: readonly PidHistory[];
  /** Duplicate records of the referrers in the histories. */
  readonly duplicates: ReadonlyMap<string, ProcessRow>;
  /** See `ParentSources`. */
  readonly chosen: ReadonlyMap<string, string>;
}

export interface ResolvedRelations {
  /** Processes with another parent or another exit than before. */
  readonly rows: readonly ProcessRow[];
  readonly exits: readonly ExitRow[];
  /** The process that each exit ended, by event id. */
  readonly exitOwners: ReadonlyMap<string, string>;
  readonly references: PlaceholderReferences;
}

/** Finds, in the loaded histories of pids, who ended with each exit and which parent each process has. */
export function resolveRelations(loaded: LoadedRelations, news: RelationNews): ResolvedRelations {
  const timelines = timelinesOf(loaded);
  const exits = assignExits(timelines);
  const rows = rowsWithExits(loaded, news, exits);
  const byPid = Map.groupBy(timelines, ({ probe }) => pidText(probe));
  const children = [...news.unlinked, ...referrersOf(loaded, news, byPid)].map(({ row, duplicate }) => ({
    row: rows.changed.get(row.key) ?? row,
    duplicate,
  }));
  const parents = findParents(children, { timelines: byPid, chosen: loaded.chosen });
  for (const row of parents.changed) {
    rows.changed.set(row.key, row);
  }
  return {
    rows: [...rows.changed.values()],
    exits: exits.changed,
    exitOwners: exits.owners,
    references: {
      referenced: new Map([...exits.placeholders, ...parents.placeholders].map((row) => [row.key, row])),
      exits,
      released: [
        ...releasedByExits(exits.moved),
        ...parents.released,
        ...releasedByReassigned(news.reassigned, (key) => rows.changed.get(key) ?? rows.loaded.get(key)),
      ],
    },
  };
}

function timelinesOf({ probes, histories }: LoadedRelations): readonly PidTimeline[] {
  return probes.map((probe, index) => {
    const { rows = [], exits = [] } = histories[index] ?? {};
    const facts = exits.map(({ fact }) => fact);
    return { probe, timeline: timelineOf(probe.pid, rows, facts), exits };
  });
}

/** All loaded rows, and those whose exit is another one than before. */
function rowsWithExits(
  { histories }: LoadedRelations,
  { unlinked }: RelationNews,
  exits: AssignedExits,
): { readonly loaded: ReadonlyMap<string, ProcessRow>; readonly changed: Map<string, ProcessRow> } {
  const all = [
    ...histories.flatMap(({ rows, referrers }) => [...rows, ...referrers]),
    ...unlinked.map(({ row }) => row),
  ];
  const loaded = new Map(all.map((row) => [row.key, row]));
  const changed = new Map<string, ProcessRow>();
  for (const [key, row] of loaded) {
    const exit = exitNow(row, exits);
    if (exit?.source.eventId !== row.exit?.source.eventId) {
      changed.set(key, { ...row, exit });
    }
  }
  return { loaded, changed };
}

/** The other processes that refer to a pid whose history changed. */
function referrersOf(
  { histories, duplicates }: LoadedRelations,
  { unlinked }: RelationNews,
  timelines: ParentSources["timelines"],
): readonly ProcessRecords[] {
  const others = new Map(histories.flatMap(({ referrers }) => referrers.map((row) => [row.key, row] as const)));
  for (const { row } of unlinked) {
    others.delete(row.key);
  }
  return [...others.values()]
    .map((row) => ({ row, duplicate: duplicates.get(row.duplicate ?? "") }))
    .filter(({ row, duplicate }) => {
      const question = parentQuestion(row, duplicate);
      // A duplicate record of the row may refer to the pid seconds later, beyond the reach of the change.
      return question.kind !== "pid" || timelineAt(timelines, row.host, question) !== undefined;
    });
}

/**
 * A process whose other record referred to a placeholder has the last say: anyone who referred to it directly comes
 * first.
 */
function releasedByReassigned(
  reassigned: readonly Reassigned[],
  rowOf: (key: string) => ProcessRow | undefined,
): readonly Release[] {
  return reassigned.map(({ placeholder, by, to }) =>
    releasedBy(by, Number.POSITIVE_INFINITY, placeholder, rowOf(to)?.parent),
  );
}
