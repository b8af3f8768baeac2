import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../event/event.ts";
import { type LineageContext, noLineage, processFields, sessionFieldsOf } from "../exception/lineage-context.ts";
import { MAX_ANCESTORS } from "../lineage/neighbourhood.ts";
import type { LineageReader } from "../store/lineage/port.ts";

type Reader = Pick<LineageReader, "processesOf" | "paths" | "sessionsOnPaths">;

/**
 * What the process graph knows around the processes of events, by event id: for exceptions with entries about ancestors
 * or sessions. `processOf` has the processes that the caller knows already. Reads in a fixed number of round trips.
 */
export async function lineageContexts(
  lineage: Reader,
  events: readonly StemmaEvent[],
  processOf: ReadonlyMap<string, string> = new Map(),
): Promise<ReadonlyMap<string, LineageContext>> {
  const unknown = events.filter(({ id }) => !processOf.has(id));
  const found = unknown.length === 0 ? new Map<string, ProcessNode>() : await lineage.processesOf(unknown);
  const keyOf = (id: string) => processOf.get(id) ?? found.get(id)?.key;
  const keys = [...new Set(events.flatMap(({ id }) => keyOf(id) ?? []))];
  const contexts = await contextsOf(lineage, keys);
  return new Map(events.map(({ id }) => [id, contexts.get(keyOf(id) ?? "") ?? noLineage]));
}

/** The same by process key. */
export async function contextsOf(
  lineage: Pick<Reader, "paths" | "sessionsOnPaths">,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LineageContext>> {
  if (keys.length === 0) {
    return new Map();
  }
  const [paths, sessions] = await Promise.all([
    lineage.paths(keys, MAX_ANCESTORS + 1),
    lineage.sessionsOnPaths(keys, 1),
  ]);
  const byKey = new Map(sessions.map((session) => [session.key, session]));
  return new Map([...paths].map(([key, path]) => [key, contextOf(path, byKey)]));
}

function contextOf(
  [process, ...ancestors]: readonly ProcessNode[],
  sessions: ReadonlyMap<string, LogonSession>,
): LineageContext {
  const session = sessions.get(process?.sessionKey ?? "");
  return { ancestors: ancestors.map(processFields), session: session && sessionFieldsOf(session) };
}
