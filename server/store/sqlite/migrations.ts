import { lineageSchema } from "./lineage-schema.ts";

/** A step of the schema: forward only, never edited after a release. */
export interface Migration {
  readonly number: number;
  readonly sql: string;
}

/**
 * Events are append-only. A row carries what queries narrow by, folded to lower case (`event-columns.ts`); the fields and
 * the original record lie compressed in `segments`, about 256 events each. Few indexes: each one costs on every event.
 * `about` is a short hash of the entity id, or of pid and host where there is none: one small index instead of two large ones.
 */
const events = `
  CREATE TABLE segments (id INTEGER PRIMARY KEY, events BLOB NOT NULL, originals BLOB NOT NULL) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    source TEXT NOT NULL, host TEXT, category TEXT, code TEXT, kind TEXT, name TEXT, parent_name TEXT, user TEXT,
    pid TEXT, parent_pid TEXT, entity TEXT, parent_entity TEXT,
    starts INTEGER NOT NULL, about INTEGER,
    segment INTEGER NOT NULL, position INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX events_time ON events (time);
  CREATE INDEX events_about ON events (about) WHERE about IS NOT NULL;
  CREATE INDEX events_starts ON events (pid, host, time) WHERE starts = 1;
  CREATE INDEX events_parent_entity ON events (parent_entity) WHERE parent_entity IS NOT NULL;
  CREATE INDEX events_parent_pid ON events (parent_pid, host) WHERE parent_pid IS NOT NULL;
  CREATE TABLE coverage (
    host TEXT NOT NULL, source TEXT NOT NULL, bucket INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (host, source, bucket)
  ) STRICT, WITHOUT ROWID;
`;

/** What the queue filters, sorts and counts by is in the narrow `alerts`; the rest of an alert is in `alert_bodies`. */
const alerts = `
  CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    rule_id TEXT NOT NULL, rule_name TEXT NOT NULL,
    severity INTEGER NOT NULL, risk REAL NOT NULL, building_block INTEGER NOT NULL,
    time INTEGER NOT NULL, detected_at INTEGER NOT NULL,
    host TEXT NOT NULL, user_key TEXT, user_label TEXT, process_key TEXT, root_key TEXT, shape TEXT,
    status TEXT NOT NULL, close_reason TEXT, tactics TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alerts_time ON alerts (time);
  CREATE INDEX alerts_rule_process ON alerts (rule_id, process_key);
  CREATE INDEX alerts_process ON alerts (process_key);
  CREATE INDEX alerts_root ON alerts (root_key);
  CREATE INDEX alerts_host ON alerts (host, time);
  CREATE INDEX alerts_user ON alerts (user_key, time);
  CREATE INDEX alerts_shape ON alerts (rule_id, shape, status, close_reason);
  -- The queue counts and groups by these alone: see queue-counts.ts and groupKey in queue-filter.ts.
  CREATE INDEX alerts_counts ON alerts
    (rule_id, host, user_key, status, severity, tactics, building_block, rule_name, user_label);
  CREATE INDEX alerts_lineage ON alerts (
    coalesce(root_key, process_key, 'host:' || host), time, id,
    status, building_block, severity, risk, rule_id, host, user_label, root_key, process_key
  );
  CREATE TABLE alert_bodies (
    id TEXT PRIMARY KEY REFERENCES alerts (id) ON DELETE CASCADE,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE alert_texts (
    id TEXT PRIMARY KEY REFERENCES alerts (id) ON DELETE CASCADE,
    search TEXT NOT NULL
  ) STRICT;
  CREATE TABLE alert_tactics (
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, tactic TEXT NOT NULL,
    PRIMARY KEY (alert_id, tactic)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE alert_sources (
    event_id TEXT NOT NULL, rule_id TEXT NOT NULL,
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, rule_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_sources_alert ON alert_sources (alert_id);
  CREATE TABLE alert_aliases (old_id TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_aliases_id ON alert_aliases (id);
`;

const triage = `
  CREATE TABLE answers (
    number INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, step_id TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX answers_alert ON answers (alert_id, step_id, number);
  CREATE TABLE checked_items (alert_id TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (alert_id, item)) STRICT, WITHOUT ROWID;
  CREATE TABLE transitions (number INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX transitions_alert ON transitions (alert_id, number);
  CREATE TABLE exceptions (id TEXT PRIMARY KEY, created_at TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE exception_hits (
    exception_id TEXT NOT NULL REFERENCES exceptions (id), rule_id TEXT NOT NULL, subject TEXT NOT NULL,
    event_id TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (exception_id, rule_id, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX exception_hits_subject ON exception_hits (subject, rule_id);
  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_subject ON audit (subject_kind, subject_id, sequence);
  CREATE TABLE ingests (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, body TEXT NOT NULL) STRICT;
`;

/** What the detection engine carries from one write to the next: begun sequences by rule and join keys. */
const engineState = `
  CREATE TABLE engine_state (
    scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (scope, name)
  ) STRICT, WITHOUT ROWID;
`;

/** Where the audit trail ends, so that taking records off its end shows. */
const auditHead = `
  CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_head (one, sequence, hash) SELECT 1, sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1;
`;

export const migrations: readonly Migration[] = [
  { number: 1, sql: events },
  { number: 2, sql: alerts },
  { number: 3, sql: triage },
  { number: 4, sql: lineageSchema },
  { number: 5, sql: engineState },
  { number: 6, sql: auditHead },
];
