import { expect, it } from "vitest";
import { connect, text } from "../connection.ts";
import { migrations } from "../migrations.ts";

/** By table: the part that carries its values to another store, or what they follow from there. */
const tables: Readonly<Record<string, string>> = {
  segments: "events",
  events: "events",
  coverage: "follows from events",
  users: "accounts",
  account_ties: "accountTies",
  host_addresses: "addresses",
  logon_facts: "logons",
  sessions: "sessions",
  processes: "twins, processes",
  child_clusters: "follows from processes",
  host_counts: "follows from processes and sessions",
  user_hosts: "follows from processes",
  user_sessions: "follows from processes",
  process_activity: "activity",
  process_exits: "exits",
  alerts: "follows from alerts",
  alert_bodies: "alerts",
  alert_subjects: "follows from alerts",
  alert_texts: "follows from alerts",
  alert_tactics: "follows from alerts",
  alert_values: "follows from alerts",
  alert_sources: "follows from alerts",
  alert_aliases: "alertAliases",
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
  audit_head: "follows from audit",
};

it("every table is copied to another store or follows from what is: a new one has to say which", () => {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const migration of migrations) {
    connection.execute(migration.sql);
  }
  const present = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  expect(present.map((row) => text(row, "name"))).toEqual(Object.keys(tables).toSorted());
  connection.close();
});
