import { join } from "node:path";
import { queueQuery } from "#contracts/alert";
import { exists } from "../condition/tree.ts";
import { createDetector } from "../detection/run.ts";
import { ingest } from "../pipeline.ts";
import type { BenchRequest } from "./bench.ts";
import { estate } from "./estate.ts";
import { markedRule } from "./open-alert.ts";

export interface QueueFigures {
  readonly alerts: number;
  /** The first page after the database was opened. */
  readonly firstMilliseconds: number;
  readonly p50Milliseconds: number;
  /** The slowest of all but the first. */
  readonly worstMilliseconds: number;
  /** The first page after a write, which makes what was counted before stale. */
  readonly afterWriteMilliseconds: number;
  readonly buildSeconds: number;
}

const PAGES = 20;

/** The queue's first page, with its counts, over as many alerts as processes. */
export async function benchQueue(
  { openStore }: Pick<BenchRequest, "openStore">,
  folder: string,
  alerts: number,
): Promise<QueueFigures> {
  const opened = await openStore(join(folder, `queue-${alerts}.db`));
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  const store = opened.value;
  const start = performance.now();
  const everywhere = { ...markedRule, body: { kind: "event", condition: exists("process.name") } } as const;
  const summary = await ingest({
    store,
    detector: createDetector([everywhere]),
    paths: ["estate"],
    batches: estate(alerts),
    actor: "bench",
    clock: Date.now,
  });
  const buildSeconds = (performance.now() - start) / 1000;
  // The store answers a page again from memory while nothing is written: each measured page asks for another length.
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
      actor: "bench",
      action: "bench",
      subject: { kind: "bench", id: "bench" },
    }),
  );
  const afterWrite = await page(100);
  await store.close();
  times.sort((left, right) => left - right);
  return {
    alerts: summary.alerts,
    firstMilliseconds: rounded(first),
    p50Milliseconds: rounded(times[Math.floor(times.length / 2)] ?? 0),
    worstMilliseconds: rounded(times.at(-1) ?? 0),
    afterWriteMilliseconds: rounded(afterWrite),
    buildSeconds,
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
