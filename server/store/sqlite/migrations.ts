import { changeLog } from "./alerts/change-log.ts";
import { searchDecodedTexts } from "./alerts/decoded-texts.ts";
import { alertHeadIndexes } from "./alerts/heads.ts";
import { alertKinds } from "./alerts/kinds.ts";
import { isWorked } from "./alerts/queue-filter.ts";
import { auditTimeIndex } from "./audit/reader.ts";
import { batchLeftTable, batchTables } from "./batches/adapter.ts";
import type { Connection } from "./connection.ts";
import { deliveryTable } from "./deliveries/adapter.ts";
import { activityKinds, activityTable, deriveActivity } from "./events/activity.ts";
import { deriveFilters, segmentFilterTable } from "./events/segment-filters.ts";
import { programNames } from "./find/reader.ts";
import { accountTables } from "./lineage/accounts.ts";
import { lineageSchema } from "./lineage/schema.ts";
import { peopleSchema } from "./people/schema.ts";
import { savedViewTable } from "./saved-views/adapter.ts";
import { attachedTextTable } from "./triage/adapter.ts";
import { valueListTables } from "./value-lists/adapter.ts";

/** One step of the schema. Steps only move forward and are never edited after a release. */
export interface Migration {
  readonly number: number;
  readonly sql: string;
  /** Derives values for data that is already stored; in the transaction of the migration. */
  readonly backfill?: (connection: Connection) => void;
}

/**
 * Events are append-only. A row holds the columns that queries prefilter by, case-folded (`store/events/columns.ts`);
 * the fields and the original record are compressed in `segments`, about 256 events each. Few indexes, because each one
 * costs on every event. `about` is a short hash of the entity id, or else of host and pid: one small index instead of
 * two large ones. See docs/decisions/0012.
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

/** `alerts` holds only what the queue filters, sorts and counts by; the whole alert is in `alert_bodies`. */
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
  -- Covers counting and grouping in the queue: see queue-counts.ts and groupKey in queue-filter.ts.
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

/** When a hit was counted: unknown for those from before, and for those that are counted with saving. */
const exceptionHitTimes = `
  ALTER TABLE exception_hits ADD COLUMN counted_at INTEGER;
  CREATE INDEX exception_hits_time ON exception_hits (exception_id, time, rule_id, subject);
`;

/** What the detection engine carries from one write to the next, such as started sequences by rule and join keys. */
const engineState = `
  CREATE TABLE engine_state (
    scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (scope, name)
  ) STRICT, WITHOUT ROWID;
`;

/** The end of the audit trail, stored apart so that removing its last records is noticed. */
const auditHead = `
  CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_head (one, sequence, hash) SELECT 1, sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1;
`;

const settings = `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE rule_versions (
    rule_id TEXT NOT NULL, hash TEXT NOT NULL,
    version TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
    PRIMARY KEY (rule_id, hash)
  ) STRICT;
`;

/** The incident of each alert in a column (`alert/incident-key.ts`), since alerts can be removed from theirs. */
const incidents = `
  ALTER TABLE alerts ADD COLUMN item_key TEXT NOT NULL DEFAULT '';
  UPDATE alerts SET item_key = coalesce(root_key, process_key, 'host:' || host);
  DROP INDEX alerts_lineage;
  CREATE INDEX alerts_item ON alerts
    (item_key, time, id, status, building_block, severity, risk, rule_id, host, user_label);
`;

