import type { EngineStateReader, EngineStateWriter } from "../../engine-state/port.ts";
import { type Connection, text } from "../connection.ts";

export function engineStateReader(connection: Connection): EngineStateReader {
  return {
    async all(scope) {
      return connection
        .prepare("SELECT name, value FROM engine_state WHERE scope = ? ORDER BY name")
        .all(scope)
        .map((row) => [text(row, "name"), text(row, "value")] as const);
    },
  };
}

export function engineStateWriter(connection: Connection): EngineStateWriter {
  const put = connection.prepare(
    `INSERT INTO engine_state (scope, name, value) VALUES (?, ?, ?)
     ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value`,
  );
  const remove = connection.prepare("DELETE FROM engine_state WHERE scope = ? AND name = ?");
  return {
    async save(scope, rows) {
      for (const { name, value } of rows) {
        if (value === undefined) {
          remove.run(scope, name);
        } else {
          put.run(scope, name, value);
        }
      }
    },
  };
}
