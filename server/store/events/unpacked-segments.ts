import type { StemmaEvent } from "../../event/event.ts";
import { storedValue } from "../damage.ts";
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
  readonly #packed: Uint8Array;
  #lines: SegmentLines | undefined;

  constructor(id: number, packed: Uint8Array) {
    this.#id = id;
    this.#packed = packed;
  }

  /** Throws `DamagedValue` if the segment or this event of it cannot be read. */
  event(position: number): StemmaEvent {
    return storedValue("segment of events", String(this.#id), () => {
      this.#lines ??= linesOf(this.#packed);
      const entry = this.#lines.events[position];
      if (entry === undefined) {
        throw new Error(`it has no event ${position}`);
      }
      if (typeof entry !== "string") {
        return entry;
      }
      const event = this.#lines.decode(entry);
      this.#lines.events[position] = event;
      return event;
    });
  }
}

interface SegmentLines {
  readonly decode: (line: string) => StemmaEvent;
  /** Decoded on first access. */
  readonly events: (string | StemmaEvent)[];
}

function linesOf(packed: Uint8Array): SegmentLines {
  const [heading = "", ...events] = unpackTexts(packed);
  return { decode: segmentDecoder(heading), events };
}

/** The original record at a position of the packed originals. */
export function originalAt(packed: Uint8Array, position: number): unknown {
  const line = unpackTexts(packed)[position];
  if (line === undefined) {
    throw new Error(`it has no original record ${position}`);
  }
  return parseOriginal(line);
}