/** Child groups, logon records by time, address and target, addresses of hosts, names and SIDs of accounts. */
const relatedProcesses = `
  ALTER TABLE processes ADD COLUMN cluster TEXT;
  -- Existing rows are grouped by name alone until they are saved again.
  UPDATE processes SET cluster = 'name:' || coalesce(name, '') WHERE parent_key IS NOT NULL;
  CREATE INDEX processes_cluster ON processes (parent_key, cluster, at, key) WHERE parent_key IS NOT NULL;
  CREATE TABLE child_clusters (
    parent_key TEXT NOT NULL, cluster TEXT NOT NULL, processes INTEGER NOT NULL, PRIMARY KEY (parent_key, cluster)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO child_clusters
    SELECT parent_key, cluster, count(*) FROM processes WHERE parent_key IS NOT NULL GROUP BY parent_key, cluster;
  ALTER TABLE logon_facts ADD COLUMN what TEXT NOT NULL DEFAULT '';
  ALTER TABLE logon_facts ADD COLUMN time INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE logon_facts ADD COLUMN address TEXT;
  ALTER TABLE logon_facts ADD COLUMN target TEXT;
  UPDATE logon_facts SET what = json_extract(body, '$.what'), time = json_extract(body, '$.time'),
    address = json_extract(body, '$.sourceIp');
  CREATE INDEX logon_facts_host ON logon_facts (host, what, time);
  CREATE INDEX logon_facts_address ON logon_facts (address, time) WHERE address IS NOT NULL;
  CREATE INDEX logon_facts_target ON logon_facts (target, time) WHERE target IS NOT NULL;
  CREATE TABLE host_addresses (
    host TEXT NOT NULL, address TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (address, host)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX host_addresses_host ON host_addresses (host);
  CREATE TABLE account_ties (user_key TEXT NOT NULL, sid TEXT NOT NULL, PRIMARY KEY (user_key, sid)) STRICT, WITHOUT ROWID;
`;

/** Runs of an image or file hash in order of time, for comparing a process with others. */
const runs = `
  ALTER TABLE processes ADD COLUMN hash TEXT;
  CREATE INDEX processes_image ON processes (name, at, key, cluster, host) WHERE started = 1;
  CREATE INDEX processes_hash ON processes (hash, at, key, host) WHERE hash IS NOT NULL;
`;

/** Lets the queue's histogram and the time span of its counts be answered from the indexes alone. */
const queueSpans = `
  DROP INDEX alerts_time;
  CREATE INDEX alerts_time ON alerts (time, status, building_block);
  DROP INDEX alerts_counts;
  CREATE INDEX alerts_counts ON alerts
    (rule_id, host, user_key, status, severity, tactics, building_block, rule_name, user_label, time);
`;

/** Alerts removed from an incident, by its key. */
const removedAlerts = `
  ALTER TABLE alerts ADD COLUMN left_item TEXT;
  UPDATE alerts SET left_item = coalesce(root_key, process_key, 'host:' || host) WHERE item_key = 'alert:' || id;
  CREATE INDEX alerts_left_item ON alerts (left_item, time, id) WHERE left_item IS NOT NULL;
`;

/**
 * Prefilters alert searches by host and user. Existing alerts count as "several values", so they always reach the
 * evaluator.
 */
const alertPrefilter = `
  ALTER TABLE alerts ADD COLUMN said_host TEXT;
  ALTER TABLE alerts ADD COLUMN said_user TEXT;
  UPDATE alerts SET said_host = char(1), said_user = char(1);
  CREATE INDEX alerts_said_host ON alerts (said_host, time);
  CREATE INDEX alerts_said_user ON alerts (said_user, time);
`;

/**
 * One row per combination of host and user in alert documents, so that a search calls the evaluator once for many
 * alerts. Existing combinations count as "several values", so they always reach the evaluator. See docs/decisions/0023.
 */
const alertSubjects = `
  DROP INDEX alerts_said_host;
  DROP INDEX alerts_said_user;
  ALTER TABLE alerts DROP COLUMN said_host;
  ALTER TABLE alerts DROP COLUMN said_user;
  ALTER TABLE alerts ADD COLUMN subject INTEGER;
  CREATE TABLE alert_subjects (
    id INTEGER PRIMARY KEY, host TEXT, user TEXT, user_id TEXT, body TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE INDEX alert_subjects_host ON alert_subjects (host);
  CREATE INDEX alert_subjects_user ON alert_subjects (user);
  CREATE INDEX alert_subjects_user_id ON alert_subjects (user_id);
  CREATE TEMP TABLE said AS SELECT id, json_patch('{}', json_object(
    'host.name', json(body -> '$.fields."host.name"'),
    'user.name', json(coalesce(body -> '$.user.name', body -> '$.fields."user.name"')),
    'user.domain', json(coalesce(body -> '$.user.domain', body -> '$.fields."user.domain"')),
    'user.id', json(coalesce(body -> '$.user.id', body -> '$.fields."user.id"'))
  )) AS body FROM alert_bodies;
  INSERT INTO alert_subjects (host, user, user_id, body) SELECT DISTINCT char(1), char(1), char(1), body FROM said;
  UPDATE alerts SET subject = s.id FROM said JOIN alert_subjects s USING (body) WHERE said.id = alerts.id;
  DROP TABLE said;
  CREATE INDEX alerts_subject ON alerts (subject, time, id);
`;

