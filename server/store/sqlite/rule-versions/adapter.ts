import { readable, stored } from "../../damage.ts";
import type { RuleVersionReader, RuleVersionRecord, RuleVersionWriter } from "../../rule-versions/port.ts";
import { type Connection, number, type Row, text } from "../connection.ts";

export function ruleVersionReader(connection: Connection): RuleVersionReader {
  return {
    async of(ruleId) {
      const rows = connection.prepare(
        "SELECT * FROM rule_versions WHERE rule_id = ? ORDER BY last_seen DESC, first_seen DESC, hash",
      );
      return readable(rows.all(ruleId), ruleVersionOf);
    },
  };
}

export const ruleVersionOf = stored("rule version", (row: Row): RuleVersionRecord => {
  return {
    ruleId: text(row, "rule_id"),
    hash: text(row, "hash"),
    version: text(row, "version"),
    name: text(row, "name"),
    source: text(row, "source"),
    text: text(row, "text"),
    firstSeen: number(row, "first_seen"),
    lastSeen: number(row, "last_seen"),
  };
});

export function ruleVersionWriter(connection: Connection): RuleVersionWriter {
  return {
    async markSeen(versions, at) {
      const move = connection.prepare(
        "UPDATE rule_versions SET last_seen = max(last_seen, ?) WHERE rule_id = ? AND hash = ?",
      );
      return versions.filter(({ ruleId, hash }) => move.run(at, ruleId, hash) === 0);
    },
    async put(versions) {
      const insert = connection.prepare(
        `INSERT INTO rule_versions (rule_id, hash, version, name, source, text, first_seen, last_seen)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      );
      for (const { ruleId, hash, version, name, source, text, firstSeen, lastSeen } of versions) {
        insert.run(ruleId, hash, version, name, source, text, firstSeen, lastSeen);
      }
    },
  };
}
