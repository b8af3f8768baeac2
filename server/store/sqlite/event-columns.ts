import type { Fields } from "#contracts/event";
import { foldCase } from "../../condition/fold-case.ts";
import { type StemmaEvent, valuesOf } from "../../event/event.ts";
import { eventKind } from "../event-source.ts";

/** Columns of `events` that queries narrow by, and the field that each one holds, folded to lower case. */
export const eventColumns = {
  host: "host.name",
  category: "event.category",
  code: "event.code",
  name: "process.name",
  parent_name: "process.parent.name",
  user: "user.name",
  pid: "process.pid",
  parent_pid: "process.parent.pid",
  entity: "process.entity_id",
  parent_entity: "process.parent.entity_id",
} as const;

/** Stands in a column whose field has several values: such a row always goes on to the evaluator. */
export const MANY = "\u0001";

/** The value of a narrowing column: absent, the one value as folded text, or `MANY`. */
export function folded(fields: Fields, name: string): string | null {
  const value = fields[name];
  if (value === undefined) {
    return null;
  }
  if (typeof value !== "object") {
    return foldCase(String(value)).toWellFormed();
  }
  const [first] = value;
  return first === undefined ? null : value.length > 1 ? MANY : foldCase(String(first)).toWellFormed();
}

/** The fields that a condition may be weakened to. */
export const narrowedFields: ReadonlySet<string> = new Set(Object.values(eventColumns));

export function columnOf(field: string): string | undefined {
  return Object.entries(eventColumns).find(([, name]) => name === field)?.[0];
}

const INSERT_COLUMNS = Object.keys(eventColumns);

export const insertEvent = `
  INSERT INTO events (seq, id, time, kind, source, starts, segment, position, ${INSERT_COLUMNS.join(", ")})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${INSERT_COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT (id) DO NOTHING`;

/** The narrowing columns of an event in the order of `insertEvent`. */
export function columnValues(fields: Fields): readonly (string | null)[] {
  return Object.values(eventColumns).map((name) => folded(fields, name));
}

/** True for a record of a process start. */
export function startsProcess(fields: Fields): boolean {
  return valuesOf(fields, "event.category").includes("process") && valuesOf(fields, "event.type").includes("start");
}

export function kindColumn(event: StemmaEvent): string | null {
  return eventKind(event) ?? null;
}

/** Coverage is counted by host, source and stretches of this many milliseconds. */
export const COVERAGE_BUCKET = 900_000;
