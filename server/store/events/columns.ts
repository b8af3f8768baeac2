import type { FieldValue } from "#contracts/event";
import { foldCase } from "../../condition/fold-case.ts";

/** The columns by which stores prefilter events, and the field whose case-folded value each one holds. */
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

/** The column value of a field with several values: such a row always passes the prefilter. */
export const MANY = "\u0001";

/** The column value of a field: `undefined` if absent, its one value case-folded, or `MANY`. */
export function columnValue(value: FieldValue | undefined): string | undefined {
  const [only, second] = typeof value === "object" ? value : [value];
  return only === undefined ? undefined : second === undefined ? foldCase(String(only)).toWellFormed() : MANY;
}

/** The fields that a condition can be prefiltered by. */
export const prefilterFields: ReadonlySet<string> = new Set(Object.values(eventColumns));

export function columnOf(field: string): string | undefined {
  return Object.entries(eventColumns).find(([, name]) => name === field)?.[0];
}
