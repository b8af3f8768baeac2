import { expect, it } from "vitest";
import { alert, exception } from "../../../../test/factories/alerts.ts";
import { type Connection, connect, text } from "../connection.ts";
import { migrations } from "../migrations.ts";
import { snapshotReader } from "./reader.ts";

/** Per table: the section that copies its values to another store, or what they are derived from there. */
const tables: Readonly<Record<string, string>> = {
  segments: "events",
  events: "events",
  coverage: "derived from events",
  activity: "derived from events",
  users: "accounts",
  account_ties: "accountTies",
  logon_counts: "logonCounts",
  host_names: "hostNames",
  host_evidence: "hostEvidence",
  host_addresses: "addresses",
  logon_facts: "logons",
  sessions: "sessions",
  processes: "duplicates, processes",
  child_clusters: "derived from processes",
  host_counts: "derived from processes and sessions",
  user_hosts: "derived from processes",
  user_sessions: "derived from processes",
  process_activity: "activity",
  process_exits: "exits",
  program_names: "derived from processes",
  alerts: "derived from alerts",
  alert_bodies: "alerts",
  alert_subjects: "derived from alerts",
  alert_texts: "derived from alerts",
  alert_tactics: "derived from alerts",
  alert_values: "derived from alerts",
  alert_sources: "derived from alerts",
  alert_aliases: "alertAliases",
  segment_filters: "derived from events",
  attached_texts: "attachedTexts",
  answers: "answers",
  checked_items: "checkedItems",
  transitions: "transitions",
  exceptions: "exceptions",
  exception_hits: "exceptionHits",
  engine_state: "engineState",
  ingests: "ingests",
  rule_versions: "ruleVersions",
  settings: "settings",
  audit: "audit",
  audit_head: "derived from audit",
  alert_counts: "derived from alerts",
  alert_changes: "derived from alerts",
  proposals: "proposals",
  batches: "batches",
  batch_parts: "batchParts",
  batch_left: "batchLeft",
  saved_views: "savedViews",
  value_lists: "valueLists",
  value_list_parts: "valueListParts",
  deliveries: "deliveries",
  incidents: "incidents",
  incident_shapes: "derived from alerts",
  shape_counts: "derived from alerts",
  unranked_incidents: "derived from alerts",
  incident_ranks: "derived from alerts",
  incident_changes: "derived from alerts",
  alert_kinds: "derived from alerts",
};

/** Who uses a server is its own affair: see docs/decisions/0039. */
const left: readonly string[] = [
  "passkeys",
  "passwords",
  "people",
  "service_tokens",
  "sign_in_links",
  "sign_in_sessions",
];

function emptyDatabase(): Connection {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const migration of migrations) {
    connection.execute(migration.sql);
  }
  return connection;
}

it("copies every table but those of people to another store, or derives it there from what is copied", () => {
  const connection = emptyDatabase();
  const present = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  expect(present.map((row) => text(row, "name"))).toEqual([...Object.keys(tables), ...left].toSorted());
  connection.close();
});

it("reads bodies with former names as the same values", async () => {
  const connection = emptyDatabase();
  const { commandTemplate: shape, ...rest } = alert({ commandTemplate: "cmd *" });
  const entries = exception().entries.map((entry) => ({ ...entry, case: "exact" }));
  const moved = { alertId: rest.id, at: 1, actor: "lena", from: "open", to: "open", item: "taken-out" };
  connection.execute("PRAGMA foreign_keys = OFF");
  connection.execute(
    `INSERT INTO alerts (id, rule_id, rule_name, severity, risk, building_block, time, detected_at, host, status, tactics)
     VALUES ('alert-1', 'rule-1', 'Rule one', 3, 70, 0, 1, 1, 'host-a', 'open', '[]')`,
  );
  for (const [sql, body] of [
    ["INSERT INTO alert_bodies (id, body) VALUES ('alert-1', ?)", { ...rest, shape }],
    ["INSERT INTO exceptions (id, created_at, body) VALUES ('exception-1', '', ?)", { ...exception(), entries }],
    ["INSERT INTO transitions (alert_id, body) VALUES ('alert-1', ?)", moved],
  ] as const) {
    connection.prepare(sql).run(JSON.stringify(body));
  }
  const { alerts, exceptions, transitions } = snapshotReader(connection);
  expect((await alerts.page(undefined)).items).toEqual([alert({ commandTemplate: "cmd *" })]);
  expect((await exceptions.page(undefined)).items).toEqual([exception()]);
  expect((await transitions.page(undefined)).items).toMatchObject([{ alertId: "alert-1", incident: "removed" }]);
  connection.close();
});
