import type { CountChanges } from "../../lineage/counts.ts";
import type { Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { sendAll } from "./save.ts";

const ofHosts = `
  UNWIND $hosts AS one
  MERGE (h:Host {name: one.host})
  SET h.processes = coalesce(h.processes, 0) + one.processes, h.sessions = coalesce(h.sessions, 0) + one.sessions`;
const ofClusters = `
  UNWIND $clusters AS one
  MERGE (g:ChildGroup {parentKey: one.parentKey, cluster: one.cluster})
  SET g.processes = coalesce(g.processes, 0) + one.by
  WITH g WHERE g.processes = 0
  DELETE g`;
const ofSessions = `
  UNWIND $sessions AS one
  MATCH (s:Session {key: one.key})
  SET s.processes = coalesce(s.processes, 0) + one.by`;
const ofUserHosts = `
  UNWIND $pairs AS one
  MATCH (u:User {key: one.userKey}), (h:Host {name: one.host})
  MERGE (u)-[r:ACTIVE_ON]->(h)
  SET r.processes = coalesce(r.processes, 0) + one.by
  WITH r WHERE r.processes = 0
  DELETE r`;
const ofUserSessions = `
  UNWIND $pairs AS one
  MATCH (u:User {key: one.userKey}), (s:Session {key: one.sessionKey})
  MERGE (u)-[r:ACTIVE_IN]->(s)
  SET r.processes = coalesce(r.processes, 0) + one.by
  WITH r WHERE r.processes = 0
  DELETE r`;

/** How many children a process has is the degree of its node, so that is not written. */
export function writeCounts(writes: Writes, changes: CountChanges): void {
  sendAll(writes, [
    [ofHosts, "hosts", changes.hosts.map((one) => ({ ...one, host: indexed(one.host) }))],
    [ofClusters, "clusters", changes.clusters],
    [ofSessions, "sessions", changes.sessions],
    [ofUserHosts, "pairs", changes.userHosts.map((one) => ({ ...one, host: indexed(one.host) }))],
    [ofUserSessions, "pairs", changes.userSessions],
  ]);
}
