import type { LogonSession } from "#contracts/lineage";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveException } from "../exception/active.ts";
import type { Evidence } from "../exception/decide.ts";
import { type LineageContext, noLineage, processFields, sessionFieldsOf } from "../exception/lineage-context.ts";
import { logonSession } from "../lineage/logon-session.ts";
import { MAX_ANCESTORS } from "../lineage/neighbourhood.ts";
import type { LineageTables } from "../lineage/tables.ts";
import type { LineageReader } from "../store/lineage/port.ts";
import { type ProcessPath, processPaths } from "./processes.ts";

/** Where to find what the process graph knows around the processes of events. */
export interface LineageSource {
  /** The keys of the processes that events are about, by event id. */
  keysOf(events: readonly StemmaEvent[]): Promise<ReadonlyMap<string, string>>;
  /** By process key. */
  contextsOf(keys: readonly string[]): Promise<ReadonlyMap<string, LineageContext>>;
}

/** The graph as it is stored: a fixed number of reads, however many events there are. */
export function storedLineage(
  lineage: Pick<LineageReader, "processesOf" | "paths" | "sessionsOnPaths">,
): LineageSource {
  return {
    async keysOf(events) {
      const processes = await lineage.processesOf(events);
      return new Map([...processes].map(([id, { key }]) => [id, key]));
    },
    async contextsOf(keys) {
      const [paths, sessions] = await Promise.all([
        lineage.paths(keys, MAX_ANCESTORS + 1),
        lineage.sessionsOnPaths(keys, 1),
      ]);
      const byKey = new Map(sessions.map((session) => [session.key, session]));
      return new Map(
        [...paths].flatMap(([key, [process, ...ancestors]]) =>
          process === undefined ? [] : [[key, contextOf([process, ...ancestors], byKey)] as const],
        ),
      );
    },
  };
}

/** The graph as a write sees it. `processKeyOf` finds the process of an event, in the current write or in the store. */
export function lineageInWrite(
  tables: Pick<LineageTables, "rows" | "logons">,
  processKeyOf: (event: StemmaEvent) => string | undefined | Promise<string | undefined>,
): LineageSource {
  return {
    async keysOf(events) {
      const keys = await Promise.all(events.map(async (event) => [event.id, await processKeyOf(event)] as const));
      return new Map(keys.flatMap(([id, key]) => (key === undefined ? [] : [[id, key] as const])));
    },
    async contextsOf(keys) {
      const paths = await processPaths(tables, keys);
      const sessions = await sessionsOf(tables, [...paths.values()]);
      return new Map([...paths].map(([key, path]) => [key, contextOf(path, sessions)]));
    },
  };
}

async function sessionsOf(
  tables: Pick<LineageTables, "logons">,
  paths: readonly ProcessPath[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const ids = new Map(
    paths.flatMap(([{ host, logonId }]) =>
      logonId === undefined ? [] : [[JSON.stringify([host, logonId]), { host, logonId }] as const],
    ),
  );
  const logons = ids.size === 0 ? [] : await tables.logons([...ids.values()]);
  const rows = logons.flatMap(({ sessions }) => sessions);
  return new Map(rows.map((row) => [row.key, logonSession(row, { processes: 0, mainUser: undefined })]));
}

function contextOf([process, ...ancestors]: ProcessPath, sessions: ReadonlyMap<string, LogonSession>): LineageContext {
  const session = sessions.get(process.sessionKey ?? "");
  return { ancestors: ancestors.map(processFields), session: session && sessionFieldsOf(session) };
}

/**
 * Adds to events what exceptions with entries about ancestors or sessions need to know about them. The graph is read
 * only for events that such an exception may match.
 */
export async function withLineage<E extends StemmaEvent>(
  events: readonly E[],
  exceptions: readonly ActiveException[],
  source: LineageSource,
): Promise<readonly (E & { readonly lineage?: LineageContext })[]> {
  const asking = exceptions.filter(({ needsLineage }) => needsLineage);
  const concerned = events.filter((event) => asking.some(({ mayMatch }) => mayMatch(event)));
  if (concerned.length === 0) {
    return events;
  }
  const keys = await source.keysOf(concerned);
  const contexts = await source.contextsOf([...new Set(keys.values())]);
  const ids = new Set(concerned.map(({ id }) => id));
  return events.map((event) =>
    ids.has(event.id) ? { ...event, lineage: contexts.get(keys.get(event.id) ?? "") ?? noLineage } : event,
  );
}

/** The same for the events of evidence. */
export async function evidenceWithLineage<E extends Evidence>(
  evidence: readonly E[],
  exceptions: readonly ActiveException[],
  source: LineageSource,
): Promise<readonly E[]> {
  const events = await withLineage(
    evidence.map(({ event }) => event),
    exceptions,
    source,
  );
  return evidence.map((one, index) => ({ ...one, event: events[index] ?? one.event }));
}
