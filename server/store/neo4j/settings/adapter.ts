import type { SettingsReader, SettingsWriter } from "../../settings/port.ts";
import { settingOf } from "../../settings/value.ts";
import type { Queries, Writes } from "../connection.ts";

export function settingsReader(queries: Queries): SettingsReader {
  return {
    async get(key) {
      const [row] = await queries.run("MATCH (s:Setting {key: $key}) RETURN s.key AS key, s.value AS value", { key });
      return row === undefined ? undefined : settingOf(row).value;
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
