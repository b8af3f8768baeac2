import { readable } from "../../damage.ts";
import { byName, savedViewOf } from "../../saved-views/body.ts";
import type { SavedViewReader, SavedViewWriter } from "../../saved-views/port.ts";
import type { Connection } from "../connection.ts";

/** Searches and filtered lists that people saved under a name. */
export const savedViewTable = `
  CREATE TABLE saved_views (id TEXT PRIMARY KEY, page TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX saved_views_page ON saved_views (page);
`;

export function savedViewReader(connection: Connection): SavedViewReader {
  return {
    async get(id) {
      const row = connection.prepare("SELECT id, body FROM saved_views WHERE id = ?").get(id);
      return row === undefined ? undefined : savedViewOf(row);
    },
    of: async (page) =>
      byName(readable(connection.prepare("SELECT id, body FROM saved_views WHERE page = ?").all(page), savedViewOf)),
  };
}

export function savedViewWriter(connection: Connection): SavedViewWriter {
  return {
    ...savedViewReader(connection),
    async put(view) {
      connection
        .prepare(
          `INSERT INTO saved_views (id, page, body) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET page = excluded.page, body = excluded.body`,
        )
        .run(view.id, view.page, JSON.stringify(view));
    },
    async delete(id) {
      connection.prepare("DELETE FROM saved_views WHERE id = ?").run(id);
    },
  };
}
