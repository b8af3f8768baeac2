import { packTexts, unpackTexts } from "./pack-texts.ts";
import { type PackedEvents, type PackedSegment, SEGMENT_EVENTS } from "./packed-events.ts";

/** A segment with a smaller share of new events is packed again without the others. */
const MIN_NEW_SHARE = 0.75;

export interface SegmentToStore extends PackedSegment {
  /** Index of its first event among all packed events. */
  readonly from: number;
  /** Ascending indexes of its new events. */
  readonly newEvents: readonly number[];
  /** Whether it was packed again and holds only the new events; otherwise it is unchanged. */
  readonly repacked: boolean;
}

/**
 * The segments that contain new events. `newIn` returns the indexes of new events in a range; it is called once per
 * segment, in order.
 */
export function* segmentsToStore(
  packed: PackedEvents,
  newIn: (from: number, to: number) => readonly number[],
): Generator<SegmentToStore> {
  for (const [index, segment] of packed.segments.entries()) {
    const from = index * SEGMENT_EVENTS;
    const to = Math.min(from + SEGMENT_EVENTS, packed.ids.length);
    const newEvents = newIn(from, to);
    if (newEvents.length > 0) {
      const positions = newEvents.map((event) => event - from);
      yield { from, newEvents, ...withoutKnown(segment, to - from, positions) };
    }
  }
}

function withoutKnown(
  segment: PackedSegment,
  size: number,
  positions: readonly number[],
): PackedSegment & { readonly repacked: boolean } {
  if (positions.length >= size * MIN_NEW_SHARE) {
    return { ...segment, repacked: false };
  }
  const [heading = "", ...events] = unpackTexts(segment.events);
  const originals = unpackTexts(segment.originals);
  const pick = (texts: readonly string[]) => positions.map((position) => texts[position] ?? "");
  // The filter may say yes to what only the others have.
  return {
    ...segment,
    events: packTexts([heading, ...pick(events)]),
    originals: packTexts(pick(originals)),
    repacked: true,
  };
}
