import type { StemmaEvent } from "../../event/event.ts";
import { unpackTexts } from "./pack-texts.ts";
import { parseOriginal, segmentDecoder } from "./segment-text.ts";

/** Unpacked segments kept for reading. */
const KEPT_SEGMENTS = 48;

/** The last segments that were unpacked, bounded. Segments never change once they are written. */
export class UnpackedSegments {
  readonly #kept = new Map<number, UnpackedSegment>();

  get(id: number): UnpackedSegment | undefined {
    const known = this.#kept.get(id);
    if (known !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, known);
    }
    return known;
  }

  add(id: number, packed: Uint8Array): UnpackedSegment {
    const segment = new UnpackedSegment(id, packed);
    this.#kept.set(id, segment);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_SEGMENTS && oldest !== undefined) {
      this.#kept.delete(oldest);
    }
    return segment;
  }
}

export class UnpackedSegment {
  readonly #id: number;
  readonly #decode: (line: string) => StemmaEvent;
  /** Each is decoded when it is asked for. */
  readonly #events: (string | StemmaEvent)[];

  constructor(id: number, packed: Uint8Array) {
    const [heading = "", ...events] = unpackTexts(packed);
    this.#id = id;
    this.#decode = segmentDecoder(heading);
    this.#events = events;
  }

  event(position: number): StemmaEvent {
    const known = this.#events[position];
    if (known === undefined) {
      throw new Error(`damaged database: segment ${this.#id} has no event ${position}`);
    }
    if (typeof known !== "string") {
      return known;
    }
    const event = this.#decode(known);
    this.#events[position] = event;
    return event;
  }
}

/** The record at a position of the packed originals, as it was read. */
export function originalAt(packed: Uint8Array, position: number): unknown {
  const line = unpackTexts(packed)[position];
  if (line === undefined) {
    throw new Error(`damaged database: a segment has no original ${position}`);
  }
  return parseOriginal(line);
}
