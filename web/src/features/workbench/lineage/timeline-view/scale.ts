import type { TimeSpan } from "../view-state.ts";

/** The shortest time that a timeline shows, in milliseconds. */
export const SHORTEST = 100;

/** `span` with `factor` of its length, around a point at `share` of it (0 to 1), within `limits`. */
export function zoomed(span: TimeSpan, factor: number, share: number, limits: TimeSpan): TimeSpan {
  const length = Math.max(SHORTEST, (span.to - span.from) * factor);
  const centre = span.from + (span.to - span.from) * share;
  return clamped({ from: centre - length * share, to: centre + length * (1 - share) }, limits);
}

/** `span` moved by `share` of its length, within `limits`. */
export function panned(span: TimeSpan, share: number, limits: TimeSpan): TimeSpan {
  const by = (span.to - span.from) * share;
  return clamped({ from: span.from + by, to: span.to + by }, limits);
}

/** The same length within the limits, or the limits if it is longer; whole milliseconds. */
export function clamped({ from, to }: TimeSpan, limits: TimeSpan): TimeSpan {
  const length = Math.min(to - from, limits.to - limits.from);
  const start = Math.min(Math.max(from, limits.from), limits.to - length);
  return { from: Math.floor(start), to: Math.ceil(start + length) };
}

/** A time with some room on both sides, so that nothing is at the very edge. */
export function padded({ from, to }: TimeSpan, share = 0.03): TimeSpan {
  const room = Math.max((to - from) * share, 500);
  return { from: Math.floor(from - room), to: Math.ceil(to + room) };
}

/** Where a time is on a span: 0 at its beginning, 1 at its end. */
export function shareOf(time: number, { from, to }: TimeSpan): number {
  return to === from ? 0.5 : (time - from) / (to - from);
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
];

/** At most `count` round times on a span, and the time between them. */
export function ticksOf(
  { from, to }: TimeSpan,
  count: number,
): { readonly step: number; readonly at: readonly number[] } {
  const step =
    steps.find((size) => (to - from) / size <= Math.max(1, count)) ?? Math.ceil((to - from) / Math.max(1, count));
  const at: number[] = [];
  for (let time = Math.ceil(from / step) * step; time <= to && at.length <= count; time += step) {
    at.push(time);
  }
  return { step, at };
}
