import type { Account } from "#contracts/account";
import type { SourceRef } from "#contracts/event";
import type { Activity } from "#contracts/lineage";
import { type AccountTie, accountTie, earlierTie } from "../account.ts";
import type { HostAddress } from "../addresses.ts";
import type { ActivityFact, EndFact, EventFact, LogonFact, StartFact } from "../facts.ts";
import { entityKey, startKey } from "../keys.ts";
import { countLogons, type LogonCount } from "../logon-counts.ts";
import { otherHalf } from "../logon-fact.ts";
import { leastUser, mergeFacts, NO_ACTIVITY, NO_FACTS, type ProcessFacts } from "../process-facts.ts";
import type { ProcessRow } from "../process-row.ts";

/** The facts of a batch of events, grouped by what they are about. */
export interface FactGroups {
  /** By key: rows that hold all facts of this batch, and no others. */
  readonly rows: ReadonlyMap<string, ProcessRow>;
  readonly activity: ReadonlyMap<string, Activity>;
  /** Exits that contain no entity id. */
  readonly exits: readonly EndFact[];
  readonly logons: readonly LogonFact[];
  readonly addresses: readonly HostAddress[];
  readonly accounts: readonly AccountTie[];
  readonly logonCounts: readonly LogonCount[];
  /** Event id to the key of its row. Exits without an entity id are resolved later. */
  readonly about: ReadonlyMap<string, string>;
}

/** Groups facts in one pass. Most events are activity of a known process: each costs a few map lookups. */
export function groupFacts(facts: readonly EventFact[]): FactGroups {
  const rows = rowGroups();
  const actors = new Map<string, Actor>();
  const exits: EndFact[] = [];
  const logons: LogonFact[] = [];
  const addresses = addressGroups();
  const accounts = accountTies();
  const logonCounts = countLogons();
  const about = new Map<string, string>();
  for (const { eventId, fact } of facts) {
    switch (fact.kind) {
      case "activity": {
        addresses.add(fact);
        const key = rows.keyOf(fact.host, fact.entityId);
        about.set(eventId, key);
        const actor = actors.get(key);
        if (actor === undefined) {
          actors.set(key, actorOf(fact));
        } else {
          count(actor, fact);
        }
        break;
      }
      case "start":
        about.set(eventId, rows.addStart(fact));
        accounts.add(fact.user, fact.source);
        accounts.add(fact.creator, fact.source);
        break;
      case "end":
        if (fact.entityId === undefined) {
          exits.push(fact);
        } else {
          about.set(eventId, rows.addEntity(fact.host, fact.entityId, { ends: [fact] }));
        }
        break;
      case "logon":
        logons.push(fact);
        addOtherHalf(logons, fact);
        accounts.add(fact.user, fact.source);
        logonCounts.add(fact);
        break;
      case "failed-logon":
        logonCounts.add(fact);
        break;
    }
  }
  for (const { host, entityId, first, pid, executable, user, names } of actors.values()) {
    rows.addEntity(host, entityId, { observed: { first, pid, executable, user, ...namesOf(host, names) } });
  }
  return {
    rows: rows.rows,
    activity: new Map([...actors].map(([key, { counts }]) => [key, counts])),
    exits,
    logons,
    addresses: addresses.all(),
    accounts: accounts.all(),
    logonCounts: logonCounts.all(),
    about,
  };
}

function addOtherHalf(logons: LogonFact[], fact: LogonFact): void {
  const other = fact.what === "opened" ? otherHalf(fact) : undefined;
  if (other !== undefined) {
    logons.push(other);
  }
}

