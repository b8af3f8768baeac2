import { shortHash } from "../short-hash.ts";
import { packedColumns } from "./packed-events.ts";

/**
 * Which process an event is about, as a short number that an index holds cheaply: of the entity id, else of host and pid.
 * The columns themselves are compared as well.
 */

const HOST = packedColumns.indexOf("host");
const PID = packedColumns.indexOf("pid");
const ENTITY = packedColumns.indexOf("entity");

/** For the columns of an event (`packedColumns`). */
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
