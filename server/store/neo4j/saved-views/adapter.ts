import { readable } from "../../damage.ts";
import { byName, savedViewOf } from "../../saved-views/body.ts";
import type { SavedViewReader, SavedViewWriter } from "../../saved-views/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { index, unique } from "../schema.ts";

export const savedViewSchema: readonly string[] = [
  unique("saved_view_id", "SavedView", "id"),
  index("saved_view_page", "SavedView", "page"),
];

export function savedViewReader(queries: Queries): SavedViewReader {
  return {
    async get(id) {
      const [row] = await queries.run("MATCH (v:SavedView {id: $id}) RETURN v.id AS id, v.body AS body", { id });
      return row === undefined ? undefined : savedViewOf(row);
    },
    async of(page) {
      const rows = await queries.run("MATCH (v:SavedView {page: $page}) RETURN v.id AS id, v.body AS body", { page });
      return byName(readable(rows, savedViewOf));
    },
  };
}

export function savedViewWriter(writes: Writes): SavedViewWriter {
  return {
    ...savedViewReader(writes),
    async put(view) {
      writes.later("MERGE (v:SavedView {id: $id}) SET v.page = $page, v.body = $body", {
        id: view.id,
        page: view.page,
        body: JSON.stringify(view),
      });
    },
    async delete(id) {
      writes.later("MATCH (v:SavedView {id: $id}) DELETE v", { id });
    },
  };
}
