import { decodeCursor, encodeCursor } from "../../cursor.ts";
import type { RunQuery } from "../../lineage/port.ts";
import { number, type Queries, text } from "../connection.ts";
import { indexedIfAny } from "../indexed.ts";

const alike = (property: "name" | "hash") => `
  MATCH (p:Process) USING INDEX p:Process(${property}, at, key)
  WHERE p.${property} = $value AND p.at >= $from AND p.at <= $to AND p.key IS NOT NULL AND p.started
    AND ($cluster IS NULL OR p.cluster = $cluster) AND ($host IS NULL OR p.host = $host)`;
const counts = { name: `${alike("name")} RETURN count(p) AS total`, hash: `${alike("hash")} RETURN count(p) AS total` };
const newest = (property: "name" | "hash") => `${alike(property)} AND p.at <= $at AND (p.at < $at OR p.key < $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT $most`;
const oldest = (property: "name" | "hash") => `${alike(property)} AND p.at >= $at AND (p.at > $at OR p.key > $key)
  RETURN p.key AS key, p.at AS at ORDER BY p.${property}, p.at, p.key LIMIT $most`;
const pages = {
  "newest-first": { name: newest("name"), hash: newest("hash") },
  "oldest-first": { name: oldest("name"), hash: oldest("hash") },
};
const starts = {
  "newest-first": [Number.MAX_SAFE_INTEGER, "~"],
  "oldest-first": [Number.MIN_SAFE_INTEGER, ""],
} as const;

/** Processes that are alike, along the index of their image or hash. */
export async function pageOfRuns(
  queries: Queries,
  query: RunQuery,
): Promise<{ readonly keys: readonly string[]; readonly total: number; readonly next: string | undefined }> {
  const { order = "newest-first", limit } = query;
  const property = "hash" in query ? "hash" : "name";
  const asked = {
    value: indexedIfAny("hash" in query ? query.hash : query.name),
    cluster: "hash" in query ? undefined : query.childGroup,
    host: indexedIfAny(query.host),
    from: query.from ?? Number.MIN_SAFE_INTEGER,
    to: query.to ?? Number.MAX_SAFE_INTEGER,
  };
  const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? starts[order];
  const [rows, counted] = await Promise.all([
    queries.run(pages[order][property], { ...asked, at, key, most: limit + 1 }),
    queries.run(counts[property], asked),
  ]);
  const page = rows.slice(0, limit).map((row) => [number(row, "at"), text(row, "key")] as const);
  const last = page.at(-1);
  return {
    keys: page.map(([, one]) => one),
    total: counted[0] === undefined ? 0 : number(counted[0], "total"),
    next: rows.length > limit && last !== undefined ? encodeCursor(last) : undefined,
  };
}
