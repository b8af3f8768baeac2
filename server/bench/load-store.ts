import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createDetector } from "../detection/detector.ts";
import { packEvents, SEGMENT_EVENTS } from "../store/events/packed-events.ts";
import type { Store } from "../store/port.ts";
import { estateHosts, mapped, type TimedRecord, windowsRecordsOf, winlogbeatOf } from "./estate.ts";
import { everyStart, writeInBulk } from "./estate-sqlite.ts";
import { raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";

/** Their records number 2·10^5. */
const PROCESSES = 120_000;
/** Every sixth process raises no alert: 10^5 do. */
const QUIET = 6;
const EVENTS_PER_WRITE = 40 * SEGMENT_EVENTS;

/**
 * The store of the load benchmark: 10^5 alerts and the 2·10^5 events that they come from, in order of time as an ingest
 * of live logs stores them. Built once per folder; returns its path.
 */
export async function loadStore(folder: string, report: (text: string) => void): Promise<string> {
  const path = join(folder, "load.db");
  if (existsSync(path)) {
    return path;
  }
  report("building the store: 10^5 alerts, 2·10^5 events");
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.unfinished`;
  removeStore(unfinished);
  await (await openEmpty(unfinished)).close();
  const hits = await writeInBulk(unfinished, (write) => writeEstate(PROCESSES, createDetector([everyStart]), write));
  const store = await openEmpty(unfinished);
  await appendEvents(store);
  await raiseHits(
    store,
    hits.filter((_, index) => index % QUIET !== 0),
  );
  await store.close();
  renameSync(unfinished, path);
  return path;
}

async function appendEvents(store: Store): Promise<void> {
  const records: TimedRecord[] = [];
  for (const host of estateHosts(PROCESSES)) {
    for (const some of windowsRecordsOf(host, PROCESSES)) {
      records.push(...some);
    }
  }
  records.sort((left, right) => left.time - right.time);
  for (let first = 0; first < records.length; first += EVENTS_PER_WRITE) {
    const events = records
      .slice(first, first + EVENTS_PER_WRITE)
      .map((record) => ({ event: mapped(record), original: winlogbeatOf(record) }));
    await store.write((transaction) => transaction.events.append([packEvents(events)]));
  }
}

/** A copy to write to: every run starts from the same store. */
export function copyStore(path: string, copy: string): void {
  removeStore(copy);
  copyFileSync(path, copy);
}

export function removeStore(path: string): void {
  for (const suffix of ["", "-wal", "-shm", ".lock", ".ingest.lock", ".turn.lock"]) {
    rmSync(`${path}${suffix}`, { force: true });
  }
}
