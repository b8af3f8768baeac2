import type { StemmaEvent } from "../event/event.ts";
import { factOf } from "./fact-of.ts";
import type { EventFact } from "./facts.ts";
import { loadDuplicateCandidates } from "./load.ts";
import { sessionFacts } from "./resolve/assign-sessions.ts";
import { groupFacts } from "./resolve/group-facts.ts";
import { isSettled } from "./resolve/parent-question.ts";
import { hasMoved, recordFacts } from "./resolve/record-facts.ts";
import { resolveRecords } from "./resolve/resolve-records.ts";
import { save } from "./save.ts";
import type { LineageTables } from "./tables.ts";
import { updateRelations } from "./update-relations.ts";
import { updateSessions } from "./update-sessions.ts";

export interface AppliedEvents {
  /** The process that each event is about, by event id; other events are left out. */
  readonly processOf: ReadonlyMap<string, string>;
  /** Keys that were returned earlier and lead to another key now. */
  readonly rekeyed: ReadonlyMap<string, string>;
  /** Processes of which anything but counters changed. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Adds a batch of new events to the process graph. The graph is a function of the set of all facts: whatever a fact can
 * change is resolved again from stored facts, so neither order nor batches matter. See README.md and
 * docs/decisions/0009.
 */
export function applyEvents(tables: LineageTables, events: readonly StemmaEvent[]): Promise<AppliedEvents> {
  const facts = events.flatMap((event): readonly EventFact[] => {
    const fact = factOf(event);
    return fact === undefined ? [] : [{ eventId: event.id, fact }];
  });
  return applyFacts(tables, facts);
}

/** As `applyEvents`, for facts that were extracted from their events earlier. */
export async function applyFacts(tables: LineageTables, facts: readonly EventFact[]): Promise<AppliedEvents> {
  const groups = groupFacts(facts);

  // 1. Facts to rows, and duplicate records of one process joined.
  const changes = recordFacts(groups.rows, await tables.rows([...groups.rows.keys()]));
  const candidates = await loadDuplicateCandidates(
    tables,
    changes.filter(hasMoved).map(({ after }) => after),
    new Map(changes.map(({ after }) => [after.key, after])),
  );
  const records = resolveRecords(changes, candidates);

  // 2. Logon sessions.
  const news = { added: groups.rows.values(), logons: groups.logons };
  const { sessions, assigned } = await updateSessions(tables, news, records.restarted, records.rows);
  const rows = new Map(records.rows);
  for (const row of assigned) {
    rows.set(row.key, row);
  }
  await save(tables, {
    rows: [...rows.values()],
    logons: sessionFacts(groups.logons),
    sessions: sessions.changed,
    exits: groups.exits.map((fact) => ({ fact })),
    activity: groups.activity,
    addresses: groups.addresses,
    accounts: groups.accounts,
    logonCounts: groups.logonCounts,
  });

  // 3. Parents and exits by pid and time. The histories of pids are queried from the store, so the rows have to be
  // there.
  const reassigned = new Set(records.reassigned.map(({ to }) => to));
  const relations = await updateRelations(tables, {
    moved: records.moved,
    exits: groups.exits,
    unlinked: records.restarted
      .map(({ row, duplicate }) => ({ row: rows.get(row.key) ?? row, duplicate }))
      .filter(({ row }) => row.mergedInto === undefined && (!isSettled(row) || reassigned.has(row.key))),
    reassigned: records.reassigned,
  });

  return {
    processOf: await shownKeys(tables, new Map([...groups.about, ...relations.exitOwners])),
    rekeyed: new Map([...(await shownKeys(tables, relations.replaced)), ...records.rekeyed]),
    touched: new Set([...rows.keys(), ...relations.touched]),
  };
}

/** The same map with the keys that processes are shown under. */
async function shownKeys(
  tables: LineageTables,
  keys: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const merged = await tables.mergedKeys([...new Set(keys.values())]);
  return new Map([...keys].map(([name, key]) => [name, merged.get(key) ?? key]));
}
