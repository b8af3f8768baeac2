import { aboutOf } from "../../events/about.ts";
import { CoverageCounters } from "../../events/coverage.ts";
import { keptSegments } from "../../events/kept-segment.ts";
import { type PackedEvents, packedColumns } from "../../events/packed-events.ts";
import { type Connection, number } from "../connection.ts";
import { insertEvent } from "./columns.ts";

const insertSegment = "INSERT INTO segments (id, events, originals) VALUES (?, ?, ?)";
const mergeCoverage = `
  INSERT INTO coverage (host, source, bucket, first, last, events) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (host, source, bucket) DO UPDATE SET
    first = min(first, excluded.first), last = max(last, excluded.last), events = events + excluded.events`;

/** Appends inside one write transaction. */
export interface EventAppender {
  /** The places of the events that were not known before, ascending. */
  append(packed: PackedEvents): readonly number[];
}

export function eventAppender(connection: Connection): EventAppender {
  const next = (sql: string) => {
    const row = connection.prepare(sql).get();
    return row === undefined ? 1 : number(row, "next");
  };
  let sequence = next("SELECT coalesce(max(seq), 0) + 1 AS next FROM events");
  let segment = next("SELECT coalesce(max(id), 0) + 1 AS next FROM segments");
  const insert = connection.prepare(insertEvent);
  const writeSegment = connection.prepare(insertSegment);
  const move = connection.prepare("UPDATE events SET position = ? WHERE seq = ?");

  /** Inserts the rows of one segment; the places of those that are new. */
  const insertRows = (packed: PackedEvents, from: number, to: number, coverage: CoverageCounters): number[] => {
    const fresh: number[] = [];
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
        fresh.push(index);
        coverage.add(time, columns);
      }
    }
    return fresh;
  };

  return {
    append(packed) {
      const all: number[] = [];
      const coverage = new CoverageCounters();
      for (const kept of keptSegments(packed, (from, to) => insertRows(packed, from, to, coverage))) {
        if (kept.repacked) {
          const first = sequence - kept.fresh.length;
          for (const position of kept.fresh.keys()) {
            move.run(position, first + position);
          }
        }
        writeSegment.run(segment, kept.events, kept.originals);
        segment += 1;
        for (const index of kept.fresh) {
          all.push(index);
        }
      }
      const merge = connection.prepare(mergeCoverage);
      for (const span of coverage.spans()) {
        merge.run(span.host, span.source, span.bucket, span.first, span.last, span.events);
      }
      return all;
    },
  };
}

const WIDTH = packedColumns.length;
const FIXED = 7;
