/** The properties of a process by which it is counted. */
export interface CountedProcess {
  readonly started: boolean;
  readonly host: string;
  readonly userKey: string | undefined;
  readonly sessionKey: string | undefined;
  readonly parentKey: string | undefined;
  readonly childGroup: string | undefined;
}

/** Sums of differences, without those that are zero. */
export interface CountChanges {
  readonly children: readonly { readonly key: string; readonly by: number }[];
  readonly childGroups: readonly { readonly parentKey: string; readonly childGroup: string; readonly by: number }[];
  readonly sessions: readonly { readonly key: string; readonly by: number }[];
  readonly hosts: readonly { readonly host: string; readonly processes: number; readonly sessions: number }[];
  readonly userHosts: readonly { readonly userKey: string; readonly host: string; readonly by: number }[];
  readonly userSessions: readonly { readonly userKey: string; readonly sessionKey: string; readonly by: number }[];
}

export interface LineageCounts {
  /** A process was saved: `before` is what was counted of it until now. */
  replaceProcess(before: CountedProcess | undefined, after: CountedProcess): void;
  addSessions(host: string, by: number): void;
  /** The changes since the last call. */
  drain(): CountChanges;
}

/**
 * Sums up how saved rows change the counters of a store, so that it never has to scan to count. Write the changes after
 * the rows: a parent may be saved after its children.
 */
export function lineageCounts(): LineageCounts {
  const children = new Sums<{ readonly key: string }>();
  const childGroups = new Sums<{ readonly parentKey: string; readonly childGroup: string }>();
  const sessions = new Sums<{ readonly key: string }>();
  const hostProcesses = new Sums<{ readonly host: string }>();
  const hostSessions = new Sums<{ readonly host: string }>();
  const userHosts = new Sums<{ readonly userKey: string; readonly host: string }>();
  const userSessions = new Sums<{ readonly userKey: string; readonly sessionKey: string }>();

  const add = ({ started, host, userKey, sessionKey, parentKey, childGroup }: CountedProcess, by: 1 | -1) => {
    if (parentKey !== undefined) {
      children.add(parentKey, { key: parentKey }, by);
    }
    if (parentKey !== undefined && childGroup !== undefined) {
      childGroups.add(`${parentKey}\u0000${childGroup}`, { parentKey, childGroup }, by);
    }
    if (!started) {
      return;
    }
    hostProcesses.add(host, { host }, by);
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
    replaceProcess(before, after) {
      if (before !== undefined) {
        add(before, -1);
      }
      add(after, 1);
    },
    addSessions: (host, by) => hostSessions.add(host, { host }, by),
    drain() {
      const byHost = new Map<
        string,
        { readonly host: string; readonly processes: number; readonly sessions: number }
      >();
      for (const { host, by } of hostProcesses.drain()) {
        byHost.set(host, { host, processes: by, sessions: 0 });
      }
      for (const { host, by } of hostSessions.drain()) {
        byHost.set(host, { host, processes: byHost.get(host)?.processes ?? 0, sessions: by });
      }
      return {
        children: children.drain(),
        childGroups: childGroups.drain(),
        sessions: sessions.drain(),
        hosts: [...byHost.values()],
        userHosts: userHosts.drain(),
        userSessions: userSessions.drain(),
      };
    },
  };
}

class Sums<T> {
  readonly #sums = new Map<string, T & { readonly by: number }>();

  add(key: string, counted: T, by: number): void {
    this.#sums.set(key, { ...counted, by: (this.#sums.get(key)?.by ?? 0) + by });
  }

  drain(): readonly (T & { readonly by: number })[] {
    const changed = [...this.#sums.values()].filter(({ by }) => by !== 0);
    this.#sums.clear();
    return changed;
  }
}
