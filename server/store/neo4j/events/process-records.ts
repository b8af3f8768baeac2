import type { ProcessNode } from "#contracts/lineage";
import { foldCase } from "../../../condition/fold-case.ts";
import { aboutPid } from "../../events/about.ts";
import { optionalNumber, type Queries } from "../connection.ts";
import type { Values } from "./prefilter.ts";
import { hashOf } from "./rows.ts";

/** Sysmon and Security tell of one start or end up to three seconds apart. */
const TWIN_TOLERANCE = 3_000;
const LATEST = Number.MAX_SAFE_INTEGER;

/**
 * Cypher that binds `e` to the records about one process: those with its entity id; those with its pid on its host, without
 * any entity id, while it lived (until its end, else until the pid starts again); and the records that it was folded from.
 */
export async function recordsOf(queries: Queries, process: ProcessNode, values: Values): Promise<string> {
  const host = foldCase(process.host);
  const [h, own] = [values.add(host), values.add(process.sources.map((source) => source.eventId))];
  const entity = process.entityId === undefined ? undefined : foldCase(process.entityId);
  const parts = [`MATCH (e:Event) WHERE e.id IN ${own}`];
  if (entity !== undefined) {
    parts.push(
      `MATCH (e:Event) WHERE e.about = ${values.add(hashOf(entity))} AND e.entity = ${values.add(entity)} AND e.host = ${h}`,
    );
  }
  if (process.pid !== undefined) {
    const pid = String(process.pid);
    const start = process.start === undefined ? -LATEST : Date.parse(process.start) - TWIN_TOLERANCE;
    const end = process.end === undefined ? LATEST : Date.parse(process.end) + TWIN_TOLERANCE;
    const reused = await nextStart(queries, process, host, entity);
    const until = Math.min(end, reused === undefined ? LATEST : reused - 1);
    parts.push(
      `MATCH (e:Event) WHERE e.about = ${values.add(aboutPid(host, pid))} AND e.pid = ${values.add(pid)} AND e.host = ${h}
         AND e.entity IS NULL AND e.time >= ${values.add(start)} AND e.time <= ${values.add(until)}`,
    );
  }
  return `CALL () { ${parts.map((part) => `${part} RETURN e`).join(" UNION ")} }`;
}

/** When the pid of a process began to stand for another one. */
async function nextStart(
  queries: Queries,
  process: ProcessNode,
  host: string,
  entity: string | undefined,
): Promise<number | undefined> {
  const pid = String(process.pid);
  const [row] = await queries.run(
    `MATCH (e:Event {starts: $starts}) WHERE e.pid = $pid AND e.host = $host AND e.time > $after
       AND NOT e.id IN $own AND coalesce(e.entity <> $entity, true)
     RETURN min(e.time) AS time`,
    {
      starts: aboutPid(host, pid),
      pid,
      host,
      after: process.start === undefined ? -LATEST : Date.parse(process.start) + TWIN_TOLERANCE,
      own: process.sources.map((source) => source.eventId),
      entity: entity ?? "",
    },
  );
  return row === undefined ? undefined : optionalNumber(row, "time");
}
