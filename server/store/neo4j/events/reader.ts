import { type PushdownPredicate, pushdownPredicate } from "../../../condition/pushdown.ts";
import type { StemmaEvent } from "../../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { prefilterFields } from "../../events/columns.ts";
import { eventTest, matchingEvents, matchingPages, type Tested } from "../../events/matching-events.ts";
import type { EventQuery, EventReader, EventResult, SamplePlace } from "../../events/port.ts";
import { timelineOf } from "../../events/timeline.ts";
import type { UnpackedSegments } from "../../events/unpacked-segments.ts";
import { coalesced } from "../coalesce.ts";
import type { Queries } from "../connection.ts";
import { countOf } from "../count-of.ts";
import { QueryParameters, within } from "../parameters.ts";
import type { Reads } from "../reads.ts";
import { number, type Row, text } from "../row.ts";
import { activityOf, storedKinds, storedStreams } from "./activity.ts";
import { coverageWithin } from "./coverage.ts";
import { indexLookups, prefilter } from "./prefilter.ts";
import { recordsOf } from "./process-records.ts";
import { placeOf, segmentOf } from "./rows.ts";
import { SEGMENTS_PER_QUERY, type SegmentReader, segmentReader } from "./segments.ts";
import { timelineRows } from "./timeline.ts";

/** Events read per round trip. */
const PAGE = 2_000;
const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

export function eventReader(queries: Queries, reads: Reads, cache: UnpackedSegments): EventReader {
  const segments = segmentReader(reads, cache);

  const findPlace = coalesced(async (ids: readonly string[]) => {
    const rows = await reads.rows(
      (parameters) => `UNWIND ${parameters.add(ids)} AS id MATCH (e:Event {id: id}) RETURN e {.id, .place}`,
    );
    const places = new Map(rows.map((row) => [text(row, "id"), number(row, "place")]));
    return ids.map((id) => places.get(id));
  });

  return {
    async get(id) {
      const place = await findPlace(id);
      return place === undefined ? undefined : (await segments.events([place]))[0];
    },
    async original(id) {
      const place = await findPlace(id);
      return place === undefined ? undefined : segments.original(place);
    },
    async times(ids) {
      const rows = await queries.run("UNWIND $ids AS id MATCH (e:Event {id: id}) RETURN e.id AS id, e.time AS time", {
        ids,
      });
      return new Map(rows.map((row) => [text(row, "id"), number(row, "time")]));
    },
    find: (query) =>
      query.condition.kind === "constant"
        ? findUnconditionally(reads.ofOneCall(), segments, query)
        : matchingEvents(testedPages(reads, segments, query), query),
    scan: (query) => matchingPages(testedPages(reads, segments, { ...query, order: "oldest-first" }), query),
    sample: (places) => sampled(reads.ofOneCall(), segments, places),
    coverage: (query) => coverageWithin(reads.ofOneCall(), query),
    streams: ({ hosts }) => storedStreams(reads, hosts),
    kinds: () => storedKinds(reads),
    activity: (query) => {
      const together = reads.ofOneCall();
      return Promise.all(query.streams.map((stream) => activityOf(together, stream, query)));
    },
    async ofProcess(process, query) {
      const parameters = new QueryParameters();
      const matching = await recordsOf(queries, process, parameters);
      const kind = query.kind === undefined ? "true" : `e.kind = ${parameters.add(query.kind)}`;
      const [time, place, known] = decodeCursor(query.cursor, ["number", "number", "number"]) ?? [EARLIEST, -1];
      const total = known ?? (await countOf(queries, `${matching} WITH e WHERE ${kind}`, "e", parameters.all));
      const [t, p] = [parameters.add(time), parameters.add(place)];
      const rows = await queries.run(
        `${matching} WITH e WHERE ${kind} AND (e.time > ${t} OR (e.time = ${t} AND e.place > ${p}))
         RETURN e.time AS time, e.place AS place ORDER BY time, place LIMIT ${parameters.add(query.limit + 1)}`,
        parameters.all,
      );
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      return {
        items: await segments.events(page.map((row) => number(row, "place"))),
        total,
        ...(rows.length > page.length && last !== undefined
          ? { next: encodeCursor([number(last, "time"), number(last, "place"), total]) }
          : {}),
      };
    },
    timeline: (scope, query) => timelineOf(timelineRows(queries, segments), scope, query),
    async count() {
      return reads.count(() => "MATCH (e:Event) RETURN e");
    },
  };
}

