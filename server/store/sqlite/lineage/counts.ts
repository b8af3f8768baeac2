import { type Account, account } from "#contracts/lineage";
import { userKeyOf } from "../../../lineage/account.ts";
import { betterSpelling, type CountChanges } from "../../lineage/counts.ts";
import { type Connection, text } from "../connection.ts";

const addChildren = "UPDATE processes SET child_count = child_count + ? WHERE key = ?";
const addToCluster = `
  INSERT INTO child_clusters (parent_key, cluster, processes) VALUES (?, ?, ?)
  ON CONFLICT (parent_key, cluster) DO UPDATE SET processes = processes + excluded.processes`;
const dropCluster = "DELETE FROM child_clusters WHERE parent_key = ? AND cluster = ? AND processes = 0";
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

export function writeCounts(connection: Connection, changes: CountChanges): void {
  for (const { key, by } of changes.children) {
    connection.prepare(addChildren).run(by, key);
  }
  for (const { parentKey, cluster, by } of changes.clusters) {
    connection.prepare(addToCluster).run(parentKey, cluster, by);
    if (by < 0) {
      connection.prepare(dropCluster).run(parentKey, cluster);
    }
  }
  for (const { key, by } of changes.sessions) {
    connection.prepare(addToSession).run(by, key);
  }
  for (const { host, processes, sessions } of changes.hosts) {
    connection.prepare(addToHost).run(host, processes, sessions);
  }
  for (const { userKey, host, by } of changes.userHosts) {
    connection.prepare(addToUserHost).run(userKey, host, by);
  }
  for (const { userKey, sessionKey, by } of changes.userSessions) {
    connection.prepare(addToUserSession).run(userKey, sessionKey, by);
  }
}

/** Gives accounts their keys; how each is best written is remembered for people. */
export function userKeeper(connection: Connection): (user: Account) => string {
  const spellings = new Map<string, Account>();
  return (user) => {
    const key = userKeyOf(user);
    const known = spellings.get(key) ?? stored(connection, key);
    const best = known === undefined ? user : betterSpelling(known, user);
    if (best !== known) {
      connection.prepare(upsertUser).run(key, JSON.stringify(best));
    }
    spellings.set(key, best);
    return key;
  };
}

function stored(connection: Connection, key: string): Account | undefined {
  const row = connection.prepare(userByKey).get(key);
  return row === undefined ? undefined : account.parse(JSON.parse(text(row, "body")));
}
