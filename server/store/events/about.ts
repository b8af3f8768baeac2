import { shortHash } from "../short-hash.ts";
import { packedColumns } from "./packed-events.ts";

// The process that an event is about as a short hash, which is cheap to index: of the entity id, or else of host and
// pid. Queries compare the columns themselves as well.

const HOST = packedColumns.indexOf("host");
const PID = packedColumns.indexOf("pid");
const ENTITY = packedColumns.indexOf("entity");

/** The hash for an event, given the values of `packedColumns`. */
export function aboutOf(columns: readonly (string | null)[]): number | null {
  const entity = columns[ENTITY];
  if (typeof entity === "string") {
    return aboutEntity(entity);
  }
  const pid = columns[PID];
  return typeof pid === "string" ? aboutPid(columns[HOST] ?? "", pid) : null;
}

export function aboutEntity(entity: string): number {
  return shortHash(entity);
}

export function aboutPid(host: string, pid: string): number {
  return shortHash(host, pid);
}

/** Sysmon and Security record the same start or end of a process up to this many milliseconds apart. */
export const RECORD_TOLERANCE = 3_000;
