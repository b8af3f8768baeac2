import type { Activity } from "#contracts/lineage";
import { storeChoice } from "../choose-parent.ts";
import type { EventFact, LogonFact } from "../facts.ts";
import { entityKey, SERVICE_LOGONS, startKey } from "../keys.ts";
import { earliest, NO_FACTS, recordedNames } from "../process-facts.ts";
import type { ProcessRow } from "../process-row.ts";
import { distinctLogons } from "../resolve/assign-sessions.ts";
import { sessionsOf } from "../resolve/sessions.ts";
import type { HostContent, LineageTables } from "../tables.ts";
import type { DecidedHosts } from "./decide-hosts.ts";
import { evidenceKey, type HostEvidence } from "./evidence.ts";
import { hostUnder, under } from "./under.ts";

/** Where processes went whose host has another name now. */
export interface MovedProcesses {
  /** Former to current key, for every process whose host was resolved again, also if both are the same. */
  readonly keys: ReadonlyMap<string, string>;
  /** The process that the records of such processes belong to now, by event id. */
  readonly events: ReadonlyMap<string, string>;
}

/** Applies facts to the graph. */
type Apply = (facts: readonly EventFact[]) => Promise<{
  /** The process that each event is about. */
  readonly processOf: ReadonlyMap<string, string>;
  /** Processes that were there already, and turn out to be others. */
  readonly rekeyed: ReadonlyMap<string, string>;
}>;

/** Facts that are applied at once. */
const PAGE = 2000;

/**
 * Resolves hosts again of which names now mean another host: everything that is stored about them is removed, and their
 * facts are applied anew under the hosts that their records name. Former keys stay as pointers.
 */
export async function moveHosts(tables: LineageTables, decided: DecidedHosts, apply: Apply): Promise<MovedProcesses> {
  const keys = new Map<string, string>();
  const events = new Map<string, string>();
  const hostOf = (name: string) => decided.names.get(name) ?? name;
  for (const host of new Set(decided.moved.values())) {
    const content = await tables.takeHost(host);
    const facts = factsOf(content, host).map(({ eventId, fact }) => ({ eventId, fact: under(fact, hostOf) }));
    for (let from = 0; from < facts.length; from += PAGE) {
      const { processOf, rekeyed } = await apply(facts.slice(from, from + PAGE));
      for (const [event, key] of processOf) {
        events.set(event, key);
      }
      for (const former of rekeyed.keys()) {
        keys.set(former, former);
      }
    }
    await restoreServiceSessions(tables, host, decided);
    const moved = await currentKeys(tables, content, events, hostOf);
    await tables.addActivity(activityUnder(content.activity, moved));
    await tables.saveAddresses(
      content.addresses.map(({ address, first, last, recordedHost = host }) => ({
        ...hostUnder(recordedHost, hostOf),
        address,
        first,
        last,
      })),
    );
    await savePointers(tables, moved, hostOf(host));
    await restoreChoices(tables, content.rows, moved);
    const shown = await tables.mergedKeys([...new Set([...moved.values(), ...events.values(), ...keys.values()])]);
    const end = (key: string) => shown.get(key) ?? key;
    for (const [former, key] of keys) {
      keys.set(former, end(moved.get(key) ?? key));
    }
    for (const [former, key] of moved) {
      keys.set(former, end(key));
    }
    for (const [event, key] of events) {
      events.set(event, end(moved.get(key) ?? key));
    }
  }
  return { keys, events };
}

/** Every fact that is stored about a host, from records that named it `host` unless they say otherwise. */
function factsOf({ rows, exits, logons }: HostContent, host: string): readonly EventFact[] {
  const own = [...rows.flatMap(({ facts }) => [...facts.starts, ...facts.ends]), ...exits, ...logons].map((fact) => ({
    eventId: fact.source.eventId,
    fact,
  }));
  const observed = rows.flatMap(({ key, entityId, facts }): readonly EventFact[] => {
    if (facts.observed === undefined || entityId === undefined) {
      return [];
    }
    const { first, names = [], ...attributes } = facts.observed;
    return (names.length === 0 ? [""] : names).map((name) => ({
      eventId: `observed ${key}`,
      fact: { kind: "activity", host, ...(name && { recordedHost: name }), entityId, time: first, ...attributes },
    }));
  });
  return [...own, ...observed];
}

/** Names under which records named service accounts, whose sessions exist without a logon that is kept. */
export function serviceNews(logons: readonly LogonFact[], evidence: readonly HostEvidence[]): readonly HostEvidence[] {
  const known = new Set(evidence.map(evidenceKey));
  const services = logons
    .filter(({ logonId }) => SERVICE_LOGONS.has(logonId))
    .map(
      ({ host, recordedHost = host, logonId }) => ({ kind: "service", name: recordedHost, value: logonId }) as const,
    );
  return services.filter((one) => !known.has(evidenceKey(one)));
}

