import { packedColumns } from "../packed-events.ts";

/** `kind`, `source` and the narrowing columns stand at the end, in the order of `packedColumns`. */
export const insertEvent = `
  INSERT INTO events (seq, id, time, starts, about, segment, position, ${packedColumns.join(", ")})
  VALUES (?, ?, ?, ?, ?, ?, ?, ${packedColumns.map(() => "?").join(", ")})
  ON CONFLICT (id) DO NOTHING`;

/** Coverage is counted by host, source and stretches of this many milliseconds. */
export const COVERAGE_BUCKET = 900_000;

const HOST = packedColumns.indexOf("host");
const SOURCE = packedColumns.indexOf("source");
const PID = packedColumns.indexOf("pid");
const ENTITY = packedColumns.indexOf("entity");

/** Host (empty where the event names none) and source among the columns of an event. */
export function placeOf(columns: readonly (string | null)[]): { readonly host: string; readonly source: string } {
  return { host: columns[HOST] ?? "", source: columns[SOURCE] ?? "" };
}

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
