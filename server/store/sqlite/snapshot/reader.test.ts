import { expect, it } from "vitest";
import { connect, text } from "../connection.ts";
import { migrations } from "../migrations.ts";

/** Per table: the section that copies its values to another store, or what they are derived from there. */
const tables: Readonly<Record<string, string>> = {
  segments: "events",
  events: "events",
  coverage: "derived from events",
  users: "accounts",
  account_ties: "accountTies",
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
  alerts: "derived from alerts",
  alert_bodies: "alerts",
  alert_subjects: "derived from alerts",
  alert_texts: "derived from alerts",
  alert_tactics: "derived from alerts",
  alert_values: "derived from alerts",
  alert_sources: "derived from alerts",
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
  audit_head: "derived from audit",
};

it("copies every table to another store, or derives it there from what is copied", () => {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const migration of migrations) {
    connection.execute(migration.sql);
  }
  const present = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  expect(present.map((row) => text(row, "name"))).toEqual(Object.keys(tables).toSorted());
  connection.close();
});
