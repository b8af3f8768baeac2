import { decodeGroup, decodeOccurrences, encodeGroup, encodeOccurrences } from "./encode.ts";
import { type Found, findIn } from "./find.ts";
import { compareOccurrences, type Occurrence } from "./occurrence.ts";
import { type CorrelationPlan, reachOf } from "./plan.ts";

/** Occurrences in one saved row: what is written again when one more comes. */
const CHUNK = 200;
const DAY = 86_400_000;

/** A finding by its cell: the stretch of time in which it begins. Two findings of a group never begin in one cell. */
export interface InCell {
  readonly cell: number;
  readonly found: Found;
}

/** What a group finds now, as far as it differs from what was told before. */
export interface Settled {
  /** New, or with other events than before. */
  readonly changed: readonly InCell[];
  /** Cells of findings that there are no more: late events showed otherwise. */
  readonly gone: readonly number[];
}

/** A row of saved state below a table; `value` undefined takes it away. */
export interface GroupRow {
  readonly tuple: string;
  /** Left out: the facts of the group. */
  readonly chunk?: number;
  readonly value: string | undefined;
}

interface Group {
  /** In the order of arrival; `undefined` while it stands in `encoded` only. */
  occurrences: Occurrence[] | undefined;
  encoded: string[];
  count: number;
  newest: number;
  told: Map<number, string>;
  pending: boolean;
  /** The first chunk that has changed, and how many are saved. */
  changedFrom: number;
  chunks: number;
}

/**
 * What occurred in each group of a plan, the groups longest untouched first. Groups that got something new wait to be asked
 * for their findings. Rows of groups that nothing touches stay text.
 */
