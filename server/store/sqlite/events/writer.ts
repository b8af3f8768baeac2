import { aboutOf } from "../../events/about.ts";
import { ActivityCounters } from "../../events/activity.ts";
import { CoverageCounters } from "../../events/coverage.ts";
import { type PackedEvents, packedColumns } from "../../events/packed-events.ts";
import type { EventWriter } from "../../events/port.ts";
import { segmentsToStore } from "../../events/segments-to-store.ts";
import { type Connection, number } from "../connection.ts";
import { mergeActivity } from "./activity.ts";
import { insertFilter } from "./segment-filters.ts";

/** Columns of a row before those of `packedColumns`. */
const fixedColumns = ["seq", "id", "time", "starts", "about", "segment", "position"];
const FIXED = fixedColumns.length;
const WIDTH = packedColumns.length;

const insertEvent = `
  INSERT INTO events (${[...fixedColumns, ...packedColumns].join(", ")})
  VALUES (${Array.from({ length: FIXED + WIDTH }, () => "?").join(", ")})
  ON CONFLICT (id) DO NOTHING`;
const moveEvent = "UPDATE events SET position = ? WHERE seq = ?";
const insertSegment = "INSERT INTO segments (id, events, originals) VALUES (?, ?, ?)";
const mergeCoverage = `
  INSERT INTO coverage (host, source, bucket, first, last, events) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (host, source, bucket) DO UPDATE SET
    first = min(first, excluded.first), last = max(last, excluded.last), events = events + excluded.events`;

interface Counters {
  readonly coverage: CoverageCounters;
  readonly activity: ActivityCounters;
}

export function eventWriter(connection: Connection): EventWriter {
  const next = (sql: string) => {
    const row = connection.prepare(sql).get();
    return row === undefined ? 1 : number(row, "next");
  };
  let sequence = next("SELECT coalesce(max(seq), 0) + 1 AS next FROM events");
  let segment = next("SELECT coalesce(max(id), 0) + 1 AS next FROM segments");
  const insert = connection.prepare(insertEvent);
  const move = connection.prepare(moveEvent);
  const writeSegment = connection.prepare(insertSegment);
  const writeFilter = connection.prepare(insertFilter);

  /** Inserts the rows of one segment and returns the indexes of those that are new. */
  const insertRows = (packed: PackedEvents, from: number, to: number, counters: Counters): number[] => {
    const inserted: number[] = [];
    const parameters: (string | number | null)[] = new Array(FIXED + WIDTH).fill(null);
    const columns: (string | null)[] = new Array(WIDTH).fill(null);
    for (let index = from; index < to; index += 1) {
      for (let column = 0; column < WIDTH; column += 1) {
        const value = packed.values[packed.cells[index * WIDTH + column] ?? 0] ?? null;
        columns[column] = value;
        parameters[FIXED + column] = value;
      }
      const time = packed.times[index] ?? 0;
      parameters[0] = sequence;
      parameters[1] = packed.ids[index] ?? "";
      parameters[2] = time;
      parameters[3] = packed.starts[index] ?? 0;
      parameters[4] = aboutOf(columns);
      parameters[5] = segment;
      parameters[6] = index - from;
      if (insert.run(...parameters) > 0) {
        sequence += 1;
        inserted.push(index);
        counters.coverage.add(time, columns);
        counters.activity.add(time, columns);
      }
    }
    return inserted;
  };

  const appendBatch = (packed: PackedEvents): readonly number[] => {
    const appended: number[] = [];
    const counters = { coverage: new CoverageCounters(), activity: new ActivityCounters() };
    for (const stored of segmentsToStore(packed, (from, to) => insertRows(packed, from, to, counters))) {
      if (stored.repacked) {
        const first = sequence - stored.newEvents.length;
        for (const position of stored.newEvents.keys()) {
          move.run(position, first + position);
        }
      }
      writeSegment.run(segment, stored.events, stored.originals);
      const times = stored.newEvents.map((index) => packed.times[index] ?? 0);
      writeFilter.run(
        segment,
        ...[sequence - stored.newEvents.length, sequence - 1, Math.min(...times), Math.max(...times)],
        stored.filter,
      );
      segment += 1;
      for (const index of stored.newEvents) {
        appended.push(index);
      }
    }
    const merge = connection.prepare(mergeCoverage);
    for (const span of counters.coverage.spans()) {
      merge.run(span.host, span.source, span.bucket, span.first, span.last, span.events);
    }
    mergeActivity(connection, counters.activity);
    return appended;
  };

  return { append: async (batches) => batches.map(appendBatch) };
}
