import type { Fields } from "#contracts/event";
import { foldCase } from "../../condition/fold-case.ts";
import { valuesOf } from "../../event/event.ts";

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

const columnFields = Object.values(eventColumns);
const INSERT_COLUMNS = Object.keys(eventColumns);

export const insertEvent = `
  INSERT INTO events (seq, id, time, kind, source, starts, about, segment, position, ${INSERT_COLUMNS.join(", ")})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ${INSERT_COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT (id) DO NOTHING`;

/** The narrowing columns of an event in the order of `insertEvent`. */
export function columnValues(fields: Fields): readonly (string | null)[] {
  return columnFields.map((name) => folded(fields, name));
}

/** True for a record of a process start. */
export function startsProcess(fields: Fields): boolean {
  return valuesOf(fields, "event.category").includes("process") && valuesOf(fields, "event.type").includes("start");
}

/** Coverage is counted by host, source and stretches of this many milliseconds. */
export const COVERAGE_BUCKET = 900_000;

const HOST = Object.keys(eventColumns).indexOf("host");
const PID = Object.keys(eventColumns).indexOf("pid");
const ENTITY = Object.keys(eventColumns).indexOf("entity");

/** The value of the `about` column for the columns of an event. */
export function aboutOf(columns: readonly (string | null)[]): number | null {
  const entity = columns[ENTITY];
  if (typeof entity === "string") {
    return aboutEntity(entity);
  }
  const pid = columns[PID];
  return typeof pid === "string" ? aboutPid(columns[HOST] ?? "", pid) : null;
}

export function aboutEntity(entity: string): number {
  return shortHash(entity, 0x811c9dc5);
}

export function aboutPid(host: string, pid: string): number {
  return shortHash(pid, shortHash(host, 0x811c9dc5));
}

/** FNV-1a over UTF-16 units, 32 bits: only narrows; the columns themselves are compared as well. */
function shortHash(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
