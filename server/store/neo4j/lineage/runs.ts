import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAll, beforeAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { RunQuery } from "../../lineage/port.ts";
import { number, type Queries } from "../connection.ts";
import { indexedIfAny } from "../indexed.ts";
import { sortKeyOf } from "./rows.ts";

const runsBy = (property: "name" | "hash") => `
  MATCH (p:Process) USING INDEX p:Process(${property}, at, key)
  WHERE p.${property} = $value AND p.at >= $from AND p.at <= $to AND p.key IS NOT NULL AND p.started
    AND ($childGroup IS NULL OR p.cluster = $childGroup) AND ($host IS NULL OR p.host = $host)`;
const counts = {
  name: `${runsBy("name")} RETURN count(p) AS total`,
  hash: `${runsBy("hash")} RETURN count(p) AS total`,
};
const newest = (property: "name" | "hash") => `${runsBy(property)} AND p.at <= $at AND (p.at < $at OR p.key < $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT $limit`;
const oldest = (property: "name" | "hash") => `${runsBy(property)} AND p.at >= $at AND (p.at > $at OR p.key > $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.${property}, p.at, p.key LIMIT $limit`;
const pages = {
  "newest-first": { name: newest("name"), hash: newest("hash") },
  "oldest-first": { name: oldest("name"), hash: oldest("hash") },
};
const starts = { "newest-first": afterAll, "oldest-first": beforeAll };

/** Comparable process starts, along the index of their image or hash. */
export async function pageOfRuns(queries: Queries, query: RunQuery): Promise<KeyPage> {
  const { order = "newest-first", limit } = query;
  const property = "hash" in query ? "hash" : "name";
  const parameters = {
    value: indexedIfAny("hash" in query ? query.hash : query.name),
    childGroup: "hash" in query ? undefined : query.childGroup,
    host: indexedIfAny(query.host),
    from: query.from ?? Number.MIN_SAFE_INTEGER,
    to: query.to ?? Number.MAX_SAFE_INTEGER,
  };
  const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? starts[order];
  const [rows, [counted]] = await Promise.all([
    queries.run(pages[order][property], { ...parameters, at, key, limit: limit + 1 }),
    queries.run(counts[property], parameters),
  ]);
  return keyPage(rows.map(sortKeyOf), limit, counted === undefined ? 0 : number(counted, "total"));
}
