import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { rounded } from "./bench.ts";

/** How long one thing took when it was done many times, in milliseconds. */
export interface Spread {
  readonly times: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  /** On average in processor time of this thread: what is left of the noise when others want the processor too. */
  readonly processor: number;
}

/** Does `work` on each of `items`, one after the other. */
export async function timed<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<Spread> {
  const times: number[] = [];
  const used = process.threadCpuUsage();
  for (const item of items) {
    const before = performance.now();
    await work(item);
    times.push(performance.now() - before);
    // Between two, so that the bench can be stopped.
    await setImmediate();
  }
  const { user, system } = process.threadCpuUsage(used);
  times.sort((left, right) => left - right);
  const at = (share: number) => rounded(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  return {
    times: times.length,
    p50: at(0.5),
    p99: at(0.99),
    worst: at(1),
    processor: rounded((user + system) / 1000 / times.length),
  };
}

/**
 * Asks the system to forget a file's pages, so that what is read next comes from the disk. False where that cannot be asked
 * (it takes GNU dd; no privilege).
 */
export function forgetPages(path: string): boolean {
  return ["", "-wal"]
    .map((end) => `${path}${end}`)
    .filter((file) => existsSync(file))
    .every((file) => {
      const asked = spawnSync("dd", [`of=${file}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"], {
        stdio: "ignore",
      });
      return asked.status === 0;
    });
}
