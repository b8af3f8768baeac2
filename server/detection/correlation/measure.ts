import { assertNever } from "../../lib/result.ts";
import { applyEvent, emptyState, type StageLayout } from "../sequence/step.ts";
import { BoundCounter } from "./bound-counter.ts";
import type { Occurrence } from "./occurrence.ts";
import type { Bound, Measure } from "./plan.ts";

/** The occurrences of one group that together are what the rule asks for. */
export interface GroupFinding {
  readonly occurrences: readonly Occurrence[];
  /** The index of the occurrence that completed the finding. */
  readonly completedAt: number;
}

/** The number of events in a finding. */
export function sizeOf({ occurrences }: GroupFinding): number {
  return occurrences.reduce((sum, { size = 1 }) => sum + size, 0);
}

export interface MeasureResult {
  readonly findings: readonly GroupFinding[];
  /** A window is not over, and further events can change its result: to be evaluated again later. */
  readonly isOpen: boolean;
}

/**
 * All findings of a measure among the occurrences of one group, which come in time order. A pure function, so the order
 * and the batches in which events arrived do not matter.
 *
 * Windows slide: a finding starts with the first occurrence from which the bounds hold within the window and includes
 * everything up to the end of the window; the next one starts after that. So a burst is one finding, and continuous
 * activity is one finding per window. Upper bounds are decided when the window is over (`now`): such windows start with
 * the first occurrence that belongs to none before. See docs/decisions/0013.
 */
export function evaluateMeasure(
  measure: Measure,
  inputs: number,
  occurrences: readonly Occurrence[],
  now: number,
): MeasureResult {
  switch (measure.kind) {
    case "first":
      return { findings: firstOccurrences(occurrences, measure.history), isOpen: false };
    case "ordered":
      return { findings: inOrder(occurrences, measure.window, inputs), isOpen: false };
    case "count":
      if (measure.tumbling === true) {
        return { findings: inTumblingWindows(occurrences, measure), isOpen: false };
      }
      return measure.bounds.every(({ max }) => max === undefined)
        ? { findings: inSlidingWindows(occurrences, measure), isOpen: false }
        : inCompletedWindows(occurrences, measure.window, measure.bounds, now);
    default:
      return assertNever(measure);
  }
}

function firstOccurrences(occurrences: readonly Occurrence[], history: number): readonly GroupFinding[] {
  const findings: GroupFinding[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const occurrence of occurrences) {
    if (occurrence.time - latest > history) {
      findings.push({ occurrences: [occurrence], completedAt: 0 });
    }
    latest = Math.max(latest, occurrence.until ?? occurrence.time);
  }
  return findings;
}

function inSlidingWindows(
  occurrences: readonly Occurrence[],
  { window, bounds, suppression = 0 }: Measure & { readonly kind: "count" },
): readonly GroupFinding[] {
  const findings: GroupFinding[] = [];
  const counter = new BoundCounter(bounds);
  let start = 0;
  for (let index = 0; index < occurrences.length; index++) {
    const occurrence = occurrences[index];
    if (occurrence === undefined) {
      break;
    }
    counter.add(occurrence);
    for (let first = occurrences[start]; first !== undefined && occurrence.time - first.time > window; ) {
      counter.remove(first);
      start++;
      first = occurrences[start];
    }
    if (counter.holds()) {
      const until = Math.max((occurrences[start]?.time ?? 0) + window, occurrence.time + suppression);
      const end = endIndex(occurrences, start, until);
      findings.push({ occurrences: occurrences.slice(start, end), completedAt: index - start });
      counter.clear();
      start = end;
      index = end - 1;
    }
  }
  return findings;
}

/** One finding for each window in which the bounds hold, with everything in the window. */
function inTumblingWindows(
  occurrences: readonly Occurrence[],
  { window, bounds }: Measure & { readonly kind: "count" },
): readonly GroupFinding[] {
  const findings: GroupFinding[] = [];
  for (const within of Map.groupBy(occurrences, ({ time }) => Math.floor(time / window)).values()) {
    const counter = new BoundCounter(bounds);
    const completedAt = within.findIndex((occurrence) => {
      counter.add(occurrence);
      return counter.holds();
    });
    if (completedAt >= 0) {
      findings.push({ occurrences: within, completedAt });
    }
  }
  return findings;
}

function inCompletedWindows(
  occurrences: readonly Occurrence[],
  window: number,
  bounds: readonly Bound[],
  now: number,
): MeasureResult {
  const findings: GroupFinding[] = [];
  const counter = new BoundCounter(bounds);
  for (let start = 0; start < occurrences.length; ) {
    const first = occurrences[start];
    if (first === undefined || first.time + window >= now) {
      return { findings, isOpen: true };
    }
    const end = endIndex(occurrences, start, first.time + window);
    const within = occurrences.slice(start, end);
    counter.clear();
    within.forEach((occurrence) => void counter.add(occurrence));
    if (counter.holds()) {
      findings.push({ occurrences: within, completedAt: within.length - 1 });
    }
    start = end;
  }
  return { findings, isOpen: false };
}

/** The inputs in order, found by the step of sequences. */
function inOrder(occurrences: readonly Occurrence[], window: number, inputs: number): readonly GroupFinding[] {
  const layout = orderedLayout(inputs, window);
  const findings: GroupFinding[] = [];
  let state = emptyState();
  for (let index = 0; index < occurrences.length; index++) {
    const occurrence = occurrences[index];
    if (occurrence === undefined) {
      break;
    }
    const result = applyEvent(layout, state, occurrence, { stages: new Set(occurrence.inputs), until: false });
    state = result.state;
    const first = result.complete[0]?.[0];
    if (first !== undefined) {
      const start = occurrences.findIndex(({ id }) => id === first.id);
      const end = endIndex(occurrences, start, first.time + window);
      findings.push({ occurrences: occurrences.slice(start, end), completedAt: index - start });
      state = emptyState();
      index = end - 1;
    }
  }
  return findings;
}

function orderedLayout(memberCount: number, maxspan: number): StageLayout {
  const positions = Array.from({ length: memberCount }, (_, position) => position);
  return {
    maxspan,
    positions,
    missingAfter: positions.map(() => undefined),
    memberCount,
    startsWithMissing: false,
    endsWithMissing: false,
  };
}

/** The index after the last occurrence that is not later than `until`. */
function endIndex(occurrences: readonly Occurrence[], start: number, until: number): number {
  let end = start;
  while ((occurrences[end]?.time ?? Number.POSITIVE_INFINITY) <= until) {
    end++;
  }
  return end;
}
