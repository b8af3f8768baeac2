import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { createDetector } from "../detection/detector.ts";
import type { Rule } from "../detection/rule.ts";
import { packEvents, SEGMENT_EVENTS } from "../store/events/packed-events.ts";
import type { Store } from "../store/port.ts";
import { estateHosts, mapped, type TimedRecord, windowsRecordsOf, winlogbeatOf } from "./estate.ts";
import { writeInBulk } from "./estate-sqlite.ts";
import { raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";

const EVENTS_PER_WRITE = 40 * SEGMENT_EVENTS;
/** Milliseconds of records that are put into order at once. */
const SLICE = 600_000;
/** Records of a host that are made at once. */
const AHEAD = 200;

interface EstateContent {
  readonly processes: number;
  /** Raises the alerts. */
  readonly rule: Rule;
  /** Which of its hits raise one. */
  readonly raises?: (index: number) => boolean;
}

/**
 * Writes a store with an estate's processes, alerts and events, these in order of time, as an ingest of live logs
 * stores them. A file that is there already is used again.
 */
export async function writeEstateFile(path: string, folder: string, content: EstateContent): Promise<void> {
  if (existsSync(path)) {
    return;
  }
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.unfinished`;
  removeStore(unfinished);
  await (await openEmpty(unfinished)).close();
  const { processes, rule, raises = () => true } = content;
  const detector = createDetector([rule]);
  const hits = await writeInBulk(unfinished, (write) => writeEstate(processes, detector, write));
  const store = await openEmpty(unfinished);
  await appendEvents(store, processes);
  await raiseHits(
    store,
    hits.filter((_, index) => raises(index)),
  );
  await store.close();
  renameSync(unfinished, path);
}

async function appendEvents(store: Store, processes: number): Promise<void> {
  let waiting: TimedRecord[] = [];
  const write = async (records: readonly TimedRecord[]) => {
    const events = records.map((record) => ({ event: mapped(record), original: winlogbeatOf(record) }));
    await store.write((transaction) => transaction.events.append([packEvents(events)]));
    await setImmediate();
  };
  for (const records of inOrderOfTime(processes)) {
    waiting.push(...records);
    while (waiting.length >= EVENTS_PER_WRITE) {
      await write(waiting.slice(0, EVENTS_PER_WRITE));
      waiting = waiting.slice(EVENTS_PER_WRITE);
    }
  }
  await write(waiting);
}

/** The records of all hosts, some minutes at a time. */
function* inOrderOfTime(processes: number): Generator<readonly TimedRecord[]> {
  let open = estateHosts(processes).map((host) => ({
    batches: windowsRecordsOf(host, AHEAD),
    ready: [] as TimedRecord[],
  }));
  let until = Number.NEGATIVE_INFINITY;
  while (open.length > 0) {
    for (const host of open) {
      // The records of a batch overlap a little with those of the next: a process may end after the next one started.
      while ((host.ready.at(-1)?.time ?? until) <= until + SLICE) {
        const next = host.batches.next();
        if (next.done === true) {
          break;
        }
        host.ready.push(...next.value);
      }
    }
    open = open.filter(({ ready }) => ready.length > 0);
    const first = open.reduce((least, { ready }) => Math.min(least, ready[0]?.time ?? least), Number.POSITIVE_INFINITY);
    until = first + SLICE;
    const slice: TimedRecord[] = [];
    for (const host of open) {
      slice.push(...host.ready.filter(({ time }) => time < until));
      host.ready = host.ready.filter(({ time }) => time >= until);
    }
    yield slice.sort((left, right) => left.time - right.time);
  }
}

export function removeStore(path: string): void {
  for (const suffix of ["", "-wal", "-shm", ".lock", ".ingest.lock", ".turn.lock"]) {
    rmSync(`${path}${suffix}`, { force: true });
  }
}
