import { hash } from "node:crypto";
import { CoverageCounters } from "../../events/coverage.ts";
import { keptSegments } from "../../events/kept-segment.ts";
import type { PackedEvents } from "../../events/packed-events.ts";
import { number, text, type Writes } from "../connection.ts";
import { columnsOf, createEvents, placeOf, rowOf } from "./rows.ts";

const mergeCoverage = `
  UNWIND $spans AS span
  MERGE (c:EventCoverage {key: span.key})
  ON CREATE SET c.host = span.host, c.source = span.source, c.bucket = span.bucket,
    c.first = span.first, c.last = span.last, c.events = span.events
  ON MATCH SET c.first = CASE WHEN span.first < c.first THEN span.first ELSE c.first END,
    c.last = CASE WHEN span.last > c.last THEN span.last ELSE c.last END, c.events = c.events + span.events`;

type Append = (batches: readonly PackedEvents[]) => Promise<readonly (readonly number[])[]>;

/** Appends inside one write: of each batch the places of the events that were not known before, ascending. */
export function eventAppender(writes: Writes): Append {
  let segment: number | undefined;
  return async (batches) => {
    const known = await knownAmong(
      writes,
      batches.flatMap(({ ids }) => ids),
    );
    segment ??= await nextSegment(writes);
    const first = segment;
    const events: (string | number | null)[][] = [];
    const segments: { readonly id: number; readonly events: Uint8Array; readonly originals: Uint8Array }[] = [];
    const coverage = new CoverageCounters();
    const taken = batches.map((packed) => {
      const all: number[] = [];
      for (const kept of keptSegments(packed, (from, to) => freshIn(packed, from, to, known))) {
        const id = first + segments.length;
        segments.push({ id, events: kept.events, originals: kept.originals });
        for (const [order, index] of kept.fresh.entries()) {
          const columns = columnsOf(packed, index);
          events.push(rowOf(packed, index, placeOf(id, kept.repacked ? order : index - kept.from), columns));
          coverage.add(packed.times[index] ?? 0, columns);
          all.push(index);
        }
      }
      return all;
    });
    if (events.length > 0) {
      segment = first + segments.length;
      writes.later("UNWIND $segments AS segment CREATE (s:Segment) SET s = segment", { segments });
      writes.later(createEvents, { rows: events });
      writes.later(mergeCoverage, {
        spans: coverage.spans().map((span) => ({ ...span, key: coverageKey(span) })),
      });
      writes.later("MATCH (t:Turn {name: 'write'}) SET t.segments = $segment", { segment });
    }
    return taken;
  };
}

async function knownAmong(writes: Writes, ids: readonly string[]): Promise<Set<string>> {
  const rows = await writes.run("UNWIND $ids AS id MATCH (e:Event {id: id}) RETURN e.id AS id", { ids });
  return new Set(rows.map((row) => text(row, "id")));
}

/** The places of events that are not known yet; from now on they are. */
function freshIn(packed: PackedEvents, from: number, to: number, known: Set<string>): readonly number[] {
  const fresh: number[] = [];
  for (let index = from; index < to; index += 1) {
    const id = packed.ids[index] ?? "";
    if (!known.has(id)) {
      known.add(id);
      fresh.push(index);
    }
  }
  return fresh;
}

/** Writers take turns, so nobody else counts on meanwhile. */
async function nextSegment(writes: Writes): Promise<number> {
  const [row] = await writes.run("MATCH (t:Turn {name: 'write'}) RETURN coalesce(t.segments, 1) AS segment");
  return row === undefined ? 1 : number(row, "segment");
}

/** Of fixed length, as host names come from outside and an index takes only so much. */
function coverageKey(span: { readonly host: string; readonly source: string; readonly bucket: number }): string {
  return hash("sha256", `${span.bucket} ${span.source} ${span.host}`, "hex");
}
