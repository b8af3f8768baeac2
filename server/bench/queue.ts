import { join } from "node:path";
import { queueQuery } from "#contracts/queue";
import { type Bench, rounded } from "./bench.ts";
import { writeAlerted } from "./estate-sqlite.ts";

interface QueueFigures {
  readonly alerts: number;
  /** The first page after the database was opened. */
  readonly firstMilliseconds: number;
  readonly p50Milliseconds: number;
  /** The slowest of all but the first. */
  readonly worstMilliseconds: number;
  /** The first page after a write, which invalidates cached counts. */
  readonly afterWriteMilliseconds: number;
  readonly buildSeconds: number;
}

const ALERTS = 100_000;
const PAGES = 20;

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
  await store.write((transaction) =>
    transaction.audit.append({
      at: Date.now(),
      actor: { name: "bench" },
      action: "bench",
      subject: { kind: "bench", id: "bench" },
    }),
  );
  const afterWrite = await page(100);
  await store.close();
  times.sort((left, right) => left - right);
  const figures: QueueFigures = {
    alerts,
    firstMilliseconds: rounded(first),
    p50Milliseconds: rounded(times[Math.floor(times.length / 2)] ?? 0),
    worstMilliseconds: rounded(times.at(-1) ?? 0),
    afterWriteMilliseconds: rounded(afterWrite),
    buildSeconds,
  };
  return {
    figures,
    lines: [
      `page p50 ${figures.p50Milliseconds} ms, ${figures.afterWriteMilliseconds} ms after a write, over ${figures.alerts} alerts`,
    ],
  };
};
