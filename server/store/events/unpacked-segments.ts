import type { StemmaEvent } from "../../event/event.ts";
import { unpackTexts } from "./pack-texts.ts";
import { parseOriginal, segmentDecoder } from "./segment-text.ts";

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
  readonly #decode: (line: string) => StemmaEvent;
  /** Decoded on first access. */
  readonly #events: (string | StemmaEvent)[];

  constructor(id: number, packed: Uint8Array) {
    const [heading = "", ...events] = unpackTexts(packed);
    this.#id = id;
    this.#decode = segmentDecoder(heading);
    this.#events = events;
  }

  event(position: number): StemmaEvent {
    const entry = this.#events[position];
    if (entry === undefined) {
      throw new Error(`damaged database: segment ${this.#id} has no event ${position}`);
    }
    if (typeof entry !== "string") {
      return entry;
    }
    const event = this.#decode(entry);
    this.#events[position] = event;
    return event;
  }
}

/** The original record at a position of the packed originals. */
export function originalAt(packed: Uint8Array, position: number): unknown {
  const line = unpackTexts(packed)[position];
  if (line === undefined) {
    throw new Error(`damaged database: a segment has no original ${position}`);
  }
  return parseOriginal(line);
}
