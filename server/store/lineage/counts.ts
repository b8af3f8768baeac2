import type { Account } from "#contracts/lineage";

/** What of a process is counted somewhere. */
export interface Counted {
  readonly started: boolean;
  readonly host: string;
  readonly userKey: string | undefined;
  readonly sessionKey: string | undefined;
  readonly parentKey: string | undefined;
  /** Image and command shape: the group among the parent's children. */
  readonly cluster: string | undefined;
}

/** Sums of differences, none of them zero. */
export interface CountChanges {
  readonly children: readonly { readonly key: string; readonly by: number }[];
  readonly clusters: readonly { readonly parentKey: string; readonly cluster: string; readonly by: number }[];
  readonly sessions: readonly { readonly key: string; readonly by: number }[];
  readonly hosts: readonly { readonly host: string; readonly processes: number; readonly sessions: number }[];
  readonly userHosts: readonly { readonly userKey: string; readonly host: string; readonly by: number }[];
  readonly userSessions: readonly { readonly userKey: string; readonly sessionKey: string; readonly by: number }[];
}

export interface LineageCounts {
  move(before: Counted | undefined, after: Counted): void;
  sessions(host: string, by: number): void;
  /** What came together since it was asked last. */
  take(): CountChanges;
}

/**
 * Sums up the differences that saved rows make, so that a store keeps its counters without ever scanning. They are written
 * after the rows: a parent may be saved after its children.
 */
export function lineageCounts(): LineageCounts {
  const children = new Sums<{ readonly key: string }>();
  const clusters = new Sums<{ readonly parentKey: string; readonly cluster: string }>();
  const sessions = new Sums<{ readonly key: string }>();
  const processesOfHosts = new Sums<{ readonly host: string }>();
  const sessionsOfHosts = new Sums<{ readonly host: string }>();
  const userHosts = new Sums<{ readonly userKey: string; readonly host: string }>();
  const userSessions = new Sums<{ readonly userKey: string; readonly sessionKey: string }>();

  const add = ({ started, host, userKey, sessionKey, parentKey, cluster }: Counted, by: 1 | -1) => {
    if (parentKey !== undefined) {
      children.add(parentKey, { key: parentKey }, by);
    }
    if (parentKey !== undefined && cluster !== undefined) {
      clusters.add(`${parentKey}\u0000${cluster}`, { parentKey, cluster }, by);
    }
    if (!started) {
      return;
    }
    processesOfHosts.add(host, { host }, by);
    if (sessionKey !== undefined) {
      sessions.add(sessionKey, { key: sessionKey }, by);
    }
    if (userKey !== undefined) {
      userHosts.add(`${userKey}\u0000${host}`, { userKey, host }, by);
    }
    if (userKey !== undefined && sessionKey !== undefined) {
      userSessions.add(`${userKey}\u0000${sessionKey}`, { userKey, sessionKey }, by);
    }
  };

  return {
    move(before, after) {
      if (before !== undefined) {
        add(before, -1);
      }
      add(after, 1);
    },
    sessions: (host, by) => sessionsOfHosts.add(host, { host }, by),
    take() {
      const byHost = new Map<
        string,
        { readonly host: string; readonly processes: number; readonly sessions: number }
      >();
      for (const { host, by } of processesOfHosts.take()) {
        byHost.set(host, { host, processes: by, sessions: 0 });
      }
      for (const { host, by } of sessionsOfHosts.take()) {
        byHost.set(host, { host, processes: byHost.get(host)?.processes ?? 0, sessions: by });
      }
      return {
        children: children.take(),
        clusters: clusters.take(),
        sessions: sessions.take(),
        hosts: [...byHost.values()],
        userHosts: userHosts.take(),
        userSessions: userSessions.take(),
      };
    },
  };
}

class Sums<T> {
  readonly #sums = new Map<string, T & { readonly by: number }>();

  add(name: string, what: T, by: number): void {
    this.#sums.set(name, { ...what, by: (this.#sums.get(name)?.by ?? 0) + by });
  }

  take(): readonly (T & { readonly by: number })[] {
    const changed = [...this.#sums.values()].filter(({ by }) => by !== 0);
    this.#sums.clear();
    return changed;
  }
}

/** One spelling of an account out of two, the same whichever came first: one with a SID, then the first by alphabet. */
export function betterSpelling(one: Account, other: Account): Account {
  if ((one.id === undefined) !== (other.id === undefined)) {
    return one.id === undefined ? other : one;
  }
  const text = ({ name, domain, id }: Account) => JSON.stringify([name, domain, id]);
  return text(one) <= text(other) ? one : other;
}
