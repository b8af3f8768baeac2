import { assertNever } from "../../lib/result.ts";
import { applyEvent, emptyState, type StageLayout } from "../sequence/step.ts";
import type { Occurrence } from "./occurrence.ts";
import type { Bound, Measure } from "./plan.ts";

/** Occurrences of one group that together are what the rule asks for. */
export interface Found {
  readonly occurrences: readonly Occurrence[];
  /** The place of the one with which it became true. */
  readonly reachedAt: number;
}

/** How many events a finding is about. */
export function sizeOf({ occurrences }: Found): number {
  return occurrences.reduce((sum, { size = 1 }) => sum + size, 0);
}

export interface FoundInGroup {
  readonly found: readonly Found[];
  /** A window is not over yet whose count may still change the answer: to be asked again when time has passed. */
  readonly open: boolean;
}

/**
 * Everything that a measure finds among the occurrences of one group, which come in order of time. A pure function of them,
 * so the order and the portions in which they arrived play no part. `passed` is the time that has come.
 *
 * Windows slide: a finding begins with the first occurrence from which on the bounds hold within the window, takes in
 * everything up to the window's end, and the next begins behind that. So one burst is one finding, and what goes on is told
 * once per window. Bounds from above are only known when a window is over: there, windows begin with the first occurrence
 * that is in none before.
 */
export function findIn(
  measure: Measure,
  inputs: number,
  occurrences: readonly Occurrence[],
  passed: number,
): FoundInGroup {
  switch (measure.kind) {
    case "first":
      return { found: firsts(occurrences, measure.history), open: false };
    case "ordered":
      return { found: inOrder(occurrences, measure.window, inputs), open: false };
    case "count":
      if (measure.still === true) {
        return { found: inStillWindows(occurrences, measure), open: false };
      }
      return measure.bounds.every(({ most }) => most === undefined)
        ? { found: reached(occurrences, measure), open: false }
        : closed(occurrences, measure.window, measure.bounds, passed);
    default:
      return assertNever(measure);
  }
}

function firsts(occurrences: readonly Occurrence[], history: number): readonly Found[] {
  const found: Found[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const occurrence of occurrences) {
    if (occurrence.time - latest > history) {
      found.push({ occurrences: [occurrence], reachedAt: 0 });
    }
    latest = Math.max(latest, occurrence.until ?? occurrence.time);
  }
  return found;
}

function reached(
  occurrences: readonly Occurrence[],
  { window, bounds, hold = 0 }: Measure & { readonly kind: "count" },
): readonly Found[] {
  const found: Found[] = [];
  const count = new Count(bounds);
  let start = 0;
  for (let place = 0; place < occurrences.length; place++) {
    const occurrence = occurrences[place];
    if (occurrence === undefined) {
      break;
    }
    count.add(occurrence);
    for (let first = occurrences[start]; first !== undefined && occurrence.time - first.time > window; ) {
      count.remove(first);
      start++;
      first = occurrences[start];
    }
    if (count.holds()) {
      const until = Math.max((occurrences[start]?.time ?? 0) + window, occurrence.time + hold);
      const end = behind(occurrences, start, until);
      found.push({ occurrences: occurrences.slice(start, end), reachedAt: place - start });
      count.clear();
      start = end;
      place = end - 1;
    }
  }
  return found;
}

/** All that falls into one window is one finding, where the bounds hold for it. */
function inStillWindows(
  occurrences: readonly Occurrence[],
  { window, bounds }: Measure & { readonly kind: "count" },
): readonly Found[] {
  const found: Found[] = [];
  for (const within of Map.groupBy(occurrences, ({ time }) => Math.floor(time / window)).values()) {
    const count = new Count(bounds);
    const reachedAt = within.findIndex((occurrence) => {
      count.add(occurrence);
      return count.holds();
    });
    if (reachedAt >= 0) {
      found.push({ occurrences: within, reachedAt });
    }
  }
  return found;
}

