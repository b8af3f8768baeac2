import { setImmediate } from "node:timers/promises";
import { type PushdownPredicate, pushdownPredicate } from "../../../condition/pushdown.ts";
import type { StemmaEvent } from "../../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { assertNever } from "../../../lib/result.ts";
import { ifReadable, readable, stored } from "../../damage.ts";
import { prefilterFields } from "../../events/columns.ts";
import { matchingEvents, matchingPages } from "../../events/matching-events.ts";
import type { EventQuery, EventReader, EventResult } from "../../events/port.ts";
import { timelineOf } from "../../events/timeline.ts";
import { allOf, type Clause, oneOf, within } from "../clause.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { activityOf, storedKinds, storedStreams } from "./activity.ts";
import { coverageWithin } from "./coverage.ts";
import { prefilter } from "./prefilter.ts";
import { recordsOf } from "./process-records.ts";
import { candidateSegments } from "./segment-filters.ts";
import { segmentReader } from "./segments.ts";
import { timelineRows } from "./timeline.ts";

/** Rows scanned before yielding to other requests. */
const PAGE = 2_000;
const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

export function eventReader(connection: Connection): EventReader {
  const segments = segmentReader(connection);
  const load = stored("event", (row: Row) => segments.event(number(row, "segment"), number(row, "position")));
  const locate = (id: string) => connection.prepare("SELECT segment, position FROM events WHERE id = ?").get(id);

  async function* loadPages(rows: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly StemmaEvent[]> {
    for await (const page of rows) {
      yield inOrderOfSegments(page, load);
    }
  }

  return {
    async get(id) {
      const row = locate(id);
      return row === undefined ? undefined : load(row);
    },
    async original(id) {
      const row = locate(id);
      return row === undefined ? undefined : segments.original(number(row, "segment"), number(row, "position"));
    },
    async times(ids) {
      const rows = connection
        .prepare("SELECT id, time FROM events WHERE id IN (SELECT value FROM json_each(?))")
        .all(JSON.stringify(ids));
      return new Map(rows.map((row) => [text(row, "id"), number(row, "time")]));
    },
    async find(query) {
      return query.condition.kind === "constant"
        ? findUnconditionally(connection, clauseOf(query), query, load)
        : matchingEvents(loadPages(rowsFor(connection, query, query.order)), query);
    },
    scan: (query) => matchingPages(loadPages(rowsFor(connection, query, "oldest-first")), query.condition),
    async *sample(places) {
      const rows = connection.prepare(
        "SELECT segment, position FROM events WHERE time >= ? ORDER BY time, seq LIMIT ?",
      );
      for (const { from, limit } of places) {
        const found = rows.all(from ?? EARLIEST, limit);
        for (let start = 0; start < found.length; start += PAGE) {
          yield readable(found.slice(start, start + PAGE), load);
          await setImmediate();
        }
      }
    },
    coverage: async (query) => coverageWithin(connection, query),
    streams: async ({ hosts }) => storedStreams(connection, hosts),
    kinds: async () => storedKinds(connection),
    activity: async (query) => query.streams.map((stream) => activityOf(connection, stream, query)),
    async ofProcess(process, query) {
      const records = allOf(
        recordsOf(connection, process),
        ...(query.kind === undefined ? [] : [oneOf("kind", [query.kind])]),
      );
      const cursor = decodeCursor(query.cursor, ["number", "number", "number"]);
      const [time, sequence, known] = cursor ?? [EARLIEST, 0];
      const count = () =>
        connection.prepare(`SELECT count(*) AS total FROM events WHERE ${records.sql}`).get(...records.parameters) ??
        {};
      const total = known ?? number(count(), "total");
      const rows = connection
        .prepare(
          `SELECT seq, time, segment, position FROM events WHERE ${records.sql} AND (time, seq) > (?, ?)
           ORDER BY time, seq LIMIT ?`,
        )
        .all(...records.parameters, time, sequence, query.limit + 1);
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      return {
        items: readable(page, load),
        total,
        ...(rows.length > page.length && last !== undefined
          ? { next: encodeCursor([number(last, "time"), number(last, "seq"), total]) }
          : {}),
      };
    },
    timeline: (scope, query) => timelineOf(timelineRows(connection, load, inOrderOfSegments), scope, query),
    async count() {
      const row = connection.prepare("SELECT count(*) AS events FROM events").get();
      return row === undefined ? 0 : number(row, "events");
    },
  };
}

/**
 * Loads the events of a page segment by segment: where the logs of many hosts were ingested one after another, events
 * in order of time are in another segment each, and unpacking one for every event would cost a hundred times as much.
 */
function inOrderOfSegments(page: readonly Row[], load: (row: Row) => StemmaEvent): readonly StemmaEvent[] {
  const events = new Map<Row, StemmaEvent>();
  for (const row of page.toSorted((left, right) => number(left, "segment") - number(right, "segment"))) {
    const event = ifReadable(row, load);
    if (event !== undefined) {
      events.set(row, event);
    }
  }
  return page.flatMap((row) => events.get(row) ?? []);
}

type Filter = Omit<EventQuery, "limit" | "order">;

function clauseOf(query: Filter): Clause {
  return allOf(prefilter(pushdownPredicate(query.condition, prefilterFields)), within("time", query));
}

/** Prefiltered rows in order of time: those of the few segments that can have what is searched for, or of all. */
async function* rowsFor(
  connection: Connection,
  query: Filter,
  order: EventQuery["order"],
): AsyncGenerator<readonly Row[]> {
  const clause = clauseOf(query);
  const candidates = isNarrow(pushdownPredicate(query.condition, indexedFields))
    ? undefined
    : await candidateSegments(connection, query.condition, query);
  if (candidates === undefined || candidates.segments > FEW_SEGMENTS) {
    yield* pagesOfRows(connection, clause, order);
    return;
  }
  const direction = order === "oldest-first" ? "ASC" : "DESC";
  const rows = connection
    .prepare(
      `SELECT seq, time, segment, position FROM json_each(?) candidate
       CROSS JOIN events ON seq BETWEEN candidate.value ->> 0 AND candidate.value ->> 1
       WHERE ${clause.sql} ORDER BY time ${direction}, seq ${direction}`,
    )
    .all(JSON.stringify(candidates.rows), ...clause.parameters);
  for (let from = 0; from < rows.length; from += PAGE) {
    yield rows.slice(from, from + PAGE);
    await setImmediate();
  }
}

/** Their rows are read at once, which takes tens of milliseconds. */
const FEW_SEGMENTS = 500;
/** Fields whose columns have an index that leads to few rows. */
const indexedFields = new Set(["process.entity_id", "process.parent.entity_id", "process.parent.pid"]);

function isNarrow(predicate: PushdownPredicate): boolean {
  switch (predicate.kind) {
    case "in":
    case "none":
      return true;
    case "and":
      return predicate.terms.some(isNarrow);
    case "or":
      return predicate.terms.every(isNarrow);
    case "all":
    case "prefix":
      return false;
    default:
      return assertNever(predicate);
  }
}

/** Prefiltered rows in order of time. Events appended during the scan are not included. */
async function* pagesOfRows(
  connection: Connection,
  clause: Clause,
  order: EventQuery["order"],
): AsyncGenerator<readonly Row[]> {
  const newest = connection.prepare("SELECT coalesce(max(seq), 0) AS newest FROM events").get();
  const bound = newest === undefined ? 0 : number(newest, "newest");
  const [after, direction] = order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
  let [time, sequence] = order === "oldest-first" ? [EARLIEST, 0] : [LATEST, LATEST];
  for (;;) {
    const rows = connection
      .prepare(
        `SELECT seq, time, segment, position FROM events
         WHERE ${clause.sql} AND seq <= ? AND (time, seq) ${after} (?, ?)
         ORDER BY time ${direction}, seq ${direction} LIMIT ${PAGE}`,
      )
      .all(...clause.parameters, bound, time, sequence);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield rows;
    if (rows.length < PAGE) {
      return;
    }
    [time, sequence] = [number(last, "time"), number(last, "seq")];
    await setImmediate();
  }
}

/**
 * For a condition that is always true or always false: the store's own count is exact, and the evaluator is not needed.
 */
function findUnconditionally(
  connection: Connection,
  clause: Clause,
  { order, limit }: EventQuery,
  load: (row: Row) => StemmaEvent,
): EventResult {
  const counted = connection
    .prepare(`SELECT count(*) AS total FROM events WHERE ${clause.sql}`)
    .get(...clause.parameters);
  const direction = order === "oldest-first" ? "ASC" : "DESC";
  const rows = connection
    .prepare(
      `SELECT segment, position FROM events WHERE ${clause.sql} ORDER BY time ${direction}, seq ${direction} LIMIT ?`,
    )
    .all(...clause.parameters, limit);
  return { events: readable(rows, load), total: counted === undefined ? 0 : number(counted, "total"), tested: 0 };
}
