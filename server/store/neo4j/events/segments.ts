import type { StemmaEvent } from "../../../event/event.ts";
import { originalAt, type UnpackedSegment, UnpackedSegments } from "../../events/unpacked-segments.ts";
import { bytes, number, type Queries } from "../connection.ts";
import { segmentOf } from "./rows.ts";

/** Segments fetched in one query, about 40 kB each. */
const SEGMENTS_PER_QUERY = 64;

/** Reads events by their place: see `placeOf`. */
export interface SegmentReader {
  events(places: readonly number[]): Promise<readonly StemmaEvent[]>;
  original(place: number): Promise<unknown>;
}

export function segmentReader(queries: Queries): SegmentReader {
  const cache = new UnpackedSegments();
  const fetchSegments = async (ids: ReadonlySet<number>): Promise<ReadonlyMap<number, UnpackedSegment>> => {
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
      const rows = await queries.run(
        "UNWIND $ids AS id MATCH (s:Segment {id: id}) RETURN s.id AS id, s.events AS events",
        { ids: missing.slice(start, start + SEGMENTS_PER_QUERY) },
      );
      for (const row of rows) {
        const id = number(row, "id");
        segments.set(id, cache.add(id, bytes(row, "events")));
      }
    }
    return segments;
  };
  return {
    async events(places) {
      const wanted = places.map(segmentOf);
      const segments = await fetchSegments(new Set(wanted.map(({ segment }) => segment)));
      return wanted.map(({ segment, position }) => {
        const found = segments.get(segment);
        if (found === undefined) {
          throw new Error(`damaged database: segment ${segment} is missing`);
        }
        return found.event(position);
      });
    },
    async original(place) {
      const { segment, position } = segmentOf(place);
      const [row] = await queries.run("MATCH (s:Segment {id: $id}) RETURN s.originals AS originals", { id: segment });
      if (row === undefined) {
        throw new Error(`damaged database: segment ${segment} is missing`);
      }
      return originalAt(bytes(row, "originals"), position);
    },
  };
}
