/** A column whose values are the key of a row in another table. */
export interface Reference {
  readonly what: string;
  readonly from: readonly [table: string, column: string];
  readonly to: readonly [table: string, column: string];
}

const reference = (what: string, from: string, to: string): Reference => ({ what, from: named(from), to: named(to) });

function named(place: string): readonly [string, string] {
  const [table = "", column = ""] = place.split(".");
  return [table, column];
}

/** Every reference between tables, declared to SQLite or not. */
export const references: readonly Reference[] = [
  reference("segments of events", "events.segment", "segments.id"),
  reference("bodies of alerts", "alerts.id", "alert_bodies.id"),
  reference("alerts of bodies", "alert_bodies.id", "alerts.id"),
  reference("search texts of alerts", "alerts.id", "alert_texts.id"),
  reference("alerts of search texts", "alert_texts.id", "alerts.id"),
  reference("alerts of tactics", "alert_tactics.alert_id", "alerts.id"),
  reference("alerts of source events", "alert_sources.alert_id", "alerts.id"),
  reference("source events of alerts", "alert_sources.event_id", "events.id"),
  reference("alerts of searchable values", "alert_values.alert_id", "alerts.id"),
  reference("hosts and users of alerts", "alerts.subject", "alert_subjects.id"),
  reference("processes of alerts", "alerts.process_key", "processes.key"),
  reference("lineage roots of alerts", "alerts.root_key", "processes.key"),
  reference("names of hosts of processes", "processes.host", "host_names.name"),
  reference("names of hosts of logons", "logon_facts.host", "host_names.name"),
  reference("names of hosts of sessions", "sessions.host", "host_names.name"),
  reference("alerts of former ids", "alert_aliases.id", "alerts.id"),
  reference("alerts of answers", "answers.alert_id", "alerts.id"),
  reference("alerts of checklist items", "checked_items.alert_id", "alerts.id"),
  reference("alerts of status changes", "transitions.alert_id", "alerts.id"),
  reference("alerts of proposals", "proposals.alert_id", "alerts.id"),
  reference("alerts of work on incidents", "incidents.alert_id", "alerts.id"),
  reference("batches of parts", "batch_parts.batch", "batches.id"),
  reference("lists of values", "value_list_parts.list", "value_lists.id"),
  reference("batches of what they left", "batch_left.batch", "batches.id"),
  reference("exceptions of hits", "exception_hits.exception_id", "exceptions.id"),
  reference("parents of processes", "processes.parent_key", "processes.key"),
  reference("processes that others were merged into", "processes.merged_into", "processes.key"),
  reference("duplicates of processes", "processes.twin", "processes.key"),
  reference("sessions of processes", "processes.session_key", "sessions.key"),
  reference("accounts of processes", "processes.user_key", "users.key"),
  reference("processes of activity", "process_activity.key", "processes.key"),
  reference("processes of ends", "process_exits.process_key", "processes.key"),
  reference("parents of child groups", "child_clusters.parent_key", "processes.key"),
  reference("sessions of accounts", "user_sessions.session_key", "sessions.key"),
  reference("accounts of hosts", "user_hosts.user_key", "users.key"),
  reference("people of passwords", "passwords.person_id", "people.id"),
  reference("people of passkeys", "passkeys.person_id", "people.id"),
  reference("people of sign-in links", "sign_in_links.person_id", "people.id"),
  reference("people of sign-in sessions", "sign_in_sessions.person_id", "people.id"),
];

/** Texts that attachments of answers name by their hash, and that are not stored. */
export const attachedTextsMissing = `
  SELECT a.value ->> '$.sha256' AS example
  FROM answers, json_each(CASE WHEN json_valid(body) THEN body ELSE '{}' END, '$.attachments') a
  WHERE NOT EXISTS (SELECT 1 FROM attached_texts t WHERE t.id = a.value ->> '$.sha256')`;

/** A query for the rows whose derived values differ from what they are derived from, as `example`. */
export interface Derivation {
  readonly what: string;
  readonly sql: string;
}

