import type { ProcessNode } from "#contracts/lineage";
import type { LineageGraph } from "./graph.ts";
import type { TimeSpan } from "./view-state.ts";

/** The times that timeline and lifetime ruler can be fitted to. */

const instants = (nodes: readonly ProcessNode[]): readonly number[] =>
  nodes.flatMap(({ start, end }) => [start, end].flatMap((time) => (time === undefined ? [] : [Date.parse(time)])));

function around(times: readonly number[]): TimeSpan | undefined {
  return times.length === 0
    ? undefined
    : withRoom({
        from: times.reduce((a, b) => Math.min(a, b)),
        to: times.reduce((a, b) => Math.max(a, b)),
      });
}

/** With some room on both sides, so that nothing is at the very edge. */
function withRoom({ from, to }: TimeSpan): TimeSpan {
  const room = Math.max((to - from) * 0.05, 500);
  return { from: Math.floor(from - room), to: Math.ceil(to + room) };
}

/** A process that ran on for longer than this after the last thing that happened does not stretch the time. */
const LONG = 3_600_000;

/**
 * The processes with alerts, and those that they started, from the first start to the last start or end. Ends long
 * after the last start are left out: a shell may stay open for days.
 */
export function incidentSpan(graph: LineageGraph): TimeSpan | undefined {
  const alerted = [...graph.nodes.values()].filter(({ alerts }) => alerts.length > 0);
  const focus = graph.nodes.get(graph.focus);
  const concerned = new Map([...alerted, ...(focus === undefined ? [] : [focus])].map((node) => [node.key, node]));
  for (const node of concerned.values()) {
    for (const key of graph.children.get(node.key) ?? []) {
      const child = graph.nodes.get(key);
      if (child !== undefined) {
        concerned.set(key, child);
      }
    }
  }
  const nodes = [...concerned.values()];
  const starts = nodes.flatMap(({ start }) => (start === undefined ? [] : [Date.parse(start)]));
  const last = starts.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const ends = instants(nodes).filter((time) => starts.length === 0 || time - last <= LONG);
  return around([...starts, ...ends]);
}

/** The life of the process of the alert, or the hour after its start if that was longer. */
export function alertSpan(graph: LineageGraph): TimeSpan | undefined {
  const focus = graph.nodes.get(graph.focus);
  const [start, end = start] = focus === undefined ? [] : instants([focus]);
  return start === undefined || end === undefined ? undefined : around([start, Math.min(end, start + LONG)]);
}

/** What a colleague or a drag chose, or else the time of the incident. */
export function shownSpan(graph: LineageGraph | undefined, span: TimeSpan | undefined): TimeSpan | undefined {
  return span ?? (graph === undefined ? undefined : incidentSpan(graph));
}