function closed(
  occurrences: readonly Occurrence[],
  window: number,
  bounds: readonly Bound[],
  passed: number,
): FoundInGroup {
  const found: Found[] = [];
  const count = new Count(bounds);
  for (let start = 0; start < occurrences.length; ) {
    const first = occurrences[start];
    if (first === undefined || first.time + window >= passed) {
      return { found, open: true };
    }
    const end = behind(occurrences, start, first.time + window);
    const within = occurrences.slice(start, end);
    count.clear();
    within.forEach((occurrence) => void count.add(occurrence));
    if (count.holds()) {
      found.push({ occurrences: within, reachedAt: within.length - 1 });
    }
    start = end;
  }
  return { found, open: false };
}

/** One after the other, by the step of sequences. */
function inOrder(occurrences: readonly Occurrence[], window: number, inputs: number): readonly Found[] {
  const shape = stagesInOrder(inputs, window);
  const found: Found[] = [];
  let state = emptyState();
  for (let place = 0; place < occurrences.length; place++) {
    const occurrence = occurrences[place];
    if (occurrence === undefined) {
      break;
    }
    const stepped = applyEvent(shape, state, occurrence, { stages: new Set(occurrence.inputs), until: false });
    state = stepped.state;
    const first = stepped.complete[0]?.[0];
    if (first !== undefined) {
      const start = occurrences.findIndex(({ id }) => id === first.id);
      const end = behind(occurrences, start, first.time + window);
      found.push({ occurrences: occurrences.slice(start, end), reachedAt: place - start });
      state = emptyState();
      place = end - 1;
    }
  }
  return found;
}

function stagesInOrder(count: number, maxspan: number): StageLayout {
  const positions = Array.from({ length: count }, (_, position) => position);
  return {
    maxspan,
    positions,
    missingAfter: positions.map(() => undefined),
    memberCount: count,
    startsWithMissing: false,
    endsWithMissing: false,
  };
}

/** The place behind the last occurrence that is not later than `until`. */
function behind(occurrences: readonly Occurrence[], start: number, until: number): number {
  let end = start;
  while ((occurrences[end]?.time ?? Number.POSITIVE_INFINITY) <= until) {
    end++;
  }
  return end;
}

/** Counts what bounds ask for, as occurrences come into a window and leave it. */
export class Count {
  readonly #bounds: readonly Bound[];
  readonly #inputs = new Map<number, number>();
  readonly #values: Map<string, number>[] = [];
  #events = 0;

  constructor(bounds: readonly Bound[]) {
    this.#bounds = bounds;
  }

  add(occurrence: Occurrence): void {
    this.#change(occurrence, 1);
  }

  remove(occurrence: Occurrence): void {
    this.#change(occurrence, -1);
  }

  clear(): void {
    this.#events = 0;
    this.#inputs.clear();
    this.#values.length = 0;
  }

  /** What a bound counts now. */
  of({ of }: Bound): number {
    switch (of.kind) {
      case "events":
        return this.#events;
      case "inputs":
        return this.#inputs.size;
      case "values":
        return this.#values[of.place]?.size ?? 0;
    }
  }

  holds(): boolean {
    return this.#bounds.every((bound) => {
      const count = this.of(bound);
      return count >= (bound.least ?? 0) && count <= (bound.most ?? Number.POSITIVE_INFINITY);
    });
  }

  #change({ inputs, values }: Occurrence, by: 1 | -1): void {
    this.#events += by;
    for (const input of inputs) {
      change(this.#inputs, input, by);
    }
    for (const [place, some] of values.entries()) {
      const counts = this.#values[place] ?? new Map();
      this.#values[place] = counts;
      for (const value of some) {
        change(counts, value, by);
      }
    }
  }
}

function change<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) {
    counts.delete(key);
  } else {
    counts.set(key, count);
  }
}
