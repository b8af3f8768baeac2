import type { Fields } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { eventKind, eventSource, startsProcess } from "../../event/event-source.ts";
import { columnValue, eventColumns } from "./columns.ts";
import { packTexts, unpackTexts } from "./pack-texts.ts";
import type { NewEvent } from "./port.ts";
import { givenOriginal, originalText, segmentTexts } from "./segment-text.ts";
import { UnpackedSegment } from "./unpacked-segments.ts";
import { valueFilter } from "./value-filter.ts";

/**
 * Events prepared for a store: the prefilter columns in clear, everything else compressed. A plain value (numbers,
 * texts, byte arrays), so that a worker thread can build it and transfer it cheaply. See docs/decisions/0012.
 */
export interface PackedEvents {
  readonly ids: readonly string[];
  /** Epoch milliseconds. */
  readonly times: Float64Array;
  /** 1 for a record of a process start. */
  readonly starts: Uint8Array;
  /** By event and column (`packedColumns`): the index of the value in `values`. Index 0 means absent. */
  readonly cells: Uint32Array;
  readonly values: readonly (string | null)[];
  readonly segments: readonly PackedSegment[];
}

/** A run of these events, compressed: see `segment-text.ts`. */
export interface StoredSegment {
  readonly events: Uint8Array;
  readonly originals: Uint8Array;
}

export interface PackedSegment extends StoredSegment {
  /** What its events can have: see `value-filter.ts`. */
  readonly filter: Uint8Array;
}

/** Columns of `cells`: the kind of event, the log it came from, and the prefilter columns. */
export const packedColumns = ["kind", "source", ...Object.keys(eventColumns)] as const;
const columnFields = Object.values(eventColumns);
const WIDTH = packedColumns.length;
const HOST = packedColumns.indexOf("host");

/** Events per segment: large enough to compress well, small enough to unpack for a single one. */
export const SEGMENT_EVENTS = 256;

export function packEvents(events: readonly NewEvent[]): PackedEvents {
  const segments: PackedSegment[] = [];
  for (let start = 0; start < events.length; start += SEGMENT_EVENTS) {
    const run = events.slice(start, start + SEGMENT_EVENTS);
    segments.push(packSegment(run));
  }
  const values = new Values();
  const times = new Float64Array(events.length);
  const starts = new Uint8Array(events.length);
  const cells = new Uint32Array(events.length * WIDTH);
  for (const [index, { event }] of events.entries()) {
    times[index] = event.time;
    starts[index] = startsProcess(event.fields) ? 1 : 0;
    fillCells(cells, index * WIDTH, event, values);
  }
  return {
    ids: events.map(({ event }) => event.id),
    times,
    starts,
    cells,
    values: values.all,
    segments,
  };
}

function packSegment(run: readonly NewEvent[]): PackedSegment {
  return {
    events: packTexts(segmentTexts(run.map(({ event }) => event))),
    originals: packTexts(run.map(({ original }) => originalText(original))),
    filter: valueFilter(run.map(({ event }) => event.fields)),
  };
}

function fillCells(cells: Uint32Array, from: number, event: StemmaEvent, values: Values): void {
  const source = eventSource(event);
  cells[from] = values.indexOf(eventKind(event, source));
  cells[from + 1] = values.indexOf(source);
  let at = from + 2;
  for (const name of columnFields) {
    cells[at] = values.indexOfField(event.fields, name);
    at += 1;
  }
}

/** Distinct column values. Neighbouring events share most of theirs, so each is case-folded once. */
class Values {
  readonly all: (string | null)[] = [null];
  readonly #indexes = new Map<string, number>();
  readonly #indexesByFieldValue = new Map<string | number | boolean, number>();

  indexOf(value: string | undefined): number {
    if (value === undefined) {
      return 0;
    }
    let index = this.#indexes.get(value);
    if (index === undefined) {
      index = this.all.length;
      this.all.push(value);
      this.#indexes.set(value, index);
    }
    return index;
  }

  /** The index of the column value of a field: see `columnValue`. */
  indexOfField(fields: Fields, name: string): number {
    const value = fields[name];
    if (value === undefined || typeof value === "object") {
      return this.indexOf(columnValue(value));
    }
    let index = this.#indexesByFieldValue.get(value);
    if (index === undefined) {
      index = this.indexOf(columnValue(value));
      this.#indexesByFieldValue.set(value, index);
    }
    return index;
  }
}

/** Reads single events back by index. A segment is unpacked when the first of its events is read. */
export function packedReader({ segments }: PackedEvents): (index: number) => StemmaEvent {
  const unpacked = new Map<number, UnpackedSegment>();
  return (index) => {
    const segmentIndex = Math.floor(index / SEGMENT_EVENTS);
    const segment = unpacked.getOrInsertComputed(
      segmentIndex,
      () => new UnpackedSegment(segmentIndex, segments[segmentIndex]?.events ?? new Uint8Array()),
    );
    return segment.event(index % SEGMENT_EVENTS);
  };
}

/** Reads the original records of single events back by index, as they were given. */
export function packedOriginals({ segments }: PackedEvents): (index: number) => unknown {
  const unpacked = new Map<number, readonly string[]>();
  return (index) => {
    const segment = Math.floor(index / SEGMENT_EVENTS);
    const texts = unpacked.getOrInsertComputed(segment, () =>
      unpackTexts(segments[segment]?.originals ?? new Uint8Array()),
    );
    return givenOriginal(texts[index % SEGMENT_EVENTS] ?? "");
  };
}

/** The case-folded hosts of the events at these indexes. */
export function hostsOf(packed: PackedEvents, indexes: readonly number[]): ReadonlySet<string> {
  const cells = new Set<number>();
  for (const index of indexes) {
    cells.add(packed.cells[index * WIDTH + HOST] ?? 0);
  }
  return new Set([...cells].flatMap((cell) => packed.values[cell] ?? []));
}
