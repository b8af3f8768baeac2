import { raise } from "../alerting/raise.ts";
import { and, equals } from "../condition/tree.ts";
import type { Detector, Hit, Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import { noExceptions } from "../exception/active.ts";
import { factOf } from "../lineage/fact-of.ts";
import { entityKey } from "../lineage/keys.ts";
import { earliest, keptFacts } from "../lineage/process-facts.ts";
import type { ProcessRow } from "../lineage/process-row.ts";
import { distinctLogons } from "../lineage/resolve/assign-sessions.ts";
import { groupFacts } from "../lineage/resolve/group-facts.ts";
import { logonUseOf, mergeUses } from "../lineage/resolve/logon-uses.ts";
import { sessionAt, sessionsOf } from "../lineage/resolve/sessions.ts";
import type { LineageTables } from "../lineage/tables.ts";
import type { Store } from "../store/port.ts";
import { type EstateHost, estateHosts, MARKED_NAME, recordsOf } from "./estate.ts";

/** Records per write; a multiple of the session length, so that no session is split. */
const BATCH = 10_000;

/** Writes a batch of lineage; durability and indexes are up to the caller. */
export type LineageWriter = (work: (tables: LineageTables) => Promise<void>) => Promise<void>;

/**
 * Writes the graph that an ingest of an estate's records would produce, without resolving it: every parent is known by
 * its entity id and no process is recorded by two logs, so each row follows from its own records. A test compares the
 * result with an ingest. Events are not stored, as no measurement reads them. Returns the hits of the benchmark's rule.
 */
export async function writeEstate(
  processes: number,
  detector: Detector,
  write: LineageWriter,
): Promise<readonly Hit[]> {
  const hits: Hit[] = [];
  for (const batch of batches(processes)) {
    const parts = batch.map(([host, records]) => lineageOf(host, records));
    await write(async (tables) => {
      await tables.saveLogons(parts.flatMap(({ logons }) => logons));
      await tables.replaceSessions(
        parts.flatMap(({ sessions }) =>
          sessions.map((session) => ({ host: session.host, logonId: session.logonId, sessions: [session] })),
        ),
      );
      await tables.saveRows(parts.flatMap(({ rows }) => rows));
    });
    for (const [, records] of batch) {
      hits.push(...records.flatMap((event) => detector.test(event)));
    }
  }
  return hits;
}

/** About `BATCH` processes at a time: small hosts are combined, large ones split. */
function* batches(processes: number): Generator<readonly (readonly [EstateHost, readonly StemmaEvent[]])[]> {
  let batch: (readonly [EstateHost, readonly StemmaEvent[]])[] = [];
  let size = 0;
  for (const host of estateHosts(processes)) {
    for (const records of recordsOf(host, BATCH)) {
      batch.push([host, records]);
      size += records.length;
      if (size >= BATCH) {
        yield batch;
        batch = [];
        size = 0;
      }
    }
  }
  if (size > 0) {
    yield batch;
  }
}

/** The processes and sessions in the records of a host. */
function lineageOf(host: EstateHost, records: readonly StemmaEvent[]) {
  const facts = records.flatMap((event) => {
    const fact = factOf(event);
    return fact === undefined ? [] : [{ eventId: event.id, fact }];
  });
  const { rows, logons } = groupFacts(facts);
  // Parents from earlier batches appear here only through their children; they are already stored.
  const started = [...rows.values()].flatMap((row) => {
    const start = earliest(row.facts.starts);
    return start === undefined ? [] : [{ row, start }];
  });
  const ids = distinctLogons([
    ...logons,
    ...started.flatMap(({ start: { logonId } }) => (logonId === undefined ? [] : [{ host: host.name, logonId }])),
  ]);
  const sessions = new Map(
    ids.map((id) => [
      id.logonId,
      sessionsOf(
        id,
        logons.filter((fact) => fact.logonId === id.logonId),
        {
          uses: mergeUses(started.flatMap(({ start }) => (start.logonId === id.logonId ? [logonUseOf(start)] : []))),
        },
      ),
    ]),
  );
  return {
    rows: started.map(
      ({ row, start }): ProcessRow => ({
        ...row,
        facts: keptFacts(row.facts),
        parent:
          start.parentEntityId === undefined
            ? undefined
            : { key: entityKey(row.host, start.parentEntityId), basis: "entity" },
        sessionKey: sessionAt(sessions.get(start.logonId ?? "") ?? [], { ...logonUseOf(start), time: start.time })?.key,
      }),
    ),
    logons,
    sessions: [...sessions.values()].flat(),
  };
}

/** Raises alerts for hits as an ingest does. Returns their number. */
export async function raiseHits(store: Store, hits: readonly Hit[]): Promise<number> {
  let alerts = 0;
  for (let first = 0; first < hits.length; first += RAISE_BATCH) {
    const some = hits.slice(first, first + RAISE_BATCH);
    const processOf = new Map(some.map(({ event }) => [event.id, processKeyOf(event)]));
    const eventOf = (id: string) => store.events.get(id);
    const applied = { processOf, rekeyed: new Map() };
    const raised = await store.write((transaction) =>
      raise(transaction, { hits: some, applied, eventOf }, noExceptions, Date.now()),
    );
    alerts += raised.alerts;
  }
  return alerts;
}
const RAISE_BATCH = 1_000;

function processKeyOf(event: StemmaEvent): string {
  const fact = factOf(event);
  if (fact?.kind !== "start" || fact.entityId === undefined) {
    throw new Error("the benchmark's rule must only match starts with an entity id");
  }
  return entityKey(fact.host, fact.entityId);
}

/** Matches the marked processes of an estate. */
export const markedRule: Rule = {
  id: "bench",
  name: "Marked process",
  version: "1",
  language: "eql",
  description: "",
  severity: "medium",
  riskScore: 50,
  buildingBlock: false,
  tags: [],
  author: [],
  references: [],
  falsePositives: [],
  techniques: [],
  query: "",
  source: "bench",
  body: {
    kind: "event",
    condition: and(equals("event.code", "1"), equals("process.name", MARKED_NAME)),
  },
};