/**
 * Values of alert documents, for finding few alerts among many. Existing alerts are filed under 0, which always
 * matches. See docs/decisions/0027.
 */
const alertValues = `
  CREATE TABLE alert_values (value INTEGER NOT NULL, alert_id TEXT NOT NULL, PRIMARY KEY (value, alert_id)) STRICT, WITHOUT ROWID;
  INSERT INTO alert_values SELECT 0, id FROM alerts;
`;

/** Answers and exceptions that were put forward for a person to decide. See docs/decisions/0043. */
const proposals = `
  CREATE TABLE proposals (
    id TEXT PRIMARY KEY, alert_id TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, account TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX proposals_alert ON proposals (alert_id, state, at, id);
  CREATE INDEX proposals_at ON proposals (at, id);
  CREATE INDEX proposals_open ON proposals (account) WHERE state = 'open';
`;

/** Everybody's navigation asks how many proposals are open, however many were decided on. */
const proposalsByState = "CREATE INDEX proposals_state ON proposals (state, at, id);";

const countedColumns = [
  "rule_id",
  "host",
  "user_key",
  "status",
  "severity",
  "tactics",
  "building_block",
  "rule_name",
  "user_label",
] as const;
const countedAs = (row: "NEW" | "OLD") => countedColumns.map((column) => `${column} IS ${row}.${column}`).join(" AND ");
const countIn = `
    INSERT INTO alert_counts SELECT ${countedColumns.map((column) => `NEW.${column}`).join(", ")}, 0
      WHERE NOT EXISTS (SELECT 1 FROM alert_counts WHERE ${countedAs("NEW")});
    UPDATE alert_counts SET alerts = alerts + 1 WHERE ${countedAs("NEW")};`;
const countOut = `
    UPDATE alert_counts SET alerts = alerts - 1 WHERE ${countedAs("OLD")};
    DELETE FROM alert_counts WHERE ${countedAs("OLD")} AND alerts = 0;`;

/**
 * How many alerts there are of every combination that the queue counts by, and how often alerts have changed. Triggers
 * keep both, whoever writes. See docs/decisions/0034.
 */
const alertCounts = `
  CREATE TABLE alert_counts (
    rule_id TEXT NOT NULL, host TEXT NOT NULL, user_key TEXT, status TEXT NOT NULL, severity INTEGER NOT NULL,
    tactics TEXT NOT NULL, building_block INTEGER NOT NULL, rule_name TEXT NOT NULL, user_label TEXT,
    alerts INTEGER NOT NULL
  ) STRICT;
  INSERT INTO alert_counts
    SELECT ${countedColumns.join(", ")}, count(*) FROM alerts GROUP BY ${countedColumns.join(", ")};
  CREATE INDEX alert_counts_key ON alert_counts (rule_id, host, user_key, status);
  CREATE TABLE alert_changes (one INTEGER PRIMARY KEY CHECK (one = 1), changes INTEGER NOT NULL) STRICT;
  INSERT INTO alert_changes VALUES (1, 0);
  CREATE TRIGGER alerts_inserted AFTER INSERT ON alerts BEGIN
    UPDATE alert_changes SET changes = changes + 1;${countIn}
  END;
  CREATE TRIGGER alerts_deleted AFTER DELETE ON alerts BEGIN
    UPDATE alert_changes SET changes = changes + 1;${countOut}
  END;
  CREATE TRIGGER alerts_updated AFTER UPDATE ON alerts BEGIN
    UPDATE alert_changes SET changes = changes + 1;
  END;
  CREATE TRIGGER alerts_counted_otherwise AFTER UPDATE ON alerts
  WHEN ${countedColumns.map((column) => `NEW.${column} IS NOT OLD.${column}`).join(" OR ")}
  BEGIN${countOut}${countIn}
  END;
`;