export class OccurrenceTable {
  readonly #plan: CorrelationPlan;
  readonly #groups = new Map<string, Group>();
  readonly #pending = new Set<string>();
  readonly #changed = new Set<string>();
  /** Saved chunks of groups that are gone. */
  readonly #dropped = new Map<string, number>();
  /** The groups that a finding of another plan stands in; worked out when one is first taken out. */
  #findings: Map<string, readonly string[]> | undefined;
  #size = 0;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(plan: CorrelationPlan) {
    this.#plan = plan;
  }

  /** Occurrences and groups held: what the limit of memory counts. */
  get size(): number {
    return this.#size;
  }

  /** Takes an occurrence in. */
  add(tuple: string, occurrence: Occurrence): void {
    const group = this.#touch(tuple);
    const count = this.#occurrencesOf(group).push(occurrence);
    group.changedFrom = Math.min(group.changedFrom, Math.floor((count - 1) / CHUNK));
    this.#resize(group, count);
    group.newest = Math.max(group.newest, occurrence.time);
    this.#newest = Math.max(this.#newest, occurrence.time);
    if (occurrence.members !== undefined) {
      this.#findings?.set(occurrence.id, [...(this.#findings.get(occurrence.id) ?? []), tuple]);
    }
  }

  /** Takes a finding out of all groups: late events have changed it. */
  removeFinding(id: string): void {
    for (const tuple of this.#groupsOf(id)) {
      const group = this.#touch(tuple);
      this.#replace(
        group,
        this.#occurrencesOf(group).filter((occurrence) => occurrence.id !== id),
      );
    }
    this.#findings?.delete(id);
  }

  /** Groups that have something new, or wait for time to pass. */
  pending(): readonly string[] {
    return [...this.#pending];
  }

  /** Asks a group for its findings. */
  settle(tuple: string, passed: number): Settled {
    const group = this.#groups.get(tuple);
    this.#pending.delete(tuple);
    if (group === undefined) {
      return { changed: [], gone: [] };
    }
    const { measure, inputs } = this.#plan;
    const sorted = this.#occurrencesOf(group).toSorted(compareOccurrences);
    const { found, open } = findIn(measure, inputs.length, sorted, passed);
    const now = new Map(found.map((one) => [cellOf(one, reachOf(measure)), one]));
    const changed = [...now]
      .filter(([cell, one]) => group.told.get(cell) !== digestOf(one))
      .map(([cell, one]) => ({ cell, found: one }));
    const gone = [...group.told.keys()].filter((cell) => !now.has(cell));
    group.told = new Map([...now].map(([cell, one]) => [cell, digestOf(one)]));
    if (measure.kind === "first") {
      this.#replace(group, runsOf(sorted, measure.history));
    }
    group.pending = open;
    if (open) {
      this.#pending.add(tuple);
    }
    this.#changed.add(tuple);
    return { changed, gone };
  }

  /**
   * Lets go of groups that were longest untouched, and of the oldest part of a group that is most of it all, until only `size`
   * is held. Returns how many groups that cost something: others had nothing newer than what is looked at at once.
   */
  makeRoom(size: number): number {
    const horizon = this.#newest - Math.max(DAY, 2 * reachOf(this.#plan.measure));
    let costly = 0;
    for (const [tuple, group] of [...this.#groups]) {
      if (this.#size <= size) {
        break;
      }
      costly += group.newest >= horizon ? 1 : 0;
      if (group.count > size / 2) {
        this.#forgetHalf(tuple, group);
      } else {
        this.#drop(tuple, group);
      }
    }
    return costly;
  }

  /** A saved row of a group's facts, before its chunks. */
  loadGroup(tuple: string, value: string): void {
    const facts = decodeGroup(value);
    if (facts === undefined) {
      return;
    }
    const { count, newest, told, pending } = facts;
    this.#groups.set(tuple, {
      occurrences: undefined,
      encoded: [],
      count,
      newest,
      told: new Map(told),
      pending,
      changedFrom: Number.POSITIVE_INFINITY,
      chunks: 0,
    });
    this.#size += 1 + count;
    this.#newest = Math.max(this.#newest, newest);
    if (pending) {
      this.#pending.add(tuple);
    }
  }

  loadChunk(tuple: string, chunk: number, value: string): void {
    const group = this.#groups.get(tuple);
    if (group !== undefined) {
      group.encoded[chunk] = value;
      group.chunks = Math.max(group.chunks, chunk + 1);
    }
  }

  /** What has changed since it was last asked. */
  changes(): readonly GroupRow[] {
    const rows: GroupRow[] = [];
    for (const [tuple, chunks] of this.#dropped) {
      rows.push({ tuple, value: undefined });
      rows.push(...Array.from({ length: chunks }, (_, chunk) => ({ tuple, chunk, value: undefined })));
    }
    this.#dropped.clear();
    for (const tuple of this.#changed) {
      const group = this.#groups.get(tuple);
      if (group === undefined) {
        continue;
      }
      const { count, newest, told, pending } = group;
      rows.push({ tuple, value: encodeGroup({ count, newest, told: [...told], pending }) });
      const chunks = Math.ceil(count / CHUNK);
      for (let chunk = group.changedFrom; chunk < chunks; chunk++) {
        const part = this.#occurrencesOf(group).slice(chunk * CHUNK, (chunk + 1) * CHUNK);
        rows.push({ tuple, chunk, value: encodeOccurrences(part) });
      }
      for (let chunk = chunks; chunk < group.chunks; chunk++) {
        rows.push({ tuple, chunk, value: undefined });
      }
      group.changedFrom = Number.POSITIVE_INFINITY;
      group.chunks = chunks;
    }
    this.#changed.clear();
    return rows;
  }

  #groupsOf(id: string): readonly string[] {
    if (this.#findings === undefined) {
      this.#findings = new Map();
      for (const [tuple, group] of this.#groups) {
        for (const finding of this.#occurrencesOf(group)) {
          this.#findings.set(finding.id, [...(this.#findings.get(finding.id) ?? []), tuple]);
        }
      }
    }
    return this.#findings.get(id) ?? [];
  }

  #touch(tuple: string): Group {
    const group = this.#groups.get(tuple) ?? {
      occurrences: [],
      encoded: [],
      count: 0,
      newest: Number.NEGATIVE_INFINITY,
      told: new Map(),
      pending: true,
      changedFrom: Number.POSITIVE_INFINITY,
      chunks: this.#dropped.get(tuple) ?? 0,
    };
    this.#size += this.#groups.delete(tuple) ? 0 : 1;
    this.#dropped.delete(tuple);
    this.#groups.set(tuple, group);
    group.pending = true;
    this.#pending.add(tuple);
    this.#changed.add(tuple);
    return group;
  }

  #occurrencesOf(group: Group): Occurrence[] {
    group.occurrences ??= group.encoded.flatMap(decodeOccurrences);
    group.encoded = [];
    return group.occurrences;
  }

  #replace(group: Group, occurrences: Occurrence[]): void {
    if (occurrences.length !== group.count) {
      group.occurrences = occurrences;
      group.changedFrom = 0;
      this.#resize(group, occurrences.length);
    }
  }

  #resize(group: Group, count: number): void {
    this.#size += count - group.count;
    group.count = count;
  }

  #drop(tuple: string, group: Group): void {
    this.#size -= 1 + group.count;
    this.#groups.delete(tuple);
    this.#pending.delete(tuple);
    this.#changed.delete(tuple);
    this.#findings = undefined;
    this.#dropped.set(tuple, group.chunks);
  }

  /** The older half, up to the end of a finding: the others stay as they are, and those before are told of no more. */
  #forgetHalf(tuple: string, group: Group): void {
    const { measure, inputs } = this.#plan;
    const sorted = this.#occurrencesOf(group).toSorted(compareOccurrences);
    const middle = Math.floor(sorted.length / 2);
    let from = middle;
    for (const one of findIn(measure, inputs.length, sorted, group.newest).found) {
      const start = sorted.findIndex(({ id }) => id === one.occurrences[0]?.id);
      if (start < middle) {
        from = Math.max(from, start + one.occurrences.length);
        group.told.delete(cellOf(one, reachOf(measure)));
      }
    }
    this.#changed.add(tuple);
    this.#replace(group, sorted.slice(from));
  }
}

/** The first of each run of occurrences that are not further apart than `history`, with where the run ends. */
function runsOf(sorted: readonly Occurrence[], history: number): Occurrence[] {
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

function cellOf({ occurrences }: Found, reach: number): number {
  return Math.floor((occurrences[0]?.time ?? 0) / Math.max(1, reach));
}

function digestOf({ occurrences, reachedAt }: Found): string {
  return [occurrences.length, occurrences[0]?.id, occurrences[reachedAt]?.id, occurrences.at(-1)?.id].join(" ");
}
