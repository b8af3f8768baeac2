import { readable } from "../../damage.ts";
import { listsByName, valueListOf, valueListPartOf } from "../../value-lists/body.ts";
import type { ValueListReader, ValueListWriter } from "../../value-lists/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { index, unique } from "../schema.ts";

export const valueListSchema: readonly string[] = [
  unique("value_list_id", "ValueList", "id"),
  unique("value_list_part_id", "ValueListPart", "id"),
  index("value_list_part_list", "ValueListPart", "list"),
];

export function valueListReader(queries: Queries): ValueListReader {
  return {
    async get(id) {
      const [row] = await queries.run("MATCH (l:ValueList {id: $id}) RETURN l.id AS id, l.body AS body", { id });
      return row === undefined ? undefined : valueListOf(row);
    },
    async all() {
      const rows = await queries.run("MATCH (l:ValueList) RETURN l.id AS id, l.body AS body");
      return listsByName(readable(rows, valueListOf));
    },
    async values(id) {
      const rows = await queries.run(
        "MATCH (p:ValueListPart {list: $id}) RETURN p.list AS list, p.part AS part, p.body AS body ORDER BY p.part",
        { id },
      );
      return rows.flatMap((row) => valueListPartOf(row).values);
    },
  };
}

export function valueListWriter(writes: Writes): ValueListWriter {
  const clear = (id: string) => writes.later("MATCH (p:ValueListPart {list: $id}) DELETE p", { id });
  return {
    ...valueListReader(writes),
    async put(list) {
      writes.later("MERGE (l:ValueList {id: $id}) SET l.body = $body", { id: list.id, body: JSON.stringify(list) });
    },
    async putPart({ list, part, values }) {
      writes.later("MERGE (p:ValueListPart {id: $id}) SET p.list = $list, p.part = $part, p.body = $body", {
        id: JSON.stringify([list, part]),
        list,
        part,
        body: JSON.stringify(values),
      });
    },
    async clear(id) {
      clear(id);
    },
    async delete(id) {
      clear(id);
      writes.later("MATCH (l:ValueList {id: $id}) DELETE l", { id });
    },
  };
}
