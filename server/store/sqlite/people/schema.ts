/** People, their ways to sign in, sign-in sessions and service tokens. Secrets are stored as hashes. */
export const peopleSchema = `
  CREATE TABLE people (
    id TEXT PRIMARY KEY,
    user_name_key TEXT NOT NULL UNIQUE, external_key TEXT UNIQUE, name_order TEXT NOT NULL,
    active_administrator INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX people_name ON people (name_order, id);
  CREATE INDEX people_administrators ON people (id) WHERE active_administrator = 1;
  CREATE TABLE passwords (person_id TEXT PRIMARY KEY REFERENCES people (id), body TEXT NOT NULL) STRICT;
  CREATE TABLE passkeys (
    id TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (id), created_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX passkeys_person ON passkeys (person_id, created_at, id);
  CREATE TABLE sign_in_links (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    hash TEXT NOT NULL UNIQUE, expires_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sign_in_links_expiry ON sign_in_links (expires_at);
  CREATE TABLE sign_in_sessions (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, person_id TEXT NOT NULL REFERENCES people (id),
    started_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sign_in_sessions_person ON sign_in_sessions (person_id, started_at, id);
  CREATE INDEX sign_in_sessions_expiry ON sign_in_sessions (expires_at);
  CREATE INDEX sign_in_sessions_use ON sign_in_sessions (last_used_at);
  CREATE TABLE service_tokens (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
    last_used_at INTEGER, last_used_from TEXT, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX service_tokens_created ON service_tokens (created_at, id);
`;