/**
 * The names of hosts, the host that each means, and the evidence for it. A host of NULL is decided by the next ingest:
 * until then, what is stored about it is stored under its own name. Addresses keep the name that they were recorded
 * under. See docs/decisions/0049.
 */
const hostNames = `
  CREATE TABLE host_names (name TEXT PRIMARY KEY, host TEXT) STRICT, WITHOUT ROWID;
  CREATE INDEX host_names_host ON host_names (host);
  CREATE TABLE host_evidence (
    kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (name, kind, value)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX host_evidence_value ON host_evidence (kind, value);
  INSERT INTO host_names (name)
    SELECT host FROM host_counts UNION SELECT host FROM logon_facts UNION SELECT host FROM host_addresses
    UNION SELECT host FROM processes UNION SELECT host FROM coverage WHERE host <> '';
  INSERT INTO host_evidence
    SELECT 'service', host, logon_id, json_object('kind', 'service', 'name', host, 'value', logon_id)
    FROM sessions WHERE logon_id IN ('0x3e7', '0x3e4', '0x3e5');
  CREATE TABLE recorded_addresses (
    host TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (address, host, name)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO recorded_addresses SELECT host, host, address, first, last FROM host_addresses;
  DROP TABLE host_addresses;
  ALTER TABLE recorded_addresses RENAME TO host_addresses;
  CREATE INDEX host_addresses_host ON host_addresses (host);
`;

/**
 * What people did about incidents, found by the incident that its `alert_id` belongs to now: keys of incidents change
 * with the lineage. `merge_from` is the lineage of alerts whose incident was merged by hand. See docs/decisions/0061.
 */
const incidentWork = `
  ALTER TABLE alerts ADD COLUMN merge_from TEXT;
  CREATE INDEX alerts_merge_from ON alerts (merge_from, time, id) WHERE merge_from IS NOT NULL;
  CREATE TABLE incidents (
    id TEXT PRIMARY KEY, alert_id TEXT NOT NULL, item_key TEXT, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incidents_alert ON incidents (alert_id);
  CREATE INDEX incidents_item ON incidents (item_key);
  CREATE TRIGGER alerts_incident_changed AFTER UPDATE OF item_key ON alerts WHEN NEW.item_key IS NOT OLD.item_key
  BEGIN
    UPDATE incidents SET item_key = NEW.item_key WHERE alert_id = NEW.id;
  END;
`;

const unranked = (row: "NEW" | "OLD") => `
    INSERT INTO unranked_incidents SELECT ${row}.item_key
      WHERE NOT EXISTS (SELECT 1 FROM unranked_incidents WHERE item_key = ${row}.item_key);`;
const ofShape = (row: "NEW" | "OLD") =>
  `item_key = ${row}.item_key AND rule_id = ${row}.rule_id AND shape = coalesce(${row}.shape, '')`;
const shapeIn = `
    INSERT INTO incident_shapes SELECT NEW.item_key, NEW.rule_id, coalesce(NEW.shape, ''), 0
      WHERE NEW.building_block = 0 AND NOT EXISTS (SELECT 1 FROM incident_shapes WHERE ${ofShape("NEW")});
    UPDATE incident_shapes SET alerts = alerts + 1 WHERE NEW.building_block = 0 AND ${ofShape("NEW")};`;
const shapeOut = `
    UPDATE incident_shapes SET alerts = alerts - 1 WHERE OLD.building_block = 0 AND ${ofShape("OLD")};
    DELETE FROM incident_shapes WHERE ${ofShape("OLD")} AND alerts = 0;`;
