import { hash } from "node:crypto";
import type { EngineStateReader, EngineStateWriter } from "../../engine-state/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { text } from "../row.ts";

export function engineStateReader(queries: Queries): EngineStateReader {
  return {
    async all(scope) {
      const rows = await queries.run(
        "MATCH (s:EngineState {scope: $scope}) RETURN s.name AS name, s.value AS value ORDER BY name",
        { scope },
      );
      return rows.map((row) => [text(row, "name"), text(row, "value")] as const);
    },
  };
}

export function engineStateWriter(writes: Writes): EngineStateWriter {
  return {
    async save(scope, rows) {
      const keyed = rows.map((row) => ({ ...row, key: keyOf(scope, row.name) }));
      const deleted = keyed.filter(({ value }) => value === undefined).map(({ key }) => key);
      if (deleted.length > 0) {
        writes.later("UNWIND $keys AS key MATCH (s:EngineState {key: key}) DELETE s", { keys: deleted });
      }
      const set = keyed.filter(({ value }) => value !== undefined);
      if (set.length > 0) {
        writes.later(
          "UNWIND $rows AS row MERGE (s:EngineState {key: row.key}) SET s.scope = $scope, s.name = row.name, s.value = row.value",
          { scope, rows: set },
        );
      }
    },
  };
}

/** A hash, because names contain event values, which have no upper bound, and index entries do. */
function keyOf(scope: string, name: string): string {
  return hash("sha256", JSON.stringify([scope, name]), "base64url");
}