async function restoreServiceSessions(
  tables: LineageTables,
  host: string,
  { names, evidence, moved }: DecidedHosts,
): Promise<void> {
  const hostOf = (name: string) => names.get(name) ?? name;
  const said = evidence
    .filter(({ kind, name }) => kind === "service" && (moved.get(name) ?? hostOf(name)) === host)
    .map(({ name, value }) => ({ host: hostOf(name), logonId: value }));
  const ids = distinctLogons(said);
  const stored = await tables.logons(ids);
  const absent = ids.filter((_, index) => stored[index]?.sessions.length === 0);
  await tables.replaceSessions(absent.map((id) => ({ ...id, sessions: sessionsOf(id, []) })));
}

/** The key that each row has now. */
async function currentKeys(
  tables: LineageTables,
  { rows, exits }: HostContent,
  events: ReadonlyMap<string, string>,
  hostOf: (name: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map(rows.flatMap((row) => pair(row.key, ownKey(row, hostOf))));
  // A placeholder is what a child or an exit refers to.
  const current = await tables.rows([...keys.values()]);
  const shown = await tables.mergedKeys([...keys.values()]);
  const processes = await tables.rows([...shown.values()]);
  const byExit = new Map(exits.map(({ source: { eventId } }) => [eventId, events.get(eventId)]));
  for (const row of rows) {
    const now = keys.get(row.key);
    const process = now === undefined ? undefined : (processes.get(shown.get(now) ?? "") ?? current.get(now));
    const parent = row.parent?.key;
    if (parent !== undefined && !keys.has(parent) && process?.parent !== undefined) {
      keys.set(parent, process.parent.key);
    }
    const owner = row.exit === undefined ? undefined : byExit.get(row.exit.source.eventId);
    if (owner !== undefined && !keys.has(row.key)) {
      keys.set(row.key, owner);
    }
  }
  const byKey = new Map(rows.map((one) => [one.key, one]));
  for (const row of rows.filter(({ key }) => !keys.has(key))) {
    const visited = new Set<string>();
    let end: ProcessRow | undefined = row;
    while (end !== undefined && !keys.has(end.key) && !visited.has(end.key)) {
      visited.add(end.key);
      end = byKey.get(end.mergedInto ?? "");
    }
    const key = end === undefined ? undefined : keys.get(end.key);
    if (key !== undefined) {
      keys.set(row.key, key);
    }
  }
  // What was a pointer can be a process again, and a placeholder two of them.
  const stored = await tables.rows([...keys.keys()]);
  const isProcess = (key: string) => stored.has(key) && stored.get(key)?.mergedInto === undefined;
  return new Map([...keys].map(([former, key]) => [former, isProcess(former) ? former : key]));
}

function ownKey(row: ProcessRow, hostOf: (name: string) => string): string | undefined {
  if (row.kind === "placeholder") {
    return undefined;
  }
  const start = earliest(row.facts.starts);
  if (row.entityId === undefined) {
    return start === undefined ? undefined : startKey(under(start, hostOf));
  }
  const [name = row.host] = start === undefined ? recordedNames(row) : [start.recordedHost ?? start.host];
  return entityKey(hostOf(name), row.entityId);
}

function activityUnder(
  activity: ReadonlyMap<string, Activity>,
  keys: ReadonlyMap<string, string>,
): ReadonlyMap<string, Activity> {
  return new Map([...activity].map(([key, counts]) => [keys.get(key) ?? key, counts]));
}

/** Keys that were shown once keep leading to their process: see docs/decisions/0029. */
async function savePointers(tables: LineageTables, keys: ReadonlyMap<string, string>, host: string): Promise<void> {
  const changed = [...keys].filter(([former, key]) => former !== key);
  const stored = await tables.rows(changed.flat());
  await tables.saveRows(
    changed
      .filter(([former, key]) => !stored.has(former) && stored.has(key))
      .map(([key, mergedInto]) => ({
        key,
        kind: "placeholder",
        host: stored.get(mergedInto)?.host ?? host,
        facts: NO_FACTS,
        mergedInto,
      })),
  );
}

async function restoreChoices(
  tables: LineageTables,
  rows: readonly ProcessRow[],
  keys: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { key, facts } of rows) {
    if (facts.choice === undefined) {
      continue;
    }
    const now = keys.get(key) ?? key;
    const shown = (await tables.mergedKeys([now])).get(now) ?? now;
    const row = (await tables.rows([shown])).get(shown);
    if (row !== undefined) {
      const { parent } = facts.choice;
      const chosen = parent === undefined ? undefined : (keys.get(parent) ?? parent);
      await storeChoice(tables, row, { ...facts.choice, parent: chosen });
    }
  }
}

function pair<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}
