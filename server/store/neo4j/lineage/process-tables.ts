import type { Activity } from "#contracts/lineage";
import type { ProcessRow } from "../../../lineage/process-row.ts";
import type { ProcessTables } from "../../lineage/port.ts";
import type { Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { text } from "../row.ts";
import { writeCounts } from "./counts.ts";
import { histories, namedPids, startsAround, startsNear } from "./find.ts";
import { STORED_ROW, type StoredRow, storedRow } from "./rows.ts";
import { saveRows, type TransactionState } from "./save.ts";

const rowsByKey = `
  UNWIND $keys AS key MATCH (p:Identity {key: key}) RETURN ${STORED_ROW}`;
const deleteUnusedPlaceholders = `
  UNWIND $keys AS key MATCH (p:Identity {key: key})
  WHERE p.unused AND NOT (p)-[:SPAWNED]->()
  DETACH DELETE p`;
const mergeExits = `
  UNWIND $exits AS exit
  MERGE (x:Exit {eventId: exit.eventId})
  ON CREATE SET x.host = exit.host, x.pid = exit.pid, x.time = exit.time, x.body = exit.body
  SET x.processKey = coalesce(exit.processKey, x.processKey)`;
const addActivityCounts = `
  UNWIND $activity AS one
  MATCH (p:Identity {key: one.key})
  SET p.network = coalesce(p.network, 0) + one.network, p.dns = coalesce(p.dns, 0) + one.dns,
    p.file = coalesce(p.file, 0) + one.file, p.registry = coalesce(p.registry, 0) + one.registry,
    p.module = coalesce(p.module, 0) + one.module, p.access = coalesce(p.access, 0) + one.access,
    p.injection = coalesce(p.injection, 0) + one.injection`;

export function processTables(writes: Writes, state: TransactionState): ProcessTables {
  const load = async (keys: Iterable<string>): Promise<void> => {
    const missing = [...new Set(keys)].filter((key) => !state.rows.has(key));
    if (missing.length === 0) {
      return;
    }
    const found = new Map(
      (await writes.run(rowsByKey, { keys: missing })).map((row) => [text(row, "key"), storedRow(row)]),
    );
    for (const key of missing) {
      state.rows.set(key, found.get(key));
    }
  };

  return {
    async rows(keys) {
      await load(keys);
      return new Map(keys.flatMap((key) => pair(key, state.rows.get(key)?.row)));
    },
    async mergedKeys(keys) {
      const next = (key: string) => state.rows.get(key)?.row.mergedInto;
      for (let open: readonly string[] = keys; open.length > 0; open = open.flatMap((key) => next(key) ?? [])) {
        await load(open);
      }
      const end = (key: string): string => {
        const to = next(key);
        return to === undefined ? key : end(to);
      };
      return new Map(keys.filter((key) => next(key) !== undefined).map((key) => [key, end(key)]));
    },
    startsNear: async (probes, known) => remember(state, await startsNear(writes, probes, known)),
    namedPids: (pids) => namedPids(writes, pids),
    startsAround: (ranges) => startsAround(writes, ranges),
    histories: (probes) => histories(writes, probes, (stored) => state.rows.set(stored.row.key, stored)),
    async saveRows(rows) {
      if (rows.length === 0) {
        return;
      }
      await load(rows.flatMap(({ key, duplicate }) => (duplicate === undefined ? [key] : [key, duplicate])));
      await saveRows(writes, rows, state);
      writeCounts(writes, state.counts.drain());
    },
    async dropUnused(placeholders) {
      if (placeholders.length > 0) {
        writes.later(deleteUnusedPlaceholders, { keys: placeholders });
        for (const key of placeholders) {
          state.rows.delete(key);
          state.deleted.add(key);
        }
      }
    },
    async saveExits(exits) {
      if (exits.length > 0) {
        writes.later(mergeExits, {
          exits: exits.map(({ fact, processKey }) => ({
            eventId: fact.source.eventId,
            host: indexed(fact.host),
            pid: fact.pid ?? -1,
            time: fact.time,
            processKey,
            body: JSON.stringify(fact),
          })),
        });
      }
    },
    async addActivity(activity: ReadonlyMap<string, Activity>) {
      if (activity.size > 0) {
        writes.later(addActivityCounts, { activity: [...activity].map(([key, counters]) => ({ key, ...counters })) });
      }
    },
  };
}

/** Adds rows that were read to those of the transaction, so that they are not read again. */
export function remember(state: TransactionState, found: readonly StoredRow[]): readonly ProcessRow[] {
  for (const stored of found) {
    state.rows.set(stored.row.key, stored);
  }
  return found.map(({ row }) => row);
}

/** Adds the number of sessions of each logon id to `counted`. */
function pair<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}
