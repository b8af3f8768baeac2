import { join } from "node:path";
import { queueQuery } from "#contracts/queue";
import type { Store } from "../store/port.ts";
import { type Bench, rounded } from "./bench.ts";
import { writeAlerted } from "./estate-sqlite.ts";
import { percentiles } from "./timing.ts";

interface QueueFigures {
  readonly alerts: number;
  /** The first page after the database was opened. */
  readonly firstMilliseconds: number;
  readonly p50Milliseconds: number;
  /** The slowest of all but the first. */
  readonly worstMilliseconds: number;
  /** The first page after an alert was written, which makes what is cached useless: the middle of several. */
  readonly afterWriteMilliseconds: number;
  /** Processor time of the same, which depends less on other load. */
  readonly afterWriteProcessorMilliseconds: number;
  readonly buildSeconds: number;
}

const ALERTS = 100_000;
const PAGES = 20;
const WRITES = 5;

interface AfterWrite {
  readonly milliseconds: number;
  readonly processorMilliseconds: number;
}

/** The first page of the queue with its counts, where every process has an alert. */
export const benchQueue: Bench = async ({ folder }) => {
  const path = join(folder, "queue.db");
  const start = performance.now();
  const store = await writeAlerted(path, ALERTS);
  const { total: alerts } = await store.alerts.find({ limit: 1 });
  const buildSeconds = (performance.now() - start) / 1000;
  // Pages are cached until the next write: every measured page has a different length.
  const page = async (limit: number) => {
    const before = performance.now();
    await store.alerts.queue(queueQuery.parse({ limit }));
    return performance.now() - before;
  };
  const first = await page(100);
  const times: number[] = [];
  for (let index = 0; index < PAGES; index += 1) {
    times.push(await page(99 - index));
  }
  const afterWrites: AfterWrite[] = [];
  for (let index = 0; index < WRITES; index += 1) {
    await write(store);
    const used = process.cpuUsage();
    const milliseconds = await page(100);
    const { user, system } = process.cpuUsage(used);
    afterWrites.push({ milliseconds, processorMilliseconds: (user + system) / 1000 });
  }
  await store.close();
  const pages = percentiles(times);
  const figures: QueueFigures = {
    alerts,
    firstMilliseconds: rounded(first),
    p50Milliseconds: pages.p50,
    worstMilliseconds: pages.worst,
    afterWriteMilliseconds: percentiles(afterWrites.map(({ milliseconds }) => milliseconds)).p50,
    afterWriteProcessorMilliseconds: percentiles(afterWrites.map((one) => one.processorMilliseconds)).p50,
    buildSeconds,
  };
  return {
    figures,
    lines: [
      `page p50 ${figures.p50Milliseconds} ms, ${figures.afterWriteMilliseconds} ms after an alert changed (${figures.afterWriteProcessorMilliseconds} ms of processor time), over ${figures.alerts} alerts`,
    ],
  };
};

/** Writes an alert again: whatever else is written does not change the queue. */
async function write(store: Store): Promise<void> {
  const { items } = await store.alerts.find({ limit: 1 });
  await store.write(async (transaction) => {
    for (const alert of items) {
      await transaction.alerts.put(alert);
    }
  });
}
