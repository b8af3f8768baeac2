import { index, unique } from "../schema.ts";

/**
 * The graph: `docs/graph.md` explains its labels, properties and relationships. Every row of lineage is an `Identity`,
 * and also a `Process`, or a `Twin` if it was merged into another row. Composite indexes also provide the order of
 * pages.
 */
export const lineageSchema: readonly string[] = [
  unique("identity_key", "Identity", "key"),
  index("identity_pid", "Identity", "host", "ownPid", "at"),
  index("identity_lost_pid", "Identity", "host", "lostName", "at"),
  index("identity_host", "Identity", "host", "at", "key"),
  index("identity_parent", "Identity", "parentKey", "at", "key"),
  index("identity_cluster", "Identity", "parentKey", "cluster", "at", "key"),
  index("identity_creator", "Identity", "host", "creatorPid", "at"),
  index("identity_session", "Identity", "sessionKey", "at", "key"),
  index("identity_user", "Identity", "userKey", "at", "key"),
  index("process_name", "Process", "name", "at", "key"),
  index("process_hash", "Process", "hash", "at", "key"),
  unique("child_group", "ChildGroup", "parentKey", "cluster"),
  unique("host_name", "Host", "name"),
  unique("user_key", "User", "key"),
  unique("account_tie", "AccountTie", "userKey", "sid"),
  unique("endpoint_address", "Endpoint", "address"),
  unique("session_key", "Session", "key"),
  index("session_logon", "Session", "host", "logonId"),
  unique("exit_event", "Exit", "eventId"),
  index("exit_pid", "Exit", "host", "pid", "time"),
  unique("logon_event", "Logon", "eventId"),
  index("logon_id", "Logon", "host", "logonId"),
  index("logon_host", "Logon", "host", "what", "time"),
  index("logon_address", "Logon", "address", "what", "time"),
  index("logon_target", "Logon", "target", "what", "time"),
];
