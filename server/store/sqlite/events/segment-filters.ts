import { setImmediate } from "node:timers/promises";
import type { Condition } from "../../../condition/tree.ts";
import type { TimeRange } from "../../events/port.ts";
import { fieldsOfSegment } from "../../events/segment-events.ts";
import { segmentTest, valueFilter } from "../../events/value-filter.ts";
import { type Clause, within } from "../clause.ts";
import { bytes, type Connection, number, type Row } from "../connection.ts";

/**
 * What the events of each segment can have, with their rows and times. The filter comes last: a segment outside of the
 * window is passed without reading it.
 */
export const segmentFilterTable = `
  CREATE TABLE segment_filters (
    segment INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, filter BLOB
  ) STRICT;
`;

export const insertFilter = `
  INSERT INTO segment_filters (segment, first_seq, last_seq, first_time, last_time, filter) VALUES (?, ?, ?, ?, ?, ?)`;

/** Filters read before yielding to other requests. */
const PAGE = 500;

/** Writes the filters of segments that are stored already. One that cannot be read has none, and is always searched. */
export function deriveFilters(connection: Connection): void {
  const insert = connection.prepare(insertFilter);
  const rows = connection.prepare(`
    SELECT segment, min(seq) AS first_seq, max(seq) AS last_seq, min(time) AS first_time, max(time) AS last_time
    FROM events GROUP BY segment`);
  const packed = connection.prepare("SELECT events FROM segments WHERE id = ?");
  for (const row of rows.all()) {
    const span = ["segment", "first_seq", "last_seq", "first_time", "last_time"].map((name) => number(row, name));
    const segment = packed.get(number(row, "segment"));
    insert.run(...span, segment === undefined ? null : filterOf(bytes(segment, "events")));
  }
}

function filterOf(packed: Uint8Array): Uint8Array | null {
  try {
    return valueFilter(fieldsOfSegment(packed));
  } catch {
    // Whoever reads its events hears of the damage.
    return null;
  }
}

/** Rows of events by number, inclusive. */
type Rows = readonly [first: number, last: number];

/** Segments that can have an event that matches. */
interface Candidates {
  /** Their rows, in order; those of neighbours are joined. */
  readonly rows: readonly Rows[];
  readonly segments: number;
}

/** Undefined if the condition asks for no value in particular. */
export async function candidateSegments(
  connection: Connection,
  condition: Condition,
  range: TimeRange,
): Promise<Candidates | undefined> {
  if (segmentTest(condition) === undefined) {
    return undefined;
  }
  const rows: Rows[] = [];
  let segments = 0;
  for await (const page of candidateRows(connection, condition, range)) {
    for (const { first, last } of page) {
      const before = rows.at(-1);
      segments += 1;
      if (before !== undefined && before[1] === first - 1) {
        rows[rows.length - 1] = [before[0], last];
      } else {
        rows.push([first, last]);
      }
    }
  }
  return { rows, segments };
}

/** A segment, and its first and last row. */
interface SegmentRows {
  readonly segment: number;
  readonly first: number;
  readonly last: number;
}

/** The segments that can have an event that matches: all in the window if the condition asks for no value. */
export async function* candidateRows(
  connection: Connection,
  condition: Condition,
  range: TimeRange,
): AsyncGenerator<readonly SegmentRows[]> {
  const test = segmentTest(condition);
  for await (const page of pagesOfFilters(connection, range)) {
    yield page.flatMap((row) =>
      test === undefined || row["filter"] === null || test(bytes(row, "filter"))
        ? [{ segment: number(row, "segment"), first: number(row, "first_seq"), last: number(row, "last_seq") }]
        : [],
    );
  }
}

/** Segments that are written meanwhile are not included. */
async function* pagesOfFilters(connection: Connection, { from, to }: TimeRange): AsyncGenerator<readonly Row[]> {
  const newest = connection.prepare("SELECT coalesce(max(segment), 0) AS newest FROM segment_filters").get() ?? {};
  const inWindow: Clause = within("last_time", { from });
  const before: Clause = within("first_time", { to });
  const page = connection.prepare(`
    SELECT segment, first_seq, last_seq, filter FROM segment_filters
    WHERE ${inWindow.sql} AND ${before.sql} AND segment > ? AND segment <= ? ORDER BY segment LIMIT ${PAGE}`);
  for (let last = 0; ; ) {
    const rows = page.all(...inWindow.parameters, ...before.parameters, last, number(newest, "newest"));
    const end = rows.at(-1);
    if (end === undefined) {
      return;
    }
    yield rows;
    last = number(end, "segment");
    await setImmediate();
  }
}