/** Prefiltered events in order of time. Events appended during the scan are not included. */
async function* testedPages(
  reads: Reads,
  segments: SegmentReader,
  query: Omit<EventQuery, "limit">,
): AsyncGenerator<readonly Tested[]> {
  const test = eventTest(query.condition);
  const predicate = pushdownPredicate(query.condition, prefilterFields);
  let bound: number | undefined;
  const together = reads.ofOneCall();
  const oldestFirst = query.order === "oldest-first";
  let [time, place] = oldestFirst ? [EARLIEST, -1] : [LATEST, LATEST];
  for (;;) {
    const page = together.rows((parameters) => {
      const [t, p] = [parameters.add(time), parameters.add(place)];
      const after = oldestFirst
        ? `e.time >= ${t} AND (e.time > ${t} OR e.place > ${p})`
        : `e.time <= ${t} AND (e.time < ${t} OR e.place < ${p})`;
      const filter = `${prefilter(predicate, parameters)} AND ${within("e.time", query, parameters)}
        ${bound === undefined ? "" : `AND e.place <= ${parameters.add(bound)}`} AND ${after}`;
      const direction = oldestFirst ? "ASC" : "DESC";
      return `${matching(predicate, filter, parameters)}
        RETURN {time: e.time, place: e.place} ORDER BY e.time ${direction}, e.place ${direction} LIMIT ${PAGE}`;
    });
    const [found, newest]: readonly [readonly Row[], number] = await Promise.all([
      page,
      bound ?? newestPlace(together),
    ]);
    bound = newest;
    const rows = found.filter((row) => number(row, "place") <= newest);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield await segments.tested(
      rows.map((row) => number(row, "place")),
      test,
    );
    if (found.length < PAGE) {
      return;
    }
    [time, place] = [number(last, "time"), number(last, "place")];
  }
}

/**
 * Cypher that binds `e` to the events that `filter` accepts: from the indexes of the predicate, or else from that of
 * time.
 */
function matching(predicate: PushdownPredicate, filter: string, parameters: QueryParameters): string {
  const lookups = indexLookups(predicate);
  if (lookups === undefined) {
    return `MATCH (e:Event) USING INDEX e:Event(time) WHERE ${filter}`;
  }
  const [only, ...others] = lookups.map(
    (lookup) => `MATCH (e:Event) WHERE ${prefilter(lookup, parameters)} AND ${filter}`,
  );
  return others.length === 0
    ? (only ?? "")
    : `CALL (ask) { ${[only, ...others].map((match) => `${match} RETURN e`).join(" UNION ")} } WITH e`;
}

/** Segment by segment, as many as one query reads at a time. */
async function* sampled(
  reads: Reads,
  segments: SegmentReader,
  wanted: readonly SamplePlace[],
): AsyncGenerator<readonly StemmaEvent[]> {
  const rows = await Promise.all(
    wanted.map(({ from, limit }) =>
      reads.rows(
        (parameters) => `
          MATCH (e:Event) USING INDEX e:Event(time) WHERE e.time >= ${parameters.add(from ?? EARLIEST)}
          RETURN {place: e.place} ORDER BY e.time, e.place LIMIT ${Math.trunc(limit)}`,
      ),
    ),
  );
  const places = new Set(rows.flat().map((row) => number(row, "place")));
  const bySegment = [...Map.groupBy(places, (place) => segmentOf(place).segment).values()];
  for (let start = 0; start < bySegment.length; start += SEGMENTS_PER_QUERY) {
    yield await segments.events(bySegment.slice(start, start + SEGMENTS_PER_QUERY).flat());
  }
}

async function newestPlace(reads: Reads): Promise<number> {
  const [row] = await reads.rows(() => "MATCH (t:Turn {name: 'write'}) RETURN {segment: coalesce(t.segments, 1)}");
  return row === undefined ? -1 : placeOf(number(row, "segment"), 0) - 1;
}

/**
 * For a condition that is always true or always false: the store's own count is exact, and the evaluator is not needed.
 */
async function findUnconditionally(reads: Reads, segments: SegmentReader, query: EventQuery): Promise<EventResult> {
  const predicate = pushdownPredicate(query.condition, prefilterFields);
  const filter = (parameters: QueryParameters) =>
    `${prefilter(predicate, parameters)} AND ${within("e.time", query, parameters)}`;
  const direction = query.order === "oldest-first" ? "ASC" : "DESC";
  const [total, rows] = await Promise.all([
    reads.count((parameters) => `MATCH (e:Event) WHERE ${filter(parameters)} RETURN e`),
    reads.rows(
      (parameters) => `
        MATCH (e:Event) WHERE e.time IS NOT NULL AND ${filter(parameters)}
        RETURN {place: e.place} ORDER BY e.time ${direction}, e.place ${direction} LIMIT ${Math.trunc(query.limit)}`,
    ),
  ]);
  return { events: await segments.events(rows.map((row) => number(row, "place"))), total, tested: 0 };
}
