/**
 * `processes` holds identities: see `lineage/process-row.ts`. Its columns are for finding and counting rows; facts are
 * in `body`. `user_key` and `session_key` are set only for current processes with a recorded start, so that lists and
 * counts agree. `child_count`, `host_counts`, `user_hosts`, `user_sessions` and `sessions.processes` are updated by
 * differences, never by scanning.
 */
export const lineageSchema = `
  CREATE TABLE processes (
    key TEXT PRIMARY KEY,
    host TEXT NOT NULL, pid INTEGER, name TEXT, at INTEGER,
    shown INTEGER NOT NULL, started INTEGER NOT NULL, observed INTEGER NOT NULL, unused INTEGER NOT NULL,
    user_key TEXT, session_key TEXT, parent_key TEXT, creator_pid INTEGER, merged_into TEXT, twin TEXT,
    child_count INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX processes_pid ON processes (host, pid, at) WHERE pid IS NOT NULL;
  CREATE INDEX processes_host ON processes (host, at, key);
  CREATE INDEX processes_lost_pid ON processes (host, name, at) WHERE pid IS NULL AND name IS NOT NULL;
  CREATE INDEX processes_parent ON processes (parent_key, at, key) WHERE parent_key IS NOT NULL;
  CREATE INDEX processes_creator ON processes (host, creator_pid, at) WHERE creator_pid IS NOT NULL;
  CREATE INDEX processes_session ON processes (session_key, at, key) WHERE session_key IS NOT NULL;
  CREATE INDEX processes_user ON processes (user_key, at, key) WHERE user_key IS NOT NULL;
  CREATE TABLE process_activity (
    key TEXT PRIMARY KEY,
    network INTEGER NOT NULL, dns INTEGER NOT NULL, file INTEGER NOT NULL, registry INTEGER NOT NULL,
    module INTEGER NOT NULL, access INTEGER NOT NULL, injection INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE process_exits (
    event_id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, time INTEGER NOT NULL,
    process_key TEXT, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX process_exits_pid ON process_exits (host, pid, time);
  CREATE TABLE logon_facts (
    event_id TEXT PRIMARY KEY, host TEXT NOT NULL, logon_id TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX logon_facts_id ON logon_facts (host, logon_id);
  CREATE TABLE sessions (
    key TEXT PRIMARY KEY, host TEXT NOT NULL, logon_id TEXT NOT NULL, opened INTEGER, user_key TEXT,
    processes INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_id ON sessions (host, logon_id);
  CREATE INDEX sessions_user ON sessions (user_key) WHERE user_key IS NOT NULL;
  CREATE TABLE users (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE user_hosts (
    user_key TEXT NOT NULL, host TEXT NOT NULL, processes INTEGER NOT NULL, PRIMARY KEY (user_key, host)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE user_sessions (
    user_key TEXT NOT NULL, session_key TEXT NOT NULL, processes INTEGER NOT NULL, PRIMARY KEY (user_key, session_key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX user_sessions_session ON user_sessions (session_key);
  CREATE TABLE host_counts (
    host TEXT PRIMARY KEY, processes INTEGER NOT NULL, sessions INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
