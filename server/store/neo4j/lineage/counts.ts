import type { CountChanges } from "../../lineage/counts.ts";
import type { Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { sendAll } from "./save.ts";

const addToHosts = `
  UNWIND $hosts AS one
  MERGE (h:Host {name: one.host})
  SET h.processes = coalesce(h.processes, 0) + one.processes, h.sessions = coalesce(h.sessions, 0) + one.sessions`;
const addToChildGroups = `
  UNWIND $childGroups AS one
  MERGE (g:ChildGroup {parentKey: one.parentKey, cluster: one.childGroup})
  SET g.processes = coalesce(g.processes, 0) + one.by
  WITH g WHERE g.processes = 0
  DELETE g`;
const addToSessions = `
  UNWIND $sessions AS one
  MATCH (s:Session {key: one.key})
  SET s.processes = coalesce(s.processes, 0) + one.by`;
const addToUsersOnHosts = `
  UNWIND $pairs AS one
  MATCH (u:User {key: one.userKey}), (h:Host {name: one.host})
  MERGE (u)-[r:ACTIVE_ON]->(h)
  SET r.processes = coalesce(r.processes, 0) + one.by
  WITH r WHERE r.processes = 0
  DELETE r`;
const addToUsersInSessions = `
  UNWIND $pairs AS one
  MATCH (u:User {key: one.userKey}), (s:Session {key: one.sessionKey})
  MERGE (u)-[r:ACTIVE_IN]->(s)
  SET r.processes = coalesce(r.processes, 0) + one.by
  WITH r WHERE r.processes = 0
  DELETE r`;

/** The number of children of a process is the degree of its node, so it is not written. */
export function writeCounts(writes: Writes, changes: CountChanges): void {
  sendAll(writes, [
    [addToHosts, "hosts", changes.hosts.map((one) => ({ ...one, host: indexed(one.host) }))],
    [addToChildGroups, "childGroups", changes.childGroups],
    [addToSessions, "sessions", changes.sessions],
    [addToUsersOnHosts, "pairs", changes.userHosts.map((one) => ({ ...one, host: indexed(one.host) }))],
    [addToUsersInSessions, "pairs", changes.userSessions],
  ]);
}
