import type { SettingsReader, SettingsWriter } from "../../settings/port.ts";
import { settingOf } from "../../settings/value.ts";
import type { Connection } from "../connection.ts";

export function settingsReader(connection: Connection): SettingsReader {
  return {
    async get(key) {
      const row = connection.prepare("SELECT key, value FROM settings WHERE key = ?").get(key);
      return row === undefined ? undefined : settingOf(row).value;
    },
  };
}

export function settingsWriter(connection: Connection): SettingsWriter {
  return {
    ...settingsReader(connection),
    async put(key, value) {
      if (value === undefined) {
        connection.prepare("DELETE FROM settings WHERE key = ?").run(key);
        return;
      }
      connection
        .prepare(
          "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .run(key, JSON.stringify(value));
    },
  };
}
