import type { Account } from "#contracts/account";
import type { Activity } from "#contracts/lineage";
import { type AccountTie, accountTie } from "./account.ts";
import type { HostAddress } from "./addresses.ts";
import type { ActivityFact, EndFact, Fact, LogonFact, StartFact } from "./facts.ts";
import { entityKey, startKey } from "./keys.ts";
import { addFacts, leastUser, NO_ACTIVITY, NO_FACTS, type ProcessFacts, type ProcessRow } from "./process-row.ts";
import type { LogonIdentity } from "./tables.ts";

/** The facts of a batch of events, gathered per identity. */
export interface FactGroups {
  /** Rows with this batch's facts only. */
  readonly rows: ReadonlyMap<string, ProcessRow>;
  readonly activity: ReadonlyMap<string, Activity>;
  /** Exits that carry no entity id. */
  readonly exits: readonly EndFact[];
  readonly logons: readonly LogonFact[];
  readonly addresses: readonly HostAddress[];
  readonly accounts: readonly AccountTie[];
  /** Event id to the key of the identity that it is about; exits by pid are resolved later. */
  readonly about: ReadonlyMap<string, string>;
}

/** What one event says about processes or logon sessions. */
export interface EventFact {
  readonly eventId: string;
  readonly fact: Fact;
}

/** Gathers what a batch says. Most events are mere activity of a known process: they cost a few map look-ups each. */
export function groupFacts(told: readonly EventFact[]): FactGroups {
  const rows = new Map<string, ProcessRow>();
  const actors = new Map<string, Actor>();
  const exits: EndFact[] = [];
  const logons: LogonFact[] = [];
  const addresses = new Map<string, HostAddress>();
  const accounts = new Map<string, AccountTie>();
  const about = new Map<string, string>();
  const keys = new Map<string, string>();
  const keyOfEntity = (host: string, entityId: string) => {
    const name = `${host}\u0000${entityId}`;
    const key = keys.get(name) ?? entityKey(host, entityId);
    keys.set(name, key);
    return key;
  };
  const add = (row: Omit<ProcessRow, "facts">, facts: Partial<ProcessFacts>) => {
    const known = rows.get(row.key);
    rows.set(row.key, { ...row, facts: addFacts(known?.facts ?? NO_FACTS, { ...NO_FACTS, ...facts }) });
  };
  const addEntity = (host: string, entityId: string, facts: Partial<ProcessFacts>) => {
    const key = keyOfEntity(host, entityId);
    add({ key, kind: "entity", host, entityId }, facts);
    return key;
  };

  const tie = (account: Account | undefined) => {
    const found = account === undefined ? undefined : accountTie(account);
    if (found !== undefined) {
      accounts.set(`${found.userKey}\u0000${found.sid}`, found);
    }
  };

  for (const { eventId, fact } of told) {
    switch (fact.kind) {
      case "activity": {
        if (fact.address !== undefined) {
          const name = `${fact.host}\u0000${fact.address}`;
          addresses.set(name, widened(addresses.get(name), fact.host, fact.address, fact.time));
        }
        const key = keyOfEntity(fact.host, fact.entityId);
        about.set(eventId, key);
        const actor = actors.get(key);
        if (actor === undefined) {
          actors.set(key, actorOf(fact));
        } else {
          observe(actor, fact);
        }
        break;
      }
      case "start":
        about.set(eventId, addStart(fact, add, addEntity));
        tie(fact.user);
        tie(fact.creator);
        break;
      case "end":
        if (fact.entityId === undefined) {
          exits.push(fact);
        } else {
          about.set(eventId, addEntity(fact.host, fact.entityId, { ends: [fact] }));
        }
        break;
      case "logon":
        logons.push(fact);
        tie(fact.user);
        break;
    }
  }
  const activity = new Map<string, Activity>();
  for (const [key, actor] of actors) {
    const { first, pid, executable, user } = actor;
    add(
      { key, kind: "entity", host: actor.host, entityId: actor.entityId },
      { observed: { first, pid, executable, user } },
    );
    activity.set(key, actor.counts);
  }
  return { rows, activity, exits, logons, addresses: [...addresses.values()], accounts: [...accounts.values()], about };
}

function widened(known: HostAddress | undefined, host: string, address: string, time: number): HostAddress {
  return {
    host,
    address,
    first: Math.min(known?.first ?? time, time),
    last: Math.max(known?.last ?? time, time),
  };
}

function addStart(
  fact: StartFact,
  add: (row: Omit<ProcessRow, "facts">, facts: Partial<ProcessFacts>) => void,
  addEntity: (host: string, entityId: string, facts: Partial<ProcessFacts>) => string,
): string {
  const { host, entityId, parentEntityId } = fact;
  if (parentEntityId !== undefined && parentEntityId !== entityId) {
    addEntity(host, parentEntityId, {
      inferred: {
        first: fact.time,
        pid: fact.parentPid,
        executable: fact.parentExecutable,
        commandLine: fact.parentCommandLine,
        user: fact.parentUser,
      },
    });
  }
  if (entityId !== undefined) {
    return addEntity(host, entityId, { starts: [fact] });
  }
  const key = startKey(fact);
  add({ key, kind: "start", host }, { starts: [fact] });
  return key;
}

/** Sums up what one process did in a batch; changed in place because it is touched once per event. */
interface Actor {
  readonly host: string;
  readonly entityId: string;
  first: number;
  pid: number | undefined;
  executable: string | undefined;
  user: ActivityFact["user"];
  readonly counts: { -readonly [K in keyof Activity]: Activity[K] };
}

function actorOf(fact: ActivityFact): Actor {
  const counts = { ...NO_ACTIVITY };
  if (fact.counter !== undefined) {
    counts[fact.counter] = 1;
  }
  const { host, entityId, time, pid, executable, user } = fact;
  return { host, entityId, first: time, pid, executable, user, counts };
}

function observe(actor: Actor, fact: ActivityFact): void {
  if (fact.counter !== undefined) {
    actor.counts[fact.counter] += 1;
  }
  actor.first = Math.min(actor.first, fact.time);
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

/** Each pair of host and logon id once. */
export function distinctLogons(all: readonly LogonIdentity[]): readonly LogonIdentity[] {
  return [...new Map(all.map(({ host, logonId }) => [`${host}\u0000${logonId}`, { host, logonId }])).values()];
}