/** Counts that differ from the counted rows, in one pass over these. The first key is the example. */
const counts = (table: string, count: string, keys: string, where: string) => {
  const kept = `SELECT ${keys}, ${count} FROM ${table} WHERE ${count} <> 0`;
  const actual = `SELECT ${keys}, count(*) FROM ${where} GROUP BY ${keys}`;
  return `SELECT ${keys.split(",")[0]} AS example FROM (
    SELECT * FROM (${kept} EXCEPT ${actual}) UNION ALL SELECT * FROM (${actual} EXCEPT ${kept})) GROUP BY ${keys}`;
};

export const derivations: readonly Derivation[] = [
  {
    what: "end of the audit trail",
    sql: `SELECT coalesce((SELECT sequence FROM audit_head), 'end') AS example
      WHERE (SELECT sequence || ':' || hash FROM audit ORDER BY sequence DESC LIMIT 1)
        IS NOT (SELECT sequence || ':' || hash FROM audit_head)`,
  },
  {
    what: "numbers of processes on hosts",
    sql: counts("host_counts", "processes", "host", "processes WHERE started = 1"),
  },
  {
    what: "numbers of sessions on hosts",
    sql: counts("host_counts", "sessions", "host", "sessions"),
  },
  {
    what: "numbers of processes of accounts on hosts",
    sql: counts("user_hosts", "processes", "user_key, host", "processes WHERE started = 1 AND user_key IS NOT NULL"),
  },
  {
    what: "numbers of processes of accounts in sessions",
    sql: counts(
      "user_sessions",
      "processes",
      "user_key, session_key",
      "processes WHERE started = 1 AND user_key IS NOT NULL AND session_key IS NOT NULL",
    ),
  },
  {
    what: "number of events in the coverage",
    sql: `SELECT 'events' AS example
      WHERE (SELECT coalesce(sum(events), 0) FROM coverage) <> (SELECT count(*) FROM events)`,
  },
  {
    what: "number of events in the activity",
    sql: `SELECT a.host || ' ' || a.source AS example FROM
      (SELECT host, source, bucket, sum(events) AS events, min(slots) AS slots
        FROM activity WHERE code = '' GROUP BY host, source, bucket) a
      LEFT JOIN coverage c USING (host, source, bucket)
      WHERE c.events IS NOT a.events OR a.slots = 0
      UNION ALL SELECT 'events' WHERE (SELECT count(*) FROM activity WHERE code = '') <> (SELECT count(*) FROM coverage)
      UNION ALL SELECT 'codes' WHERE (SELECT coalesce(sum(events), 0) FROM activity WHERE code <> '')
        <> (SELECT count(code) FROM events WHERE code <> '')`,
  },
  {
    what: "states of the detection engine",
    // Of some states only the name is kept.
    sql: "SELECT name AS example FROM engine_state WHERE value <> '' AND NOT json_valid(value)",
  },
  {
    what: "columns of alerts",
    sql: `SELECT a.id AS example FROM alerts a JOIN alert_bodies b USING (id) WHERE json_valid(b.body) AND (
      a.rule_id IS NOT b.body ->> '$.rule.id' OR a.rule_name IS NOT b.body ->> '$.rule.name'
      OR a.time IS NOT b.body ->> '$.time' OR a.host IS NOT b.body ->> '$.host'
      OR a.process_key IS NOT b.body ->> '$.processKey' OR a.id IS NOT b.body ->> '$.id')`,
  },
  {
    what: "columns of evidence about hosts",
    sql: `SELECT name AS example FROM host_evidence WHERE json_valid(body) AND (
      kind IS NOT body ->> '$.kind' OR name IS NOT body ->> '$.name' OR value IS NOT body ->> '$.value')`,
  },
  {
    // Two alerts of a rule may have an event in common; it then leads to one of them.
    what: "source events that bodies of alerts have",
    sql: `SELECT b.id AS example FROM alert_bodies b, json_each(b.body, '$.sources') s WHERE json_valid(b.body)
      AND NOT EXISTS (SELECT 1 FROM alert_sources a
        WHERE a.event_id = s.value ->> '$.eventId' AND a.rule_id = b.body ->> '$.rule.id')`,
  },
  {
    what: "texts of hosts and users of alerts",
    sql: "SELECT id AS example FROM alert_subjects WHERE NOT json_valid(body)",
  },
  {
    what: "counts of alerts",
    sql: `SELECT rule_id AS example FROM (
      SELECT rule_id, host, user_key, status, severity, tactics, building_block, rule_name, user_label, count(*) AS alerts
        FROM alerts GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
      EXCEPT SELECT rule_id, host, user_key, status, severity, tactics, building_block, rule_name, user_label, alerts
        FROM alert_counts)
      UNION ALL SELECT 'total' WHERE (SELECT coalesce(sum(alerts), 0) FROM alert_counts) <> (SELECT count(*) FROM alerts)`,
  },
  {
    what: "kinds of alerts in incidents",
    sql: counts(
      "incident_shapes",
      "alerts",
      "item_key, rule_id, shape",
      "(SELECT item_key, rule_id, coalesce(shape, '') AS shape FROM alerts WHERE building_block = 0)",
    ),
  },
  {
    what: "numbers of incidents with a kind of alert",
    sql: counts("shape_counts", "incidents", "rule_id, shape", "incident_shapes"),
  },
  {
    what: "numbers of alerts of a kind",
    sql: counts(
      "alert_kinds",
      "alerts",
      "rule_id, shape, status, close_reason",
      "(SELECT rule_id, shape, status, coalesce(close_reason, '') AS close_reason FROM alerts WHERE shape IS NOT NULL)",
    ),
  },
  {
    what: "filters of segments",
    sql: `SELECT s.id AS example FROM segments s LEFT JOIN segment_filters f ON f.segment = s.id
      WHERE f.segment IS NULL OR NOT EXISTS (SELECT 1 FROM events e WHERE e.seq = f.first_seq AND e.segment = s.id)
        OR NOT EXISTS (SELECT 1 FROM events e WHERE e.seq = f.last_seq AND e.segment = s.id)`,
  },
  {
    what: "incidents of work",
    sql: `SELECT i.id AS example FROM incidents i JOIN alerts a ON a.id = i.alert_id
      WHERE i.item_key IS NOT a.item_key`,
  },
  {
    what: "columns of batches",
    sql: `SELECT id AS example FROM batches WHERE json_valid(body) AND (started_at IS NOT body ->> '$.startedAt'
      OR ended IS NOT (body ->> '$.state' NOT IN ('waiting', 'running')))`,
  },
  {
    what: "parts of batches",
    // One that undoes another one has parts of its own as far as it has come.
    sql: `SELECT id AS example FROM batches b WHERE json_valid(body)
      AND iif(body ->> '$.action.kind' = 'undo', body ->> '$.next', body ->> '$.parts')
        > (SELECT count(*) FROM batch_parts p WHERE p.batch = b.id)`,
  },
  {
    what: "numbers of what batches left",
    sql: `SELECT batch AS example FROM batch_left l WHERE json_valid(body) AND items IS NOT
      (SELECT sum(max(1, json_array_length(i.value, '$.alerts'))) FROM json_each(l.body, '$.incidents') i)`,
  },
  {
    what: "numbers of children",
    sql: `SELECT p.key AS example FROM processes p
      WHERE p.child_count IS NOT (SELECT count(*) FROM processes c WHERE c.parent_key = p.key)`,
  },
  {
    what: "numbers of children in groups",
    sql: `SELECT g.parent_key AS example FROM child_clusters g WHERE g.processes IS NOT
      (SELECT count(*) FROM processes c WHERE c.parent_key = g.parent_key AND c.cluster = g.cluster)`,
  },
  {
    what: "numbers of processes in sessions",
    sql: `SELECT s.key AS example FROM sessions s
      WHERE s.processes IS NOT (SELECT count(*) FROM processes p WHERE p.session_key = s.key)`,
  },
];