/** All incidents with a kind of alert whose rarity changed: it does when their number passes a power of two. */
const unrankedOfShape = (row: "NEW" | "OLD", count: string) => `
    INSERT INTO unranked_incidents SELECT s.item_key FROM incident_shapes s
      WHERE s.rule_id = ${row}.rule_id AND s.shape = ${row}.shape
        AND EXISTS (SELECT 1 FROM shape_counts c WHERE c.rule_id = s.rule_id AND c.shape = s.shape
          AND (${count}) & (${count} - 1) = 0)
        AND NOT EXISTS (SELECT 1 FROM unranked_incidents u WHERE u.item_key = s.item_key);`;

/**
 * What the queue ranks incidents by (`alert/incident-risk.ts`). Triggers count in how many incidents each kind of alert
 * occurs, and name the incidents to rank again; \`alerts/ranks.ts\` does that in the same write. See
 * docs/decisions/0064.
 */
const incidentRanks = `
  CREATE TABLE incident_shapes (
    item_key TEXT NOT NULL, rule_id TEXT NOT NULL, shape TEXT NOT NULL, alerts INTEGER NOT NULL,
    PRIMARY KEY (item_key, rule_id, shape)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO incident_shapes
    SELECT item_key, rule_id, coalesce(shape, ''), count(*) FROM alerts WHERE building_block = 0 GROUP BY 1, 2, 3;
  CREATE INDEX incident_shapes_shape ON incident_shapes (rule_id, shape, item_key);
  CREATE TABLE shape_counts (
    rule_id TEXT NOT NULL, shape TEXT NOT NULL, incidents INTEGER NOT NULL, PRIMARY KEY (rule_id, shape)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO shape_counts SELECT rule_id, shape, count(*) FROM incident_shapes GROUP BY 1, 2;
  CREATE TABLE unranked_incidents (item_key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  INSERT INTO unranked_incidents SELECT DISTINCT item_key FROM incident_shapes;
  CREATE TABLE incident_ranks (
    item_key TEXT PRIMARY KEY, score REAL NOT NULL, rules INTEGER NOT NULL, severity INTEGER NOT NULL,
    hosts INTEGER NOT NULL, alerts INTEGER NOT NULL, rarity REAL NOT NULL, signature TEXT NOT NULL,
    changed INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX incident_ranks_changed ON incident_ranks (changed);
  CREATE TRIGGER shapes_inserted AFTER INSERT ON incident_shapes BEGIN
    INSERT INTO shape_counts SELECT NEW.rule_id, NEW.shape, 0
      WHERE NOT EXISTS (SELECT 1 FROM shape_counts WHERE rule_id = NEW.rule_id AND shape = NEW.shape);
    UPDATE shape_counts SET incidents = incidents + 1 WHERE rule_id = NEW.rule_id AND shape = NEW.shape;
    ${unrankedOfShape("NEW", "c.incidents")}
  END;
  CREATE TRIGGER shapes_deleted AFTER DELETE ON incident_shapes BEGIN
    UPDATE shape_counts SET incidents = incidents - 1 WHERE rule_id = OLD.rule_id AND shape = OLD.shape;
    ${unrankedOfShape("OLD", "c.incidents + 1")}
    DELETE FROM shape_counts WHERE rule_id = OLD.rule_id AND shape = OLD.shape AND incidents = 0;
  END;
  CREATE TRIGGER alerts_ranked_in AFTER INSERT ON alerts BEGIN${shapeIn}${unranked("NEW")}
  END;
  CREATE TRIGGER alerts_ranked_out AFTER DELETE ON alerts BEGIN${shapeOut}${unranked("OLD")}
  END;
  CREATE TRIGGER alerts_moved AFTER UPDATE ON alerts
  WHEN NEW.item_key IS NOT OLD.item_key OR NEW.rule_id IS NOT OLD.rule_id OR NEW.shape IS NOT OLD.shape
    OR NEW.building_block IS NOT OLD.building_block
  BEGIN${shapeOut}${shapeIn}${unranked("OLD")}${unranked("NEW")}
  END;
  CREATE TRIGGER alerts_ranked_otherwise AFTER UPDATE ON alerts
  WHEN NEW.severity IS NOT OLD.severity OR NEW.host IS NOT OLD.host OR NEW.status IS NOT OLD.status
    OR NEW.close_reason IS NOT OLD.close_reason
  BEGIN${unranked("NEW")}
  END;
  CREATE TRIGGER incidents_inserted AFTER INSERT ON incidents BEGIN UPDATE alert_changes SET changes = changes + 1; END;
  CREATE TRIGGER incidents_updated AFTER UPDATE ON incidents BEGIN UPDATE alert_changes SET changes = changes + 1; END;
`;

