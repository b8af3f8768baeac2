import type { StemmaEvent } from "../../event/event.ts";
import { eventKind, eventSource } from "../event-source.ts";
import type { AppendResult, NewEvent } from "../port.ts";
import { type Connection, number } from "./connection.ts";
import { aboutOf, COVERAGE_BUCKET, columnValues, insertEvent, startsProcess } from "./event-columns.ts";
import { eventLine, originalText, packTexts, SEGMENT_EVENTS } from "./segments.ts";

const insertSegment = "INSERT INTO segments (id, events, originals) VALUES (?, ?, ?)";
const mergeCoverage = `
  INSERT INTO coverage (host, source, bucket, first, last, events) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (host, source, bucket) DO UPDATE SET
    first = min(first, excluded.first), last = max(last, excluded.last), events = events + excluded.events`;

/** Appends inside one write transaction. `settle` must have resolved before the commit. */
export interface EventAppender {
  append(events: readonly NewEvent[]): AppendResult;
  /** Waits for the compressing that runs beside, and writes the segments. */
  settle(): Promise<void>;
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
  const pending: Promise<{ readonly id: number; readonly events: Uint8Array; readonly originals: Uint8Array }>[] = [];
  const insert = connection.prepare(insertEvent);

  const pack = (id: number, events: readonly string[], originals: readonly string[]) => {
    const packed = Promise.all([packTexts(events), packTexts(originals)]).then(([first, second]) => ({
      id,
      events: first,
      originals: second,
    }));
    // Awaited in `settle`; a rollback may come first, and then nobody asks any more.
    packed.catch(() => undefined);
    pending.push(packed);
  };

  return {
    append(events) {
      const fresh: StemmaEvent[] = [];
      const spans = new Map<string, Span>();
      let lines: string[] = [];
      let originals: string[] = [];
      const flush = () => {
        if (lines.length > 0) {
          pack(segment, lines, originals);
          segment += 1;
          lines = [];
          originals = [];
        }
      };
      for (const { event, original } of events) {
        const source = eventSource(event);
        const columns = columnValues(event.fields);
        const changed = insert.run(
          sequence,
          event.id,
          event.time,
          eventKind(event, source) ?? null,
          source,
          startsProcess(event.fields) ? 1 : 0,
          aboutOf(columns),
          segment,
          lines.length,
          ...columns,
        );
        if (changed === 0) {
          continue;
        }
        sequence += 1;
        fresh.push(event);
        lines.push(eventLine(event));
        originals.push(originalText(original));
        cover(spans, event.time, source, columns[0] ?? "");
        if (lines.length === SEGMENT_EVENTS) {
          flush();
        }
      }
      flush();
      const merge = connection.prepare(mergeCoverage);
      for (const span of spans.values()) {
        merge.run(span.host, span.source, span.bucket, span.first, span.last, span.events);
      }
      return { fresh, duplicates: events.length - fresh.length };
    },
    async settle() {
      const write = connection.prepare(insertSegment);
      for (const packed of pending.splice(0)) {
        const { id, events, originals } = await packed;
        write.run(id, events, originals);
      }
    },
  };
}

function cover(spans: Map<string, Span>, time: number, source: string, host: string): void {
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
