import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAll, beforeAll, type KeyPage, keyPage } from "../../lineage/pages.ts";
import type { RunQuery } from "../../lineage/port.ts";
import { indexedIfAny } from "../indexed.ts";
import type { Reads } from "../reads.ts";
import { list, number } from "../row.ts";
import { sortKeyOf } from "./rows.ts";

const runsBy = (property: "name" | "hash") => `
  MATCH (p:Process) USING INDEX p:Process(${property}, at, key)
  WHERE p.${property} = one.value AND p.at >= one.from AND p.at <= one.to AND p.key IS NOT NULL AND p.started
    AND (one.childGroup IS NULL OR p.cluster = one.childGroup) AND (one.host IS NULL OR p.host = one.host)`;
const newest = (property: "name" | "hash", limit: number) => `
  ${runsBy(property)} AND p.at <= one.at AND (p.at < one.at OR p.key < one.key)
  RETURN {key: p.key, at: p.at} ORDER BY p.${property} DESC, p.at DESC, p.key DESC LIMIT ${limit}`;
const oldest = (property: "name" | "hash", limit: number) => `
  ${runsBy(property)} AND p.at >= one.at AND (p.at > one.at OR p.key > one.key)
  RETURN {key: p.key, at: p.at} ORDER BY p.${property}, p.at, p.key LIMIT ${limit}`;
const pages = { "newest-first": newest, "oldest-first": oldest };
const starts = { "newest-first": afterAll, "oldest-first": beforeAll };

/** Queries that one query answers together: what is the same in all of them. */
export function runQueryKind({ order = "newest-first", limit, ...query }: RunQuery): string {
  return JSON.stringify([order, limit, "hash" in query]);
}

/** Comparable process starts, along the index of their image or hash, for queries of one kind. */
export async function pagesOfRuns(reads: Reads, asked: readonly RunQuery[]): Promise<readonly KeyPage[]> {
  const [first] = asked;
  if (first === undefined) {
    return [];
  }
  const { order = "newest-first", limit } = first;
  const asks = asked.map((query, number) => {
    const [at, key] = decodeCursor(query.cursor, ["number", "string"]) ?? starts[order];
    return {
      number,
      value: indexedIfAny("hash" in query ? query.hash : query.name),
      childGroup: "hash" in query ? undefined : query.childGroup,
      host: indexedIfAny(query.host),
      from: query.from ?? Number.MIN_SAFE_INTEGER,
      to: query.to ?? Number.MAX_SAFE_INTEGER,
      at,
      key,
    };
  });
  const property = "hash" in first ? "hash" : "name";
  const rows = await reads.rows(
    (parameters) => `
      UNWIND ${parameters.add(asks)} AS one
      RETURN {number: one.number, page: COLLECT { ${pages[order](property, limit + 1)} },
        total: COUNT { ${runsBy(property)} RETURN p }}`,
  );
  const byNumber = new Map(rows.map((row) => [number(row, "number"), row]));
  return asked.map((_, index) => {
    const row = byNumber.get(index);
    return keyPage(
      row === undefined ? [] : list(row, "page").map(sortKeyOf),
      limit,
      row === undefined ? 0 : number(row, "total"),
    );
  });
}
