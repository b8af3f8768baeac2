import type { SettingsReader, SettingsWriter } from "../../settings/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { text } from "../row.ts";

export function settingsReader(queries: Queries): SettingsReader {
  return {
    async get(key) {
      const [row] = await queries.run("MATCH (s:Setting {key: $key}) RETURN s.value AS value", { key });
      return row === undefined ? undefined : JSON.parse(text(row, "value"));
    },
  };
}

export function settingsWriter(writes: Writes): SettingsWriter {
  return {
    ...settingsReader(writes),
    async put(key, value) {
      if (value === undefined) {
        writes.later("MATCH (s:Setting {key: $key}) DELETE s", { key });
      } else {
        writes.later("MERGE (s:Setting {key: $key}) SET s.value = $value", { key, value: JSON.stringify(value) });
      }
    },
  };
}
