import { type PushdownPredicate, pushdownPredicate } from "../../../condition/pushdown.ts";
import type { StemmaEvent } from "../../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { prefilterFields } from "../../events/columns.ts";
import { matchingEvents, matchingPages } from "../../events/matching-events.ts";
import type { EventQuery, EventReader, EventResult } from "../../events/port.ts";
import { number, type Queries } from "../connection.ts";
import { countOf } from "../count-of.ts";
import { QueryParameters, within } from "../parameters.ts";
import { coverageWithin } from "./coverage.ts";
import { indexLookups, prefilter } from "./prefilter.ts";
import { recordsOf } from "./process-records.ts";
import { placeOf } from "./rows.ts";
import { type SegmentReader, segmentReader } from "./segments.ts";

/** Events read per round trip. */
const PAGE = 2_000;
const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

export function eventReader(queries: Queries): EventReader {
  const segments = segmentReader(queries);

  const findPlace = async (id: string): Promise<number | undefined> => {
    const [row] = await queries.run("MATCH (e:Event {id: $id}) RETURN e.place AS place", { id });
    return row === undefined ? undefined : number(row, "place");
  };

  return {
    async get(id) {
      const place = await findPlace(id);
      return place === undefined ? undefined : (await segments.events([place]))[0];
    },
    async original(id) {
      const place = await findPlace(id);
      return place === undefined ? undefined : segments.original(place);
    },
    find: (query) =>
      query.condition.kind === "constant"
        ? findUnconditionally(queries, segments, query)
        : matchingEvents(prefilteredPages(queries, segments, query), query),
    scan: (query) =>
      matchingPages(prefilteredPages(queries, segments, { ...query, order: "oldest-first" }), query.condition),
    coverage: (query) => coverageWithin(queries, query),
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
    async count() {
      const [row] = await queries.run("MATCH (e:Event) RETURN count(e) AS events");
      return row === undefined ? 0 : number(row, "events");
    },
  };
}

/** Prefiltered events in order of time. Events appended during the scan are not included. */
async function* prefilteredPages(
  queries: Queries,
  segments: SegmentReader,
  query: Omit<EventQuery, "limit">,
): AsyncGenerator<readonly StemmaEvent[]> {
  const predicate = pushdownPredicate(query.condition, prefilterFields);
  const bound = await newestPlace(queries);
  const oldestFirst = query.order === "oldest-first";
  let [time, place] = oldestFirst ? [EARLIEST, -1] : [LATEST, LATEST];
  for (;;) {
    const parameters = new QueryParameters();
    const [t, p] = [parameters.add(time), parameters.add(place)];
    const after = oldestFirst
      ? `e.time >= ${t} AND (e.time > ${t} OR e.place > ${p})`
      : `e.time <= ${t} AND (e.time < ${t} OR e.place < ${p})`;
    const filter = `${prefilter(predicate, parameters)} AND ${within("e.time", query, parameters)}
      AND e.place <= ${parameters.add(bound)} AND ${after}`;
    const direction = oldestFirst ? "ASC" : "DESC";
    const rows = await queries.run(
      `${matching(predicate, filter, parameters)}
       RETURN e.time AS time, e.place AS place ORDER BY time ${direction}, place ${direction} LIMIT ${PAGE}`,
      parameters.all,
    );
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield await segments.events(rows.map((row) => number(row, "place")));
    if (rows.length < PAGE) {
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
    : `CALL () { ${[only, ...others].map((match) => `${match} RETURN e`).join(" UNION ")} } WITH e`;
}

async function newestPlace(queries: Queries): Promise<number> {
  const [row] = await queries.run("MATCH (t:Turn {name: 'write'}) RETURN coalesce(t.segments, 1) AS segment");
  return row === undefined ? -1 : placeOf(number(row, "segment"), 0) - 1;
}

/**
 * For a condition that is always true or always false: the store's own count is exact, and the evaluator is not needed.
 */
async function findUnconditionally(queries: Queries, segments: SegmentReader, query: EventQuery): Promise<EventResult> {
  const parameters = new QueryParameters();
  const predicate = pushdownPredicate(query.condition, prefilterFields);
  const filter = `${prefilter(predicate, parameters)} AND ${within("e.time", query, parameters)}`;
  const direction = query.order === "oldest-first" ? "ASC" : "DESC";
  const [counted] = await queries.run(`MATCH (e:Event) WHERE ${filter} RETURN count(e) AS total`, parameters.all);
  const rows = await queries.run(
    `MATCH (e:Event) WHERE e.time IS NOT NULL AND ${filter}
     RETURN e.place AS place ORDER BY e.time ${direction}, place ${direction} LIMIT ${parameters.add(query.limit)}`,
    parameters.all,
  );
  return {
    events: await segments.events(rows.map((row) => number(row, "place"))),
    total: counted === undefined ? 0 : number(counted, "total"),
    tested: 0,
  };
}
