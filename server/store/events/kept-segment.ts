import { packTexts, unpackTexts } from "./pack-texts.ts";
import { type PackedEvents, type PackedSegment, SEGMENT_EVENTS } from "./packed-events.ts";

/** A segment with fewer events that are new than this share is packed anew without the others. */
const WORTH_KEEPING = 0.75;

export interface KeptSegment extends PackedSegment {
  /** The place of its first event among all that came packed. */
  readonly from: number;
  /** The places of its events that are new, ascending. */
  readonly fresh: readonly number[];
  /** Whether it holds these alone; otherwise it is as it came. */
  readonly repacked: boolean;
}

/** The segments that hold something new, as they are to be kept. `freshIn` tells which events between two places are new, one segment after the other. */
export function* keptSegments(
  packed: PackedEvents,
  freshIn: (from: number, to: number) => readonly number[],
): Generator<KeptSegment> {
  for (const [place, texts] of packed.segments.entries()) {
    const from = place * SEGMENT_EVENTS;
    const to = Math.min(from + SEGMENT_EVENTS, packed.ids.length);
    const fresh = freshIn(from, to);
    if (fresh.length > 0) {
      const positions = fresh.map((index) => index - from);
      yield { from, fresh, ...keptTexts(texts, to - from, positions) };
    }
  }
}

function keptTexts(
  segment: PackedSegment,
  size: number,
  fresh: readonly number[],
): PackedSegment & { readonly repacked: boolean } {
  if (fresh.length >= size * WORTH_KEEPING) {
    return { ...segment, repacked: false };
  }
  const [heading = "", ...events] = unpackTexts(segment.events);
  const originals = unpackTexts(segment.originals);
  const pick = (texts: readonly string[]) => fresh.map((position) => texts[position] ?? "");
  return { events: packTexts([heading, ...pick(events)]), originals: packTexts(pick(originals)), repacked: true };
}
