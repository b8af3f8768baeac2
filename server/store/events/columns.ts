import type { Fields, FieldValue } from "#contracts/event";
import { foldCase } from "../../condition/fold-case.ts";
import { valuesOf } from "../../event/event.ts";

/** Columns that stores keep beside an event to narrow by, and the field that each one holds, folded to lower case. */
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

/** What stands in the column of a field: nothing, its one value as folded text, or `MANY`. */
export function columnValue(value: FieldValue | undefined): string | undefined {
  const [only, second] = typeof value === "object" ? value : [value];
  return only === undefined ? undefined : second === undefined ? foldCase(String(only)).toWellFormed() : MANY;
}

/** The fields that a condition may be weakened to. */
export const prefilterFields: ReadonlySet<string> = new Set(Object.values(eventColumns));

export function columnOf(field: string): string | undefined {
  return Object.entries(eventColumns).find(([, name]) => name === field)?.[0];
}

/** True for a record of a process start. */
export function startsProcess(fields: Fields): boolean {
  return valuesOf(fields, "event.category").includes("process") && valuesOf(fields, "event.type").includes("start");
}
