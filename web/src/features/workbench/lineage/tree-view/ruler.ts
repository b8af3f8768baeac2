import type { ProcessNode } from "#contracts/lineage";
import type { TimeSpan } from "../view-state.ts";

/** The shared time axis of the lifetime bars, in epoch milliseconds. */
export interface Ruler {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** A lifetime as shares of the ruler from 0 to 1; `before` and `after`: it extends beyond the ruler. */
export interface Bar {
  readonly left: number;
  readonly width: number;
  readonly before: boolean;
  readonly after: boolean;
  /** No record of the end of the process exists. */
  readonly openEnd: boolean;
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/**
 * A time axis on which the processes around the focus can be distinguished. Ancestors often started days before
 * (services.exe at boot): the axis covers only times near the focus, and earlier lifetimes extend beyond its left edge.
 */
export function timeRuler(nodes: readonly ProcessNode[], focus: ProcessNode | undefined, ticks = 3): Ruler | undefined {
  const starts = nodes
    .flatMap((node) => (node.start === undefined ? [] : [Date.parse(node.start)]))
    .sort((a, b) => a - b);
  const centre = focus?.start === undefined ? starts.at(-1) : Date.parse(focus.start);
  if (centre === undefined) {
    return undefined;
  }
  // Grows outwards from the centre until the next time is more than four times as far away as the one before.
  const near = (times: readonly number[]) => {
    let reach = 0;
    for (const distance of times.map((time) => Math.abs(time - centre)).sort((a, b) => a - b)) {
      if (distance > Math.max(reach * 4, 60_000)) {
        break;
      }
      reach = distance;
    }
    return reach;
  };
  const ends = nodes.flatMap((node) => (node.end === undefined ? [] : [Date.parse(node.end)]));
  const first = centre - near(starts.filter((time) => time <= centre));
  const last = centre + near([...starts, ...ends].filter((time) => time >= centre));
  const span = Math.max(last - first, 1000);
  return rulerOf({ from: first - span * 0.06, to: last + span * 0.06 }, ticks);
}

/** A time axis over a span with about so many ticks. */
export function rulerOf({ from, to }: TimeSpan, ticks: number): Ruler {
  const step = steps.find((size) => (to - from) / size <= ticks + 0.5) ?? (to - from) / ticks;
  const marks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    marks.push(at);
  }
  return { from, to, ticks: marks };
}

/** The lifetime of a process on the ruler; undefined when neither start nor end is known. */
export function lifetimeBar(node: Pick<ProcessNode, "start" | "end">, ruler: Ruler): Bar | undefined {
  const end = node.end === undefined ? undefined : Date.parse(node.end);
  if (node.start === undefined && end === undefined) {
    return undefined;
  }
  const start = node.start === undefined ? ruler.from - 1 : Date.parse(node.start);
  const share = (time: number) => Math.min(1, Math.max(0, (time - ruler.from) / (ruler.to - ruler.from)));
  const left = share(start);
  return {
    left,
    width: share(end ?? ruler.to) - left,
    before: start < ruler.from,
    after: (end ?? ruler.to) > ruler.to,
    openEnd: end === undefined,
  };
}

/** The precision that the labels of the ticks need. */
export function tickPrecision(ruler: Ruler): "minute" | "second" | "millisecond" {
  const step = (ruler.ticks[1] ?? ruler.to) - (ruler.ticks[0] ?? ruler.from);
  return step >= 60_000 ? "minute" : step >= 1000 ? "second" : "millisecond";
}