function rowGroups() {
  const rows = new Map<string, ProcessRow>();
  const keys = new Map<string, string>();
  /** Hashing a key is expensive, and most events of a batch are about few processes. */
  const keyOf = (host: string, entityId: string) => {
    const name = `${host}\u0000${entityId}`;
    const key = keys.get(name) ?? entityKey(host, entityId);
    keys.set(name, key);
    return key;
  };
  const add = (row: Omit<ProcessRow, "facts">, facts: Partial<ProcessFacts>) => {
    const known = rows.get(row.key);
    rows.set(row.key, { ...row, facts: mergeFacts(known?.facts ?? NO_FACTS, { ...NO_FACTS, ...facts }) });
    return row.key;
  };
  const addEntity = (host: string, entityId: string, facts: Partial<ProcessFacts>) =>
    add({ key: keyOf(host, entityId), kind: "entity", host, entityId }, facts);
  const addStart = (fact: StartFact) => {
    const { host, entityId, parentEntityId } = fact;
    if (parentEntityId !== undefined && parentEntityId !== entityId) {
      addEntity(host, parentEntityId, { inferred: inferredFrom(fact) });
    }
    return entityId === undefined
      ? add({ key: startKey(fact), kind: "start", host }, { starts: [fact] })
      : addEntity(host, entityId, { starts: [fact] });
  };
  return { rows, keyOf, addEntity, addStart };
}

/** What the start of a child shows about its parent. */
function inferredFrom(child: StartFact): ProcessFacts["inferred"] {
  return {
    first: child.time,
    pid: child.parentPid,
    executable: child.parentExecutable,
    commandLine: child.parentCommandLine,
    user: child.parentUser,
    ...namesOf(child.host, child.recordedHost),
  };
}

/** Only where a record has another name of the host than the one that the host is stored under. */
function namesOf(host: string, recorded: string | ReadonlySet<string> | undefined) {
  const names = typeof recorded === "string" ? [recorded] : [...(recorded ?? [])];
  return names.every((name) => name === host) ? {} : { names: names.map((name) => (name === host ? "" : name)).sort() };
}

function addressGroups() {
  const addresses = new Map<string, HostAddress>();
  return {
    add({ host, recordedHost, address, time }: ActivityFact) {
      if (address !== undefined) {
        const name = `${recordedHost ?? host}\u0000${address}`;
        const { first, last } = addresses.get(name) ?? { first: time, last: time };
        const period = { first: Math.min(first, time), last: Math.max(last, time) };
        addresses.set(name, { host, ...(recordedHost && { recordedHost }), address, ...period });
      }
    },
    all: () => [...addresses.values()],
  };
}

function accountTies() {
  const ties = new Map<string, AccountTie>();
  return {
    add(account: Account | undefined, source: SourceRef) {
      const tie = account === undefined ? undefined : accountTie(account, source);
      if (tie !== undefined) {
        const name = `${tie.userKey}\u0000${tie.sid}`;
        ties.set(name, earlierTie(tie, ties.get(name)));
      }
    },
    all: () => [...ties.values()],
  };
}

/** What one process did in a batch. Modified in place, because it is touched once per event. */
interface Actor {
  readonly host: string;
  readonly entityId: string;
  first: number;
  pid: number | undefined;
  executable: string | undefined;
  user: ActivityFact["user"];
  /** Names of the host in the records. */
  names: string | Set<string>;
  readonly counts: { -readonly [K in keyof Activity]: Activity[K] };
}

function actorOf(fact: ActivityFact): Actor {
  const counts = { ...NO_ACTIVITY };
  if (fact.counter !== undefined) {
    counts[fact.counter] = 1;
  }
  const { host, recordedHost = host, entityId, time, pid, executable, user } = fact;
  return { host, entityId, first: time, pid, executable, user, names: recordedHost, counts };
}

function count(actor: Actor, fact: ActivityFact): void {
  if (fact.counter !== undefined) {
    actor.counts[fact.counter] += 1;
  }
  actor.first = Math.min(actor.first, fact.time);
  const name = fact.recordedHost ?? fact.host;
  if (name !== actor.names) {
    actor.names = typeof actor.names === "string" ? new Set([actor.names, name]) : actor.names.add(name);
  }
  if (fact.pid !== undefined && (actor.pid === undefined || fact.pid < actor.pid)) {
    actor.pid = fact.pid;
  }
  if (fact.executable !== undefined && (actor.executable === undefined || fact.executable < actor.executable)) {
    actor.executable = fact.executable;
  }
  const { user } = fact;
  if (user !== undefined && user.name !== actor.user?.name) {
    actor.user = leastUser(user, actor.user);
  }
}
