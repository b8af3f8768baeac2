import { aboutEntity, aboutOf, aboutPid } from "../../events/about.ts";
import { type PackedEvents, packedColumns, SEGMENT_EVENTS } from "../../events/packed-events.ts";
import { index, unique } from "../schema.ts";

/**
 * An `(:Event)` is small: where the event is stored (`place`), the case-folded columns that queries prefilter by
 * (`packedColumns`), and short hashes for the indexes, because texts may be longer than Neo4j can index. The fields and
 * the original record are compressed in `(:Segment)`, about 256 events each. See docs/decisions/0012 and 0019.
 */
export const eventSchema: readonly string[] = [
  unique("event_id", "Event", "id"),
  index("event_time", "Event", "time"),
  index("event_about", "Event", "about"),
  index("event_starts", "Event", "starts"),
  index("event_parent", "Event", "parent"),
  index("event_parent_pid", "Event", "parentPid"),
  unique("segment_id", "Segment", "id"),
  unique("event_coverage_key", "EventCoverage", "key"),
];

/** Segment and position of an event as one number, ascending in the order of appending. */
export function placeOf(segment: number, position: number): number {
  return segment * SEGMENT_EVENTS + position;
}

export function segmentOf(place: number): { readonly segment: number; readonly position: number } {
  return { segment: Math.floor(place / SEGMENT_EVENTS), position: place % SEGMENT_EVENTS };
}

/** Columns with an indexed hash, and the property that holds it. */
export const hashProperties: ReadonlyMap<string, string> = new Map([
  ["entity", "about"],
  ["parent_entity", "parent"],
  ["parent_pid", "parentPid"],
]);

export const hashOf = aboutEntity;

const properties = ["id", "time", "place", "about", "starts", "parent", "parentPid", ...packedColumns];

/** Creates events from `$rows`, each a list in the order of `properties`. A null value creates no property. */
export const createEvents = `
  UNWIND $rows AS row
  CREATE (:Event {${properties.map((name, at) => `${name}: row[${at}]`).join(", ")}})`;

const at = (column: (typeof packedColumns)[number]) => packedColumns.indexOf(column);
const [HOST, PID, PARENT_ENTITY, PARENT_PID] = [at("host"), at("pid"), at("parent_entity"), at("parent_pid")];

/** The values of an event in `packedColumns`. */
export function columnsOf(packed: PackedEvents, index: number): readonly (string | null)[] {
  const from = index * packedColumns.length;
  return packedColumns.map((_, column) => packed.values[packed.cells[from + column] ?? 0] ?? null);
}

export function rowOf(
  packed: PackedEvents,
  index: number,
  place: number,
  columns: readonly (string | null)[],
): (string | number | null)[] {
  const hash = (column: number) => {
    const value = columns[column];
    return typeof value === "string" ? hashOf(value) : null;
  };
  const pid = columns[PID];
  const starts = packed.starts[index] === 1 && typeof pid === "string" ? aboutPid(columns[HOST] ?? "", pid) : null;
  return [
    packed.ids[index] ?? "",
    packed.times[index] ?? 0,
    place,
    aboutOf(columns),
    starts,
    hash(PARENT_ENTITY),
    hash(PARENT_PID),
    ...columns,
  ];
}
