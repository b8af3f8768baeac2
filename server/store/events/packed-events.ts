import type { Fields } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { eventKind, eventSource } from "../../event/event-source.ts";
import { columnValue, eventColumns, startsProcess } from "./columns.ts";
import { packTexts } from "./pack-texts.ts";
import type { NewEvent } from "./port.ts";
import { originalText, segmentTexts } from "./segment-text.ts";
import { UnpackedSegment } from "./unpacked-segments.ts";

/**
 * Events made ready for a store, away from it: what it narrows by in columns, everything else compressed. The value is plain
 * (numbers, texts, byte arrays), so another thread can make it and hand it over cheaply.
 */
export interface PackedEvents {
  readonly ids: readonly string[];
  /** Epoch milliseconds. */
  readonly times: Float64Array;
  /** 1 for a record of a process start. */
  readonly starts: Uint8Array;
  /** By event and column (`packedColumns`): the place of the value in `values`. Place 0 is "absent". */
  readonly cells: Uint32Array;
  readonly values: readonly (string | null)[];
  readonly segments: readonly PackedSegment[];
}

/** A run of the events above, compressed: see `segment-text.ts`. */
export interface PackedSegment {
  readonly events: Uint8Array;
  readonly originals: Uint8Array;
}

/** Columns of `cells`: the kind of event, the log that told of it, and the fields that queries narrow by. */
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
  };
}

function fillCells(cells: Uint32Array, from: number, event: StemmaEvent, values: Values): void {
  const source = eventSource(event);
  cells[from] = values.placeOf(eventKind(event, source));
  cells[from + 1] = values.placeOf(source);
  let at = from + 2;
  for (const name of columnFields) {
    cells[at] = values.folded(event.fields, name);
    at += 1;
  }
}

/** Distinct values: neighbouring events share most of theirs, so each is folded once. */
class Values {
  readonly all: (string | null)[] = [null];
  readonly #places = new Map<string, number>();
  readonly #foldedPlaces = new Map<string | number | boolean, number>();

  placeOf(value: string | undefined): number {
    if (value === undefined) {
      return 0;
    }
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.all.length;
      this.all.push(value);
      this.#places.set(value, place);
    }
    return place;
  }

  /** The value of a narrowing column: absent, the one value as folded text, or `MANY`. */
  folded(fields: Fields, name: string): number {
    const value = fields[name];
    if (value === undefined || typeof value === "object") {
      return this.placeOf(columnValue(value));
    }
    let place = this.#foldedPlaces.get(value);
    if (place === undefined) {
      place = this.placeOf(columnValue(value));
      this.#foldedPlaces.set(value, place);
    }
    return place;
  }
}

/** Reads single events again, the nth by its place: a segment is unpacked when one of its events is asked for. */
export function packedReader({ segments }: PackedEvents): (index: number) => StemmaEvent {
  const unpacked = new Map<number, UnpackedSegment>();
  return (index) => {
    const place = Math.floor(index / SEGMENT_EVENTS);
    const segment = unpacked.getOrInsertComputed(
      place,
      () => new UnpackedSegment(place, segments[place]?.events ?? new Uint8Array()),
    );
    return segment.event(index % SEGMENT_EVENTS);
  };
}

/** The hosts (folded) that these of the events name. */
export function hostsOf(packed: PackedEvents, places: readonly number[]): ReadonlySet<string> {
  const cells = new Set<number>();
  for (const index of places) {
    cells.add(packed.cells[index * WIDTH + HOST] ?? 0);
  }
  return new Set([...cells].flatMap((cell) => packed.values[cell] ?? []));
}
