import type { ProcessNode } from "#contracts/lineage";
import { foldCase } from "../../../condition/fold-case.ts";
import { aboutPid, RECORD_TOLERANCE } from "../../events/about.ts";
import { allOf, anyOf, type Clause, oneOf } from "../clause.ts";
import { type Connection, optionalNumber } from "../connection.ts";
import { oneOfEntities } from "./prefilter.ts";

const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

/**
 * The records about a process: those with its entity id; those without an entity id but with its pid on its host,
 * during its lifetime (until its end, or until the pid is reused); and its source records.
 */
export function recordsOf(connection: Connection, process: ProcessNode): Clause {
  const host = foldCase(process.host);
  const sources = process.sources.map((source) => source.eventId);
  return anyOf(
    ...(process.entityId === undefined
      ? []
      : [allOf(oneOfEntities([foldCase(process.entityId)]), oneOf("host", [host]))]),
    ...(process.pid === undefined ? [] : [withPid(connection, process, host, String(process.pid), sources)]),
    ...(sources.length === 0 ? [] : [oneOf("id", sources)]),
  );
}

function withPid(
  connection: Connection,
  process: ProcessNode,
  host: string,
  pid: string,
  sources: readonly string[],
): Clause {
  const start = process.start === undefined ? undefined : Date.parse(process.start);
  const end = process.end === undefined ? LATEST : Date.parse(process.end) + RECORD_TOLERANCE;
  const own = oneOf("id", sources);
  const nextStart = connection
    .prepare(
      `SELECT min(time) AS time FROM events
       WHERE pid = ? AND host = ? AND starts = 1 AND time > ? AND NOT (${own.sql}) AND entity IS NOT ?`,
    )
    .get(
      pid,
      host,
      start === undefined ? EARLIEST : start + RECORD_TOLERANCE,
      ...own.parameters,
      process.entityId === undefined ? "" : foldCase(process.entityId),
    );
  const reused = nextStart === undefined ? undefined : optionalNumber(nextStart, "time");
  return {
    sql: "(about = ? AND pid = ? AND host = ? AND entity IS NULL AND time >= ? AND time <= ?)",
    parameters: [
      aboutPid(host, pid),
      pid,
      host,
      start === undefined ? EARLIEST : start - RECORD_TOLERANCE,
      Math.min(end, reused === undefined ? LATEST : reused - 1),
    ],
  };
}
