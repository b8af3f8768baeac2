import type { StemmaEvent } from "../../event/event.ts";
import { storedValue } from "../damage.ts";
import type { EventTest, Tested } from "./matching-events.ts";
import { unpackTexts } from "./pack-texts.ts";
import { parseOriginal, type SegmentDecoder, segmentDecoder } from "./segment-text.ts";

const CACHED_SEGMENTS = 48;

/** A cache of the most recently used unpacked segments. Segments never change once written. */
export class UnpackedSegments {
  readonly #segments = new Map<number, UnpackedSegment>();

  get(id: number): UnpackedSegment | undefined {
    const segment = this.#segments.get(id);
    if (segment !== undefined) {
      this.#segments.delete(id);
      this.#segments.set(id, segment);
    }
    return segment;
  }

  add(id: number, packed: Uint8Array): UnpackedSegment {
    const segment = new UnpackedSegment(id, packed);
    this.#segments.set(id, segment);
    const [oldest] = this.#segments.keys();
    if (this.#segments.size > CACHED_SEGMENTS && oldest !== undefined) {
      this.#segments.delete(oldest);
    }
    return segment;
  }
}

export class UnpackedSegment {
  readonly #id: number;
  readonly #packed: Uint8Array;
  #lines: SegmentLines | undefined;

  constructor(id: number, packed: Uint8Array) {
    this.#id = id;
    this.#packed = packed;
  }

  /** Throws `DamagedValue` if the segment or this event of it cannot be read. */
  event(position: number): StemmaEvent {
    return this.#read((lines) => {
      const entry = entryAt(lines, position);
      if (typeof entry !== "string") {
        return entry;
      }
      const event = lines.decoder.event(entry);
      lines.events[position] = event;
      return event;
    });
  }

  /**
   * As `event`; of one that the test does not accept, only what it asks for is read. What is accepted does not hold the
   * segment in memory.
   */
  tested(position: number, { matches, asksFor }: EventTest): Tested {
    return this.#read((lines) => {
      const entry = entryAt(lines, position);
      if (typeof entry !== "string") {
        return matches(entry.fields) && (() => entry);
      }
      const { decoder } = lines;
      if (asksFor !== undefined && lines.reading?.names !== asksFor) {
        lines.reading = { names: asksFor, read: decoder.reading(asksFor) };
      }
      const fields = asksFor === undefined ? decoder.event(entry).fields : lines.reading?.read(entry);
      if (fields === undefined || !matches(fields)) {
        return false;
      }
      return readLater(this.#id, decoder, copyOf(entry));
    });
  }

  #read<T>(read: (lines: SegmentLines) => T): T {
    return ofSegment(this.#id, () => {
      this.#lines ??= linesOf(this.#packed);
      return read(this.#lines);
    });
  }
}

/** Outside of the class: a closure in it would hold the segment. */
function readLater(segment: number, decoder: SegmentDecoder, line: string): () => StemmaEvent {
  return () => ofSegment(segment, () => decoder.event(line));
}

/** A part of a string holds all of it in memory. Lines are well-formed: see `segment-text.ts`. */
function copyOf(line: string): string {
  return Buffer.from(line).toString();
}

/** Reads something of a segment; what fails is damage of that segment. */
export function ofSegment<T>(id: number, read: () => T): T {
  return storedValue("segment of events", String(id), read);
}

function entryAt({ events }: SegmentLines, position: number): string | StemmaEvent {
  const entry = events[position];
  if (entry === undefined) {
    throw new Error(`it has no event ${position}`);
  }
  return entry;
}

interface SegmentLines {
  readonly decoder: SegmentDecoder;
  /** Of the latest test. */
  reading?: { readonly names: ReadonlySet<string>; readonly read: ReturnType<SegmentDecoder["reading"]> };
  /** Decoded on first access. */
  readonly events: (string | StemmaEvent)[];
}

function linesOf(packed: Uint8Array): SegmentLines {
  const [heading = "", ...events] = unpackTexts(packed);
  return { decoder: segmentDecoder(heading), events };
}

/** The original record at a position of the packed originals. */
export function originalAt(packed: Uint8Array, position: number): unknown {
  const line = unpackTexts(packed)[position];
  if (line === undefined) {
    throw new Error(`it has no original record ${position}`);
  }
  return parseOriginal(line);
}
