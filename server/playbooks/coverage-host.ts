import { and, equals } from "../condition/tree.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import { ACTIVITY_SLOT, type ActiveSpan } from "../store/events/port.ts";
import type { Store } from "../store/port.ts";
import { type Activity, streamsKey } from "./coverage-activity.ts";
import type { Kind, Need } from "./coverage-kinds.ts";
import { flowOf, silenceAfter, silenceBefore, unseenConfigurations, without } from "./coverage-rhythm.ts";
import { intersection, type Span, union } from "./coverage-time.ts";

/** A host under every name that its records are stored under. */
export interface CoveredHost {
  readonly host: string;
  readonly names: readonly string[];
}

/** A sensor that stopped or was reconfigured, or a log that was cleared. */
export interface Stop {
  readonly at: number;
  readonly host: string;
  readonly what: string;
}

/** How far a kind covers a window, and when its source wrote any records. */
export interface KindCoverage {
  readonly kind: Kind;
  readonly covered: readonly Span[];
  readonly flow: readonly Span[];
}

/** How far one need is covered on a host: by each of its kinds, and by any of them. */
export interface NeedCoverage {
  readonly need: Need;
  readonly covered: readonly Span[];
  readonly byKind: readonly KindCoverage[];
}

export interface HostCoverage {
  readonly host: string;
  readonly needs: readonly NeedCoverage[];
  readonly stops: readonly Stop[];
}

/** What records of a sensor or of the event log say about whether others were written. */
interface Marker {
  readonly source: string;
  readonly code: string;
  readonly effect: "stop" | "start or stop" | "configuration";
  readonly what: string;
  /** Set if it is about the records of every source. */
  readonly everything?: true;
}

const markers: readonly Marker[] = [
  { source: "sysmon", code: "4", effect: "start or stop", what: "Sysmon" },
  { source: "sysmon", code: "16", effect: "configuration", what: "Sysmon configuration changed" },
  { source: "sysmon", code: "255", effect: "stop", what: "Sysmon reported an error" },
  { source: "security", code: "1100", effect: "stop", what: "Event log service stopped", everything: true },
  { source: "security", code: "1102", effect: "stop", what: "Security log cleared" },
  { source: "system", code: "104", effect: "stop", what: "Log cleared", everything: true },
];

/** Half minutes with markers that are read one by one; further ones count as stops. */
const MOST_READ = 40;

/** How far a host's records cover a window for each need. */
export async function hostCoverage(
  activity: Activity,
  { host, names }: CoveredHost,
  needs: readonly Need[],
  window: Span,
): Promise<HostCoverage> {
  // Not awaited yet: what is asked at once is read at once.
  const read = activity.once(`marks ${streamsKey(names, window)}`, () => marksOf(activity, names, window));
  const covered = await Promise.all(
    needs.map(async (need): Promise<NeedCoverage> => {
      const byKind = await Promise.all(
        need.kinds.map(async (kind) => {
          const [records, all, marks] = await Promise.all([
            activity.active(names, kind, window),
            activity.active(names, { source: kind.source }, window),
            read,
          ]);
          const flow = without(flowOf(all, window), silences(marks, kind.source, all));
          const own = kind.code === undefined ? flow : intersection(flow, ownFlow(records, kind, marks, window));
          return { kind, covered: intersection(own, [window]), flow: intersection(flow, [window]) };
        }),
      );
      return { need, covered: union(byKind.flatMap(({ covered }) => covered)), byKind };
    }),
  );
  const marks = await read;
  const concerned = new Set(needs.flatMap(({ kinds }) => kinds.map((kind) => kind.source)));
  return {
    host,
    needs: covered,
    stops: marks
      .filter(
        ({ at, marker }) =>
          at >= window.from && at <= window.to && (marker.everything === true || concerned.has(marker.source)),
      )
      .map(({ at, what }) => ({ at, host, what })),
  };
}

function ownFlow(records: readonly ActiveSpan[], kind: Kind, marks: readonly Mark[], window: Span): readonly Span[] {
  const changes = marks
    .filter(({ marker }) => marker.effect === "configuration" && marker.source === kind.source)
    .map(({ at }) => at);
  return without(flowOf(records, window), unseenConfigurations(records, changes));
}

interface Mark {
  readonly marker: Marker;
  readonly at: number;
  readonly what: string;
  readonly effect: "stop" | "start" | "configuration";
}

function silences(marks: readonly Mark[], source: string, active: readonly ActiveSpan[]): readonly Span[] {
  return marks
    .filter(({ marker }) => marker.everything === true || marker.source === source)
    .flatMap(({ at, effect }) =>
      effect === "stop" ? [silenceAfter(at, active)] : effect === "start" ? [silenceBefore(at, active)] : [],
    );
}

/** The markers of a host that are in the same range of time as its records, oldest first. */
async function marksOf(activity: Activity, names: readonly string[], window: Span): Promise<readonly Mark[]> {
  const places = await Promise.all(
    markers.map(async (marker) => {
      const active = await activity.active(names, marker, window);
      return active.filter(({ from }) => from <= window.to).map((span) => ({ marker, span }));
    }),
  );
  const newestFirst = places.flat().toSorted((left, right) => right.span.from - left.span.from);
  const marks = await Promise.all(
    newestFirst.map(({ marker, span }, index) =>
      index < MOST_READ ? readMarks(activity.store, names, marker, span) : unreadMarks(marker, span),
    ),
  );
  return marks.flat().toSorted((left, right) => left.at - right.at);
}

async function readMarks(store: Store, names: readonly string[], marker: Marker, span: Span): Promise<readonly Mark[]> {
  const { events, total } = await store.events.find({
    condition: and(equals("host.name", [...names], { caseInsensitive: true }), equals("event.code", marker.code)),
    from: span.from,
    to: span.to,
    limit: 100,
    order: "oldest-first",
  });
  return total > events.length
    ? unreadMarks(marker, span)
    : events.filter((event) => isOf(event, marker)).map((event) => markOf(marker, event.time, event));
}

/** One in each half minute: where there are that many, nothing is sure. */
function unreadMarks(marker: Marker, { from, to }: Span): readonly Mark[] {
  const count = Math.floor((to - from) / ACTIVITY_SLOT) + 1;
  return Array.from({ length: count }, (_, index) => markOf(marker, from + index * ACTIVITY_SLOT, undefined));
}

function isOf(event: StemmaEvent, marker: Marker): boolean {
  const channel = (event.source.channel ?? "").toLowerCase();
  return marker.source === "sysmon" ? channel.includes("sysmon") : channel === "" || channel === marker.source;
}

function markOf(marker: Marker, at: number, event: StemmaEvent | undefined): Mark {
  if (marker.effect !== "start or stop") {
    const log = event === undefined ? undefined : textOf(event.fields, "winlog.event_data.Channel");
    return {
      marker,
      at,
      what: log === undefined ? marker.what : `${marker.what}: ${log}`,
      effect: marker.effect,
    };
  }
  const started = event !== undefined && textOf(event.fields, "winlog.event_data.State")?.toLowerCase() === "started";
  return started
    ? { marker, at, what: `${marker.what} started`, effect: "start" }
    : { marker, at, what: `${marker.what} stopped`, effect: "stop" };
}
