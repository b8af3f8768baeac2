import type { Account } from "#contracts/lineage";
import { userKeyOf } from "../../lineage/account.ts";
import { type Connection, text } from "./connection.ts";

/** What of a process is counted somewhere. */
export interface Counted {
  readonly started: boolean;
  readonly host: string;
  readonly userKey: string | undefined;
  readonly sessionKey: string | undefined;
  readonly parentKey: string | undefined;
}

const addChildren = "UPDATE processes SET child_count = child_count + ? WHERE key = ?";
const addToSession = "UPDATE sessions SET processes = processes + ? WHERE key = ?";
const addToHost = `
  INSERT INTO host_counts (host, processes, sessions) VALUES (?, ?, ?)
  ON CONFLICT (host) DO UPDATE SET processes = processes + excluded.processes, sessions = sessions + excluded.sessions`;
const addToUserHost = `
  INSERT INTO user_hosts (user_key, host, processes) VALUES (?, ?, ?)
  ON CONFLICT (user_key, host) DO UPDATE SET processes = processes + excluded.processes`;
const addToUserSession = `
  INSERT INTO user_sessions (user_key, session_key, processes) VALUES (?, ?, ?)
  ON CONFLICT (user_key, session_key) DO UPDATE SET processes = processes + excluded.processes`;
const userByKey = "SELECT body FROM users WHERE key = ?";
const upsertUser = "INSERT INTO users (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body";

/** Sums up the differences that saved rows make and writes them when asked: a parent may be saved after its children. */
export function lineageCounts(connection: Connection) {
  const children = new Map<string, number>();
  const sessions = new Map<string, number>();
  const hosts = new Map<string, { processes: number; sessions: number }>();
  const userHosts = new Map<string, readonly [string, string, number]>();
  const userSessions = new Map<string, readonly [string, string, number]>();
  const accounts = new Map<string, string>();

  const addPair = (to: typeof userHosts, first: string, second: string, by: number) => {
    const name = `${first}\u0000${second}`;
    to.set(name, [first, second, (to.get(name)?.[2] ?? 0) + by]);
  };
  const hostCounts = (host: string) => {
    const known = hosts.get(host) ?? { processes: 0, sessions: 0 };
    hosts.set(host, known);
    return known;
  };
  const add = ({ started, host, userKey, sessionKey, parentKey }: Counted, by: 1 | -1) => {
    if (parentKey !== undefined) {
      children.set(parentKey, (children.get(parentKey) ?? 0) + by);
    }
    if (!started) {
      return;
    }
    hostCounts(host).processes += by;
    if (sessionKey !== undefined) {
      sessions.set(sessionKey, (sessions.get(sessionKey) ?? 0) + by);
    }
    if (userKey !== undefined) {
      addPair(userHosts, userKey, host, by);
      if (sessionKey !== undefined) {
        addPair(userSessions, userKey, sessionKey, by);
      }
    }
  };

  return {
    move(before: Counted | undefined, after: Counted): void {
      if (before !== undefined) {
        add(before, -1);
      }
      add(after, 1);
    },
    sessions(host: string, by: number): void {
      hostCounts(host).sessions += by;
    },
    /** Key of an account; how it is written is remembered for people. */
    user(account: Account): string {
      const key = userKeyOf(account);
      const body = JSON.stringify(account);
      const known = accounts.get(key) ?? stored(connection, key);
      const best = known === undefined || isBetter(body, known) ? body : known;
      if (best !== known) {
        connection.prepare(upsertUser).run(key, best);
      }
      accounts.set(key, best);
      return key;
    },
    flush(): void {
      write(children, (key, by) => connection.prepare(addChildren).run(by, key));
      write(sessions, (key, by) => connection.prepare(addToSession).run(by, key));
      for (const [host, by] of hosts) {
        if (by.processes !== 0 || by.sessions !== 0) {
          connection.prepare(addToHost).run(host, by.processes, by.sessions);
        }
      }
      hosts.clear();
      for (const [pairs, sql] of [
        [userHosts, addToUserHost],
        [userSessions, addToUserSession],
      ] as const) {
        for (const [first, second, by] of pairs.values()) {
          if (by !== 0) {
            connection.prepare(sql).run(first, second, by);
          }
        }
        pairs.clear();
      }
    },
  };
}

function write(sums: Map<string, number>, apply: (key: string, by: number) => void): void {
  for (const [key, by] of sums) {
    if (by !== 0) {
      apply(key, by);
    }
  }
  sums.clear();
}

function stored(connection: Connection, key: string): string | undefined {
  const row = connection.prepare(userByKey).get(key);
  return row === undefined ? undefined : text(row, "body");
}

/** One spelling out of many, the same whichever came first: one with a SID, then the first by alphabet. */
function isBetter(body: string, known: string): boolean {
  const hasId = (one: string) => one.includes('"id":');
  return hasId(body) === hasId(known) ? body < known : hasId(body);
}
