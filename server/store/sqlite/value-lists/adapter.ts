import { readable } from "../../damage.ts";
import { listsByName, valueListOf, valueListPartOf } from "../../value-lists/body.ts";
import type { ValueListReader, ValueListWriter } from "../../value-lists/port.ts";
import type { Connection } from "../connection.ts";

/** Values that exceptions refer to. */
export const valueListTables = `
  CREATE TABLE value_lists (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE value_list_parts (list TEXT NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (list, part)) STRICT;
`;

export function valueListReader(connection: Connection): ValueListReader {
  return {
    async get(id) {
      const row = connection.prepare("SELECT id, body FROM value_lists WHERE id = ?").get(id);
      return row === undefined ? undefined : valueListOf(row);
    },
    all: async () => listsByName(readable(connection.prepare("SELECT id, body FROM value_lists").all(), valueListOf)),
    async values(id) {
      const rows = connection
        .prepare("SELECT list, part, body FROM value_list_parts WHERE list = ? ORDER BY part")
        .all(id);
      return rows.flatMap((row) => valueListPartOf(row).values);
    },
  };
}

export function valueListWriter(connection: Connection): ValueListWriter {
  const clear = (id: string) => connection.prepare("DELETE FROM value_list_parts WHERE list = ?").run(id);
  return {
    ...valueListReader(connection),
    async put(list) {
      connection
        .prepare("INSERT INTO value_lists (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body")
        .run(list.id, JSON.stringify(list));
    },
    async putPart({ list, part, values }) {
      connection
        .prepare(
          `INSERT INTO value_list_parts (list, part, body) VALUES (?, ?, ?)
           ON CONFLICT (list, part) DO UPDATE SET body = excluded.body`,
        )
        .run(list, part, JSON.stringify(values));
    },
    async clear(id) {
      clear(id);
    },
    async delete(id) {
      clear(id);
      connection.prepare("DELETE FROM value_lists WHERE id = ?").run(id);
    },
  };
}
