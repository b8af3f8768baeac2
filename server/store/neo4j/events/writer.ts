import { hash } from "node:crypto";
import { ActivityCounters } from "../../events/activity.ts";
import { CoverageCounters } from "../../events/coverage.ts";
import type { PackedEvents } from "../../events/packed-events.ts";
import type { EventWriter } from "../../events/port.ts";
import { segmentsToStore } from "../../events/segments-to-store.ts";
import type { Writes } from "../connection.ts";
import { number, text } from "../row.ts";
import { activityRows, mergeActivity } from "./activity.ts";
import { columnsOf, createEvents, placeOf, rowOf } from "./rows.ts";

const createSegments = "UNWIND $segments AS segment CREATE (s:Segment) SET s = segment";
const mergeCoverage = `
  UNWIND $spans AS span
  MERGE (c:EventCoverage {key: span.key})
  ON CREATE SET c.host = span.host, c.source = span.source, c.bucket = span.bucket,
    c.first = span.first, c.last = span.last, c.events = span.events
  ON MATCH SET c.first = CASE WHEN span.first < c.first THEN span.first ELSE c.first END,
    c.last = CASE WHEN span.last > c.last THEN span.last ELSE c.last END, c.events = c.events + span.events`;
const advanceSegment = "MATCH (t:Turn {name: 'write'}) SET t.segments = $segment";

export function eventWriter(writes: Writes): EventWriter {
  let segment: number | undefined;
  return {
    async append(batches) {
      const known = await knownAmong(
        writes,
        batches.flatMap(({ ids }) => ids),
      );
      segment ??= await nextSegment(writes);
      const first = segment;
      const events: (string | number | null)[][] = [];
      const segments: { readonly id: number; readonly events: Uint8Array; readonly originals: Uint8Array }[] = [];
      const coverage = new CoverageCounters();
      const activity = new ActivityCounters();
      const appended = batches.map((packed) => {
        const indexes: number[] = [];
        for (const stored of segmentsToStore(packed, (from, to) => newIn(packed, from, to, known))) {
          const id = first + segments.length;
          segments.push({ id, events: stored.events, originals: stored.originals });
          for (const [order, index] of stored.newEvents.entries()) {
            const columns = columnsOf(packed, index);
            const place = placeOf(id, stored.repacked ? order : index - stored.from);
            events.push(rowOf(packed, index, place, columns));
            coverage.add(packed.times[index] ?? 0, columns);
            activity.add(packed.times[index] ?? 0, columns);
            indexes.push(index);
          }
        }
        return indexes;
      });
      if (events.length > 0) {
        segment = first + segments.length;
        writes.later(createSegments, { segments });
        writes.later(createEvents, { rows: events });
        writes.later(mergeCoverage, {
          spans: coverage.spans().map((span) => ({ ...span, key: coverageKey(span) })),
        });
        writes.later(mergeActivity, { activity: activityRows(activity) });
        writes.later(advanceSegment, { segment });
      }
      return appended;
    },
  };
}

async function knownAmong(writes: Writes, ids: readonly string[]): Promise<Set<string>> {
  const rows = await writes.run("UNWIND $ids AS id MATCH (e:Event {id: id}) RETURN e.id AS id", { ids });
  return new Set(rows.map((row) => text(row, "id")));
}

/** Indexes of the events in a range that are not known yet, and adds them to the known ones. */
function newIn(packed: PackedEvents, from: number, to: number, known: Set<string>): readonly number[] {
  const indexes: number[] = [];
  for (let index = from; index < to; index += 1) {
    const id = packed.ids[index] ?? "";
    if (!known.has(id)) {
      known.add(id);
      indexes.push(index);
    }
  }
  return indexes;
}

/** Writers are serialized, so no other writer can use the same number. */
async function nextSegment(writes: Writes): Promise<number> {
  const [row] = await writes.run("MATCH (t:Turn {name: 'write'}) RETURN coalesce(t.segments, 1) AS segment");
  return row === undefined ? 1 : number(row, "segment");
}

/** A hash, because host names have no upper bound and index entries do. */
function coverageKey(span: { readonly host: string; readonly source: string; readonly bucket: number }): string {
  return hash("sha256", `${span.bucket} ${span.source} ${span.host}`, "hex");
}
