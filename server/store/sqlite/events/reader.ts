import { setImmediate } from "node:timers/promises";
import type { StemmaEvent } from "../../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable, stored } from "../../damage.ts";
import { matchingEvents, matchingPages } from "../../events/matching-events.ts";
import type { EventQuery, EventReader, EventResult } from "../../events/port.ts";
import { timelineOf } from "../../events/timeline.ts";
import { allOf, type Clause, oneOf } from "../clause.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { activityOf, storedKinds, storedStreams } from "./activity.ts";
import { coverageWithin } from "./coverage.ts";
import { recordsOf } from "./process-records.ts";
import { segmentReader } from "./segments.ts";
import { clauseOf, inOrderOfSegments, testedEvents } from "./tested-events.ts";
import { timelineRows } from "./timeline.ts";

/** Rows read before yielding to other requests. */
const PAGE = 2_000;
const EARLIEST = Number.MIN_SAFE_INTEGER;

export function eventReader(connection: Connection): EventReader {
  const segments = segmentReader(connection);
  const load = stored("event", (row: Row) => segments.event(number(row, "segment"), number(row, "position")));
  const locate = (id: string) => connection.prepare("SELECT segment, position FROM events WHERE id = ?").get(id);

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
        : matchingEvents(testedEvents(connection, segments, query, query.limit === 0 ? "any" : query.order), query);
    },
    scan: (query) => matchingPages(testedEvents(connection, segments, query, query.order ?? "oldest-first"), query),
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
