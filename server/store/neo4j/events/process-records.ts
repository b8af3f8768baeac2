import type { ProcessNode } from "#contracts/lineage";
import { foldCase } from "../../../condition/fold-case.ts";
import { aboutPid, RECORD_TOLERANCE } from "../../events/about.ts";
import type { Queries } from "../connection.ts";
import type { QueryParameters } from "../parameters.ts";
import { optionalNumber } from "../row.ts";
import { hashOf } from "./rows.ts";

const EARLIEST = Number.MIN_SAFE_INTEGER;
const LATEST = Number.MAX_SAFE_INTEGER;

/**
 * Cypher that binds `e` to the records about a process: those with its entity id; those without an entity id but with
 * its pid on its host, during its lifetime (until its end, or until the pid is reused); and its source records.
 */
export async function recordsOf(queries: Queries, process: ProcessNode, parameters: QueryParameters): Promise<string> {
  const host = foldCase(process.host);
  const [h, sources] = [parameters.add(host), parameters.add(process.sources.map((source) => source.eventId))];
  const entity = process.entityId === undefined ? undefined : foldCase(process.entityId);
  const matches = [`MATCH (e:Event) WHERE e.id IN ${sources}`];
  if (entity !== undefined) {
    matches.push(
      `MATCH (e:Event) WHERE e.about = ${parameters.add(hashOf(entity))} AND e.entity = ${parameters.add(entity)} AND e.host = ${h}`,
    );
  }
  if (process.pid !== undefined) {
    const pid = String(process.pid);
    const start = process.start === undefined ? EARLIEST : Date.parse(process.start) - RECORD_TOLERANCE;
    const end = process.end === undefined ? LATEST : Date.parse(process.end) + RECORD_TOLERANCE;
    const reused = await nextStart(queries, process, host, pid, entity);
    const until = Math.min(end, reused === undefined ? LATEST : reused - 1);
    matches.push(
      `MATCH (e:Event) WHERE e.about = ${parameters.add(aboutPid(host, pid))} AND e.pid = ${parameters.add(pid)} AND e.host = ${h}
         AND e.entity IS NULL AND e.time >= ${parameters.add(start)} AND e.time <= ${parameters.add(until)}`,
    );
  }
  return `CALL () { ${matches.map((match) => `${match} RETURN e`).join(" UNION ")} }`;
}

/** When the pid was used by the next process. */
async function nextStart(
  queries: Queries,
  process: ProcessNode,
  host: string,
  pid: string,
  entity: string | undefined,
): Promise<number | undefined> {
  const [row] = await queries.run(
    `MATCH (e:Event {starts: $starts}) WHERE e.pid = $pid AND e.host = $host AND e.time > $after
       AND NOT e.id IN $own AND coalesce(e.entity <> $entity, true)
     RETURN min(e.time) AS time`,
    {
      starts: aboutPid(host, pid),
      pid,
      host,
      after: process.start === undefined ? EARLIEST : Date.parse(process.start) + RECORD_TOLERANCE,
      own: process.sources.map((source) => source.eventId),
      entity: entity ?? "",
    },
  );
  return row === undefined ? undefined : optionalNumber(row, "time");
}
