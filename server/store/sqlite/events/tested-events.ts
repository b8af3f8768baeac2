import { setImmediate } from "node:timers/promises";
import { type PushdownPredicate, pushdownPredicate } from "../../../condition/pushdown.ts";
import type { StemmaEvent } from "../../../event/event.ts";
import { assertNever } from "../../../lib/result.ts";
import { ifReadable, stored } from "../../damage.ts";
import { prefilterFields } from "../../events/columns.ts";
import { eventTest, type Tested } from "../../events/matching-events.ts";
import type { EventQuery } from "../../events/port.ts";
import { allOf, type Clause, within } from "../clause.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { prefilter } from "./prefilter.ts";
import { candidateRows, candidateSegments } from "./segment-filters.ts";
import type { SegmentReader } from "./segments.ts";

/** Rows scanned before yielding to other requests. */
const PAGE = 2_000;
/** Rows whose events are read together. */
const BATCH = 20_000;
/** Segments unpacked before yielding to other requests. */
const SEGMENTS = 32;
const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

/** Prefiltered events, tested. Events appended meanwhile are not included. */
export async function* testedEvents(
  connection: Connection,
  segments: SegmentReader,
  query: Filter,
  order: EventQuery["order"] | "any",
): AsyncGenerator<readonly Tested[]> {
  const test = eventTest(query.condition);
  const read = stored("event", (row: Row) => segments.tested(number(row, "segment"), number(row, "position"), test));
  if (order === "any" && !isNarrow(pushdownPredicate(query.condition, indexedFields))) {
    for await (const positions of positionsBySegment(connection, query)) {
      yield positions.flatMap((one) => ifReadable(one, read) ?? []);
    }
    return;
  }
  for await (const page of inBatches(rowsFor(connection, query, order === "any" ? "oldest-first" : order))) {
    yield await inOrderOfSegments(page, read);
  }
}

/** After the first page several at once: fewer segments are then unpacked again for a later page. */
async function* inBatches(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = [];
  let size = 0;
  for await (const page of pages) {
    batch.push(...page);
    if (batch.length >= size) {
      yield batch;
      batch = [];
      size = BATCH;
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

/**
 * Where the prefiltered events are, one segment after the other. In order of time it takes a row for each event, and
 * segments are unpacked again for later events.
 */
async function* positionsBySegment(connection: Connection, query: Filter): AsyncGenerator<readonly Row[]> {
  const clause = clauseOf(query);
  const positions = connection.prepare(
    `SELECT json_group_array(position) AS positions FROM events NOT INDEXED WHERE ${clause.sql} AND seq BETWEEN ? AND ?`,
  );
  for await (const page of candidateRows(connection, query.condition, query)) {
    for (const { segment, first, last } of page) {
      const row = positions.get(...clause.parameters, first, last) ?? {};
      // Written by SQLite from whole numbers.
      const found = JSON.parse(text(row, "positions")) as readonly number[];
      yield found.map((position) => ({ segment, position }));
      await setImmediate();
    }
  }
}

/**
 * Reads the events of a page segment by segment: where the logs of many hosts were ingested one after another, events
 * in order of time are in another segment each, and unpacking one for every event would cost a hundred times as much.
 */
export async function inOrderOfSegments<T extends StemmaEvent | Tested>(
  page: readonly Row[],
  read: (row: Row) => T,
): Promise<readonly T[]> {
  const found = new Map<Row, T>();
  let segment: number | undefined;
  let unpacked = 0;
  for (const row of page.toSorted((left, right) => number(left, "segment") - number(right, "segment"))) {
    if (number(row, "segment") !== segment) {
      segment = number(row, "segment");
      unpacked += 1;
      if (unpacked % SEGMENTS === 0) {
        await setImmediate();
      }
    }
    const one = ifReadable(row, read);
    if (one !== undefined) {
      found.set(row, one);
    }
  }
  return page.flatMap((row) => found.get(row) ?? []);
}

type Filter = Omit<EventQuery, "limit" | "order">;

export function clauseOf(query: Filter): Clause {
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
