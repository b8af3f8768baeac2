import type { CountChanges } from "../../lineage/counts.ts";
import type { Connection } from "../connection.ts";

const addChildren = "UPDATE processes SET child_count = child_count + ? WHERE key = ?";
const addToChildGroup = `
  INSERT INTO child_clusters (parent_key, cluster, processes) VALUES (?, ?, ?)
  ON CONFLICT (parent_key, cluster) DO UPDATE SET processes = processes + excluded.processes`;
const deleteEmptyChildGroup = "DELETE FROM child_clusters WHERE parent_key = ? AND cluster = ? AND processes = 0";
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

export function writeCounts(connection: Connection, changes: CountChanges): void {
  for (const { key, by } of changes.children) {
    connection.prepare(addChildren).run(by, key);
  }
  for (const { parentKey, childGroup, by } of changes.childGroups) {
    connection.prepare(addToChildGroup).run(parentKey, childGroup, by);
    if (by < 0) {
      connection.prepare(deleteEmptyChildGroup).run(parentKey, childGroup);
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
