import { decodeOccurrences, encodeGroup, encodeOccurrences, type GroupHeader } from "./encode.ts";
import type { GroupFinding } from "./measure.ts";
import type { Occurrence } from "./occurrence.ts";

/** Occurrences in one saved row: the part that is written again when one is added. */
const CHUNK = 200;

/** A row of saved state of one group; `undefined` deletes it. */
export interface GroupRow {
  readonly tuple: string;
  /** The number of a chunk of occurrences; without one the row is the header of the group. */
  readonly chunk?: number;
  readonly value: string | undefined;
}

/** The occurrences of one tuple of group-by values, and what was reported of them. */
export interface Group {
  /** In the order of arrival; `undefined` while only `encoded` has them. */
  occurrences: Occurrence[] | undefined;
  encoded: string[];
  count: number;
  newest: number;
  /** By the slot of a reported finding a digest of it. */
  reported: ReadonlyMap<number, string>;
  pending: boolean;
  /** The first chunk that has changed since the last save. */
  changedFrom: number;
  /** The number of saved chunks. */
  chunks: number;
}

/** A group without occurrences; `chunks` are those that an evicted group of the same tuple has saved. */
export function emptyGroup(chunks: number): Group {
  return {
    occurrences: [],
    encoded: [],
    count: 0,
    newest: Number.NEGATIVE_INFINITY,
    reported: new Map(),
    pending: true,
    changedFrom: Number.POSITIVE_INFINITY,
    chunks,
  };
}

/** A saved group whose occurrences are decoded when they are needed. */
export function savedGroup(header: GroupHeader): Group {
  return { ...header, occurrences: undefined, encoded: [], changedFrom: Number.POSITIVE_INFINITY, chunks: 0 };
}

export function addSavedChunk(group: Group, chunk: number, value: string): void {
  group.encoded[chunk] = value;
  group.chunks = Math.max(group.chunks, chunk + 1);
}

export function occurrencesOf(group: Group): Occurrence[] {
  group.occurrences ??= group.encoded.flatMap(decodeOccurrences);
  group.encoded = [];
  return group.occurrences;
}

/** Marks an occurrence at an index as changed. */
export function markChanged(group: Group, index: number): void {
  group.changedFrom = Math.min(group.changedFrom, Math.floor(index / CHUNK));
}

/** The rows of a group that changed since the last save. */
export function takeChangedRows(tuple: string, group: Group): readonly GroupRow[] {
  const rows: GroupRow[] = [{ tuple, value: encodeGroup(group) }];
  const chunks = Math.ceil(group.count / CHUNK);
  for (let chunk = group.changedFrom; chunk < chunks; chunk++) {
    const part = occurrencesOf(group).slice(chunk * CHUNK, (chunk + 1) * CHUNK);
    rows.push({ tuple, chunk, value: encodeOccurrences(part) });
  }
  for (let chunk = chunks; chunk < group.chunks; chunk++) {
    rows.push({ tuple, chunk, value: undefined });
  }
  group.changedFrom = Number.POSITIVE_INFINITY;
  group.chunks = chunks;
  return rows;
}

/** The rows of an evicted group, to be deleted. */
export function deletedRows(tuple: string, chunks: number): readonly GroupRow[] {
  const numbers = Array.from({ length: chunks }, (_, chunk) => chunk);
  return [{ tuple, value: undefined }, ...numbers.map((chunk) => ({ tuple, chunk, value: undefined }))];
}

/** The time slot in which a finding starts; no two findings of a group start in the same slot. */
export function slotOf({ occurrences }: GroupFinding, timeSpan: number): number {
  return Math.floor((occurrences[0]?.time ?? 0) / Math.max(1, timeSpan));
}

/** Identifies the content of a finding: a different digest is a changed finding. */
export function digestOf({ occurrences, completedAt }: GroupFinding): string {
  return [occurrences.length, occurrences[0]?.id, occurrences[completedAt]?.id, occurrences.at(-1)?.id].join(" ");
}

/** The first occurrence of each run without a gap longer than `history`, with the end of the run. */
export function runsOf(sorted: readonly Occurrence[], history: number): Occurrence[] {
  const runs: Occurrence[] = [];
  for (const occurrence of sorted) {
    const last = runs.at(-1);
    const until = last?.until ?? last?.time ?? Number.NEGATIVE_INFINITY;
    if (last === undefined || occurrence.time - until > history) {
      runs.push(occurrence);
    } else {
      runs[runs.length - 1] = { ...last, until: Math.max(until, occurrence.until ?? occurrence.time) };
    }
  }
  return runs;
}