/**
 * Changing the status of an alert writes few pages, and incidents are named for whatever of them the queue shows: see
 * docs/decisions/0070.
 */
const lighterChanges = `
  DROP TRIGGER alerts_ranked_otherwise;
  CREATE TRIGGER alerts_ranked_otherwise AFTER UPDATE ON alerts
  WHEN NEW.severity IS NOT OLD.severity OR NEW.host IS NOT OLD.host OR NEW.status IS NOT OLD.status
    OR NEW.close_reason IS NOT OLD.close_reason OR NEW.time IS NOT OLD.time OR NEW.risk IS NOT OLD.risk
    OR NEW.user_key IS NOT OLD.user_key OR NEW.tactics IS NOT OLD.tactics
  BEGIN${unranked("NEW")}
  END;
  DROP INDEX alerts_counts;
  CREATE INDEX alerts_counts ON alerts
    (rule_id, host, user_key, severity, tactics, building_block, rule_name, user_label, time, status);
  DROP INDEX alerts_not_closed;
  CREATE INDEX incidents_worked ON incidents (item_key) WHERE ${isWorked};
  CREATE INDEX alert_counts_gone ON alert_counts (alerts) WHERE alerts = 0;
  DROP TRIGGER alerts_counted_otherwise;
  CREATE TRIGGER alerts_counted_otherwise AFTER UPDATE ON alerts
  WHEN ${countedColumns.map((column) => `NEW.${column} IS NOT OLD.${column}`).join(" OR ")}
  BEGIN
    UPDATE alert_counts SET alerts = alerts - 1 WHERE ${countedAs("OLD")};
    DELETE FROM alert_counts WHERE alerts = 0;
    UPDATE alert_counts SET alerts = alerts + 1 WHERE ${countedAs("NEW")};
    INSERT INTO alert_counts SELECT ${countedColumns.map((column) => `NEW.${column}`).join(", ")}, 1 WHERE changes() = 0;
  END;
`;

export const migrations: readonly Migration[] = [
  { number: 1, sql: events },
  { number: 2, sql: alerts },
  { number: 3, sql: triage },
  { number: 4, sql: lineageSchema },
  { number: 5, sql: engineState },
  { number: 6, sql: auditHead },
  { number: 7, sql: settings },
  { number: 8, sql: incidents },
  { number: 9, sql: relatedProcesses },
  { number: 10, sql: runs },
  { number: 11, sql: queueSpans },
  { number: 12, sql: removedAlerts },
  { number: 13, sql: alertPrefilter },
  { number: 14, sql: alertSubjects },
  { number: 15, sql: alertValues },
  { number: 16, sql: peopleSchema },
  { number: 17, sql: proposals },
  { number: 18, sql: alertCounts },
  { number: 19, sql: proposalsByState },
  { number: 20, sql: accountTables },
  { number: 21, sql: hostNames },
  { number: 22, sql: programNames },
  { number: 23, sql: incidentWork },
  { number: 24, sql: "", backfill: searchDecodedTexts },
  { number: 25, sql: savedViewTable },
  { number: 26, sql: incidentRanks },
  { number: 27, sql: `${alertHeadIndexes}${auditTimeIndex}` },
  { number: 28, sql: deliveryTable },
  { number: 29, sql: batchTables },
  { number: 30, sql: `${lighterChanges}${alertKinds}${changeLog}` },
  { number: 31, sql: batchLeftTable },
  { number: 32, sql: activityTable, backfill: deriveActivity },
  { number: 33, sql: `${segmentFilterTable}${activityKinds}`, backfill: deriveFilters },
  { number: 34, sql: attachedTextTable },
  { number: 35, sql: valueListTables },
  { number: 36, sql: exceptionHitTimes },
];
