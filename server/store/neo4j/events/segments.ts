import type { StemmaEvent } from "../../../event/event.ts";
import { originalAt, type UnpackedSegment, UnpackedSegments } from "../../events/unpacked-segments.ts";
import { bytes, number, type Queries } from "../connection.ts";
import { segmentOf } from "./rows.ts";

/** Segments fetched in one query: some 40 kB each. */
const FETCHED = 64;

/** Reads events by their places. */
export interface SegmentReader {
  events(places: readonly number[]): Promise<readonly StemmaEvent[]>;
  original(place: number): Promise<unknown>;
}

export function segmentReader(queries: Queries): SegmentReader {
  const kept = new UnpackedSegments();
  const fetched = async (ids: ReadonlySet<number>): Promise<ReadonlyMap<number, UnpackedSegment>> => {
    const segments = new Map<number, UnpackedSegment>();
    const missing: number[] = [];
    for (const id of ids) {
      const known = kept.get(id);
      if (known === undefined) {
        missing.push(id);
      } else {
        segments.set(id, known);
      }
    }
    for (let start = 0; start < missing.length; start += FETCHED) {
      const rows = await queries.run(
        "UNWIND $ids AS id MATCH (s:Segment {id: id}) RETURN s.id AS id, s.events AS events",
        { ids: missing.slice(start, start + FETCHED) },
      );
      for (const row of rows) {
        const id = number(row, "id");
        segments.set(id, kept.add(id, bytes(row, "events")));
      }
    }
    return segments;
  };
  return {
    async events(places) {
      const wanted = places.map(segmentOf);
      const segments = await fetched(new Set(wanted.map(({ segment }) => segment)));
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
