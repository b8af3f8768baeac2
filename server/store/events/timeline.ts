import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { foldCase } from "../../condition/fold-case.ts";
import type { StemmaEvent } from "../../event/event.ts";
import type { EventType } from "../../event/timeline-kind.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import { aboutEntity, aboutPid, RECORD_TOLERANCE } from "./about.ts";
import type { TimeRange } from "./port.ts";

/** Which events a timeline is about: the records of these processes, and all of these hosts, in this time. */
export interface TimelineScope extends TimeRange {
  readonly processes: readonly {
    readonly process: ProcessNode;
    /** The names under which records of its host are stored. */
    readonly hosts: readonly string[];
  }[];
  readonly hosts: readonly string[];
}

export interface TimelineQuery {
  /** Of events of which types a page is wanted; all are counted. */
  readonly wants: (type: EventType) => boolean;
  /** The time is divided into so many parts at most; none: nothing is counted by time. */
  readonly buckets: number;
  readonly cursor?: string;
  readonly limit: number;
}

export interface TimelineResult {
  readonly types: readonly (EventType & { readonly count: number })[];
  /** Epoch milliseconds; undefined without an event and a window. */
  readonly from?: number;
  readonly to?: number;
  /** Milliseconds of a bucket. */
  readonly width: number;
  readonly counts: readonly BucketCount[];
  readonly page: Page<StemmaEvent>;
}

export interface BucketCount extends EventType {
  readonly host: string;
  readonly bucket: number;
  readonly count: number;
}

/** The scope as queries take it. Texts are case-folded. */
export interface RecordScope {
  readonly records: readonly RecordsOfProcess[];
  /** Ids of further events: the source records of the processes. */
  readonly ids: readonly string[];
  readonly hosts: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Events of a host with this entity id; or, without one, those without entity id that have the pid in this time. */
export interface RecordsOfProcess {
  readonly about: number;
  readonly host: string;
  readonly entity: string | null;
  readonly pid: string | null;
  readonly from: number;
  readonly to: number;
}

/** Asks when a pid was used by the next process. */
export interface ReuseProbe {
  readonly host: string;
  readonly pid: string;
  readonly after: number;
  /** Of the process itself. */
  readonly own: readonly string[];
  readonly entity: string;
}

/** What a store has to query. Every call is one round trip. */
export interface TimelineRows {
  /** Per probe, in order: the time of the next start of the pid. */
  reuses(probes: readonly ReuseProbe[]): Promise<readonly (number | undefined)[]>;
  types(
    scope: RecordScope,
  ): Promise<readonly (EventType & { readonly count: number; readonly first: number; readonly last: number })[]>;
  counts(scope: RecordScope, width: number): Promise<readonly BucketCount[]>;
  /** In order of time and place, after a position; of all types if those are undefined. */
  rows(
    scope: RecordScope,
    types: readonly EventType[] | undefined,
    after: TimelinePosition,
    limit: number,
  ): Promise<readonly TimelinePosition[]>;
  load(rows: readonly TimelinePosition[]): Promise<readonly StemmaEvent[]>;
}

export interface TimelinePosition {
  readonly time: number;
  /** Orders events of one time. */
  readonly place: number;
  /** Where the event is stored, if `place` does not say it. */
  readonly stored?: { readonly segment: number; readonly position: number };
}

const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

/** A timeline from the queries of a store: at most four, one after the other. */
export async function timelineOf(
  rows: TimelineRows,
  scope: TimelineScope,
  { wants, buckets, cursor, limit }: TimelineQuery,
): Promise<TimelineResult> {
  const [time, place] = decodeCursor(cursor, ["number", "number"]) ?? [EARLIEST, -1];
  const whole = await recordScope(rows, scope);
  const types = await rows.types(whole);
  const from = scope.from ?? least(types.map(({ first }) => first));
  const to = scope.to ?? greatest(types.map(({ last }) => last));
  const wanted = types.filter(wants);
  const total = wanted.reduce((sum, { count }) => sum + count, 0);
  const width = Math.max(1, Math.ceil(((to ?? 0) - (from ?? 0) + 1) / Math.max(1, buckets)));
  if (from === undefined || to === undefined || types.length === 0) {
    return { types, from, to, width, counts: [], page: { items: [], total: 0 } };
  }
  const within = { ...whole, from, to };
  const [counts, found] = await Promise.all([
    buckets === 0 ? [] : rows.counts(within, width),
    wanted.length === 0
      ? []
      : rows.rows(within, wanted.length === types.length ? undefined : wanted, { time, place }, limit + 1),
  ]);
  const listed = found.slice(0, limit);
  const last = listed.at(-1);
  const next = found.length > listed.length && last !== undefined ? encodeCursor([last.time, last.place]) : undefined;
  const items = await rows.load(listed);
  return { types, from, to, width, counts, page: { items, total, ...(next === undefined ? {} : { next }) } };
}

async function recordScope(rows: TimelineRows, scope: TimelineScope): Promise<RecordScope> {
  const range = { from: scope.from ?? EARLIEST, to: scope.to ?? LATEST };
  const each = scope.processes.flatMap(({ process, hosts }) =>
    [...new Set(hosts.map(foldCase))].map((host) => ({ process, host })),
  );
  const withPid = each.flatMap(({ process, host }) =>
    process.pid === undefined ? [] : [{ process, host, pid: String(process.pid) }],
  );
  const reuses = await rows.reuses(withPid.map(({ process, host, pid }) => reuseProbe(process, host, pid)));
  return {
    ...range,
    hosts: [...new Set(scope.hosts.map(foldCase))],
    ids: [...new Set(scope.processes.flatMap(({ process }) => process.sources.map(({ eventId }) => eventId)))],
    records: [
      ...each.flatMap(({ process: { entityId }, host }) => {
        const entity = entityId === undefined ? undefined : foldCase(entityId);
        return entity === undefined ? [] : [{ about: aboutEntity(entity), host, entity, pid: null, ...range }];
      }),
      ...withPid.flatMap(({ process, host, pid }, index) => {
        const { start, end } = lifetimeOf(process);
        const reused = reuses[index];
        const from = Math.max(range.from, start);
        const to = Math.min(range.to, end, reused === undefined ? LATEST : reused - 1);
        return from > to ? [] : [{ about: aboutPid(host, pid), host, entity: null, pid, from, to }];
      }),
    ],
  };
}

/** Records without an entity id are those of a process from its start to its end, or until its pid is used again. */
function lifetimeOf({ start, end }: ProcessNode): { readonly start: number; readonly end: number } {
  return {
    start: start === undefined ? EARLIEST : Date.parse(start) - RECORD_TOLERANCE,
    end: end === undefined ? LATEST : Date.parse(end) + RECORD_TOLERANCE,
  };
}

function reuseProbe({ start, sources, entityId }: ProcessNode, host: string, pid: string): ReuseProbe {
  return {
    host,
    pid,
    after: start === undefined ? EARLIEST : Date.parse(start) + RECORD_TOLERANCE,
    own: sources.map(({ eventId }) => eventId),
    entity: entityId === undefined ? "" : foldCase(entityId),
  };
}

/** Whether an event type is one of these: as a key, because stores keep absent values differently. */
export function typeKey({ source, code = "", kind = "", starts }: EventType): string {
  return JSON.stringify([source, code, kind, starts]);
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));
}
