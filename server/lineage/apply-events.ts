import type { StemmaEvent } from "../event/event.ts";
import { factOf } from "./fact-of.ts";
import type { EventFact } from "./facts.ts";
import { decideHosts } from "./hosts/decide-hosts.ts";
import type { HostNews } from "./hosts/evidence.ts";
import { hostNewsOf } from "./hosts/host-news.ts";
import { type MovedProcesses, moveHosts, serviceNews } from "./hosts/move-hosts.ts";
import { sameEntities } from "./hosts/same-entities.ts";
import { under } from "./hosts/under.ts";
import { loadDuplicateCandidates } from "./load.ts";
import type { ProcessRow } from "./process-row.ts";
import { sessionFacts } from "./resolve/assign-sessions.ts";
import { type FactGroups, groupFacts } from "./resolve/group-facts.ts";
import { isSettled } from "./resolve/parent-question.ts";
import { hasMoved, recordFacts } from "./resolve/record-facts.ts";
import { resolveRecords } from "./resolve/resolve-records.ts";
import { save } from "./save.ts";
import type { LineageTables } from "./tables.ts";
import { type UpdatedRelations, updateRelations } from "./update-relations.ts";
import { updateSessions } from "./update-sessions.ts";

export interface AppliedEvents {
  /** The process that each event is about, by event id; other events are left out. */
  readonly processOf: ReadonlyMap<string, string>;
  /** Keys that were returned earlier and lead to another key now. */
  readonly rekeyed: ReadonlyMap<string, string>;
  /** Processes of which anything but counters changed. */
  readonly touched: ReadonlySet<string>;
  /** Processes whose host turned out to be another one (`hosts/move-hosts.ts`), and exits of which the process did. */
  readonly moved: MovedProcesses;
  /** Hosts that the names in the records of this batch mean, and hosts that other names mean now. */
  readonly hosts: ReadonlySet<string>;
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
  return applyFacts(tables, facts, hostNewsOf(events));
}

/**
 * As `applyEvents`, for facts that were extracted from their events earlier. `news` is what those events, and others
 * without facts, say about hosts.
 */
export async function applyFacts(
  tables: LineageTables,
  facts: readonly EventFact[],
  news: HostNews = { names: [], evidence: [] },
): Promise<AppliedEvents> {
  const names = new Set([...news.names, ...facts.map(({ fact }) => fact.recordedHost ?? fact.host)]);
  let decided = await decideHosts(tables, { names: [...names], evidence: news.evidence });
  const moves: MovedProcesses[] = [];
  const hosts = new Set<string>();
  for (;;) {
    if (decided.moved.size > 0) {
      for (const [name, host] of decided.moved) {
        hosts.add(host).add(decided.names.get(name) ?? name);
      }
      moves.push(await moveHosts(tables, decided, (some) => applyUnder(tables, some)));
    }
    const hostOf = (name: string) => decided.names.get(name) ?? name;
    const own = facts.map((one) => {
      const fact = under(one.fact, hostOf);
      return fact === one.fact ? one : { ...one, fact };
    });
    const groups = groupFacts(own);
    const stored = await tables.rows([...groups.rows.keys()]);
    const { machines, ties } = await sameEntities(tables, groups.rows, stored, decided);
    await tables.saveHosts({
      names: new Map(),
      evidence: [...machines, ...serviceNews(groups.logons, decided.evidence)],
    });
    if (ties.length === 0) {
      return withMoves(await applyGroups(tables, groups, stored), moves, hosts.union(new Set([...names].map(hostOf))));
    }
    decided = await decideHosts(tables, { names: [...names], evidence: ties });
  }
}

type AppliedGroups = Omit<AppliedEvents, "moved" | "hosts"> & Pick<UpdatedRelations, "movedExits">;

/** Facts that were applied before, under other hosts. Their logons are counted already. */
async function applyUnder(tables: LineageTables, facts: readonly EventFact[]): Promise<AppliedGroups> {
  const groups = { ...groupFacts(facts), logonCounts: [] };
  return applyGroups(tables, groups, await tables.rows([...groups.rows.keys()]));
}

/** Keys follow each other: a process that moved may have found its duplicate record in the same batch. */
function withMoves(
  { movedExits, ...applied }: AppliedGroups,
  moves: readonly MovedProcesses[],
  hosts: ReadonlySet<string>,
): AppliedEvents {
  const end = (key: string) => applied.rekeyed.get(key) ?? key;
  const exits: MovedProcesses = {
    keys: new Map(movedExits.map(({ from }) => [from, from])),
    events: new Map(movedExits.map(({ exit, to }) => [exit.source.eventId, to])),
  };
  const moved = [...moves, exits].reduce<MovedProcesses>(
    (all, { keys, events }) => ({
      keys: new Map([...mapped(all.keys, (key) => keys.get(key) ?? key), ...keys]),
      events: new Map([...mapped(all.events, (key) => keys.get(key) ?? key), ...events]),
    }),
    { keys: new Map(), events: new Map() },
  );
  const keys = new Map(mapped(moved.keys, end));
  return { ...applied, moved: { keys, events: new Map(mapped(moved.events, end)) }, hosts };
}

function mapped(keys: ReadonlyMap<string, string>, end: (key: string) => string): Iterable<readonly [string, string]> {
  return [...keys].map(([name, key]) => [name, end(key)] as const);
}

async function applyGroups(
  tables: LineageTables,
  groups: FactGroups,
  stored: ReadonlyMap<string, ProcessRow>,
): Promise<AppliedGroups> {
  // 1. Facts to rows, and duplicate records of one process joined.
  const changes = recordFacts(groups.rows, stored);
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
    movedExits: relations.movedExits,
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
