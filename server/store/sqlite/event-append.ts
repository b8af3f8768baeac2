import { packTexts, unpackTexts } from "../pack-texts.ts";
import { type PackedEvents, type PackedSegment, packedColumns, SEGMENT_EVENTS } from "../packed-events.ts";
import { type Connection, number } from "./connection.ts";
import { aboutOf, COVERAGE_BUCKET, insertEvent, placeOf } from "./event-columns.ts";

const insertSegment = "INSERT INTO segments (id, events, originals) VALUES (?, ?, ?)";
const mergeCoverage = `
  INSERT INTO coverage (host, source, bucket, first, last, events) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (host, source, bucket) DO UPDATE SET
    first = min(first, excluded.first), last = max(last, excluded.last), events = events + excluded.events`;

/** A segment with fewer events that are new than this share is packed anew without the others. */
const WORTH_KEEPING = 0.75;

/** Appends inside one write transaction. */
export interface EventAppender {
  /** The places of the events that were not known before, ascending. */
  append(packed: PackedEvents): readonly number[];
}

interface Span {
  readonly host: string;
  readonly source: string;
  readonly bucket: number;
  first: number;
  last: number;
  events: number;
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
  const insertRows = (packed: PackedEvents, from: number, to: number, spans: Map<string, Span>): number[] => {
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
        cover(spans, time, columns);
      }
    }
    return fresh;
  };

  return {
    append(packed) {
      const all: number[] = [];
      const spans = new Map<string, Span>();
      for (const [place, texts] of packed.segments.entries()) {
        const from = place * SEGMENT_EVENTS;
        const to = Math.min(from + SEGMENT_EVENTS, packed.ids.length);
        const first = sequence;
        const fresh = insertRows(packed, from, to, spans);
        if (fresh.length === 0) {
          continue;
        }
        let kept = texts;
        if (fresh.length < (to - from) * WORTH_KEEPING) {
          for (const index of fresh.keys()) {
            move.run(index, first + index);
          }
          kept = only(
            texts,
            fresh.map((index) => index - from),
          );
        }
        writeSegment.run(segment, kept.events, kept.originals);
        segment += 1;
        for (const index of fresh) {
          all.push(index);
        }
      }
      const merge = connection.prepare(mergeCoverage);
      for (const span of spans.values()) {
        merge.run(span.host, span.source, span.bucket, span.first, span.last, span.events);
      }
      return all;
    },
  };
}

const WIDTH = packedColumns.length;
const FIXED = 7;

/** The segment with these of its events only. */
function only(segment: PackedSegment, positions: readonly number[]): PackedSegment {
  const [heading = "", ...events] = unpackTexts(segment.events);
  const originals = unpackTexts(segment.originals);
  const pick = (texts: readonly string[]) => positions.map((position) => texts[position] ?? "");
  return { events: packTexts([heading, ...pick(events)]), originals: packTexts(pick(originals)) };
}

function cover(spans: Map<string, Span>, time: number, columns: readonly (string | null)[]): void {
  const { host, source } = placeOf(columns);
  const bucket = Math.floor(time / COVERAGE_BUCKET);
  const key = `${bucket} ${source} ${host}`;
  const span = spans.get(key);
  if (span === undefined) {
    spans.set(key, { host, source, bucket, first: time, last: time, events: 1 });
    return;
  }
  span.first = Math.min(span.first, time);
  span.last = Math.max(span.last, time);
  span.events += 1;
}
