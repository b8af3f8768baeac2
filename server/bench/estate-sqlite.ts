import { setImmediate } from "node:timers/promises";
import { equals } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import type { Rule } from "../detection/rule.ts";
import type { Store } from "../store/port.ts";
import { text } from "../store/sqlite/connection.ts";
import { openDatabase } from "../store/sqlite/database.ts";
import { lineageTables } from "../store/sqlite/lineage/tables.ts";
import { type LineageWriter, markedRule, raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";

/** Page cache in KiB: large enough for the indexes that are needed while writing. */
const CACHE_KIB = 2_000_000;

/**
 * Writes lineage into a database file faster than an ingest: nothing is durable before the end, and indexes are built
 * after all rows are written. The result is an ordinary database.
 */
export async function writeInBulk<T>(path: string, work: (write: LineageWriter) => Promise<T>): Promise<T> {
  const opened = openDatabase(path, { readOnly: false });
  if (!opened.ok || opened.value.writer === undefined) {
    throw new Error(opened.ok ? "opened for reading only" : opened.error.message);
  }
  const { writer, close } = opened.value;
  const indexes = writer
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'processes'")
    .all();
  writer.execute(`PRAGMA synchronous = OFF; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = 100000`);
  for (const index of indexes) {
    writer.execute(`DROP INDEX "${text(index, "name")}"`);
  }
  const result = await work(async (batch) => {
    writer.execute("BEGIN");
    await batch(lineageTables(writer));
    writer.execute("COMMIT");
    await setImmediate();
  });
  for (const index of indexes) {
    writer.execute(text(index, "sql"));
  }
  writer.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  close();
  return result;
}

/** Matches the start of every process of an estate. */
export const everyStart: Rule = {
  ...markedRule,
  body: { kind: "event", condition: equals("event.code", "1") },
};

/** A new store with an estate in which every process raises an alert. */
export async function writeAlerted(path: string, alerts: number): Promise<Store> {
  await (await openEmpty(path)).close();
  const hits = await writeInBulk(path, (write) => writeEstate(alerts, createDetector([everyStart]), write));
  const store = await openEmpty(path);
  await raiseHits(store, hits);
  return store;
}
