import type { StemmaEvent } from "../../../event/event.ts";
import { ifReadable } from "../../damage.ts";
import type { EventTest, Tested } from "../../events/matching-events.ts";
import { ofSegment, originalAt, type UnpackedSegment, type UnpackedSegments } from "../../events/unpacked-segments.ts";
import { coalesced } from "../coalesce.ts";
import type { Reads } from "../reads.ts";
import { bytes, number } from "../row.ts";
import { segmentOf } from "./rows.ts";

/** Segments fetched in one query, about 40 kB each. */
export const SEGMENTS_PER_QUERY = 128;

function present<T>(found: T | undefined): T {
  if (found === undefined) {
    throw new Error("it is missing");
  }
  return found;
}

/** Reads events by their place: see `placeOf`. */
export interface SegmentReader {
  events(places: readonly number[]): Promise<readonly StemmaEvent[]>;
  tested(places: readonly number[], test: EventTest): Promise<readonly Tested[]>;
  original(place: number): Promise<unknown>;
}

export function segmentReader(reads: Reads, cache: UnpackedSegments): SegmentReader {
  const fetchSegments = coalesced(async (asked: readonly ReadonlySet<number>[]) => {
    const ids = new Set(asked.flatMap((one) => [...one]));
    const segments = new Map<number, UnpackedSegment>();
    const missing: number[] = [];
    for (const id of ids) {
      const cached = cache.get(id);
      if (cached === undefined) {
        missing.push(id);
      } else {
        segments.set(id, cached);
      }
    }
    for (let start = 0; start < missing.length; start += SEGMENTS_PER_QUERY) {
      const ids = missing.slice(start, start + SEGMENTS_PER_QUERY);
      const rows = await reads.rows(
        (parameters) => `UNWIND ${parameters.add(ids)} AS id MATCH (s:Segment {id: id}) RETURN s {.id, .events}`,
      );
      for (const row of rows) {
        const id = number(row, "id");
        segments.set(id, cache.add(id, bytes(row, "events")));
      }
    }
    return asked.map(() => segments);
  });
  const each = async <T extends StemmaEvent | Tested>(
    places: readonly number[],
    read: (segment: UnpackedSegment, position: number) => T,
  ): Promise<readonly T[]> => {
    const wanted = places.map(segmentOf);
    const segments = await fetchSegments(new Set(wanted.map(({ segment }) => segment)));
    return wanted.flatMap(
      (place) =>
        ifReadable(place, ({ segment, position }) =>
          ofSegment(segment, () => read(present(segments.get(segment)), position)),
        ) ?? [],
    );
  };
  return {
    events: (places) => each(places, (segment, position) => segment.event(position)),
    tested: (places, test) => each(places, (segment, position) => segment.tested(position, test)),
    async original(place) {
      const { segment, position } = segmentOf(place);
      const [row] = await reads.rows(
        (parameters) => `MATCH (s:Segment {id: ${parameters.add(segment)}}) RETURN s {.originals}`,
      );
      return ofSegment(segment, () => originalAt(bytes(present(row), "originals"), position));
    },
  };
}
