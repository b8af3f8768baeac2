import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { rounded } from "./bench.ts";

/** How long a repeated operation took, in milliseconds. */
export interface Percentiles {
  readonly times: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export interface Spread extends Percentiles {
  /** Average processor time of this thread, which depends less on other load than elapsed time. */
  readonly processor: number;
}

/** Times `work` on each item, one after the other. */
export async function timed<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<Spread> {
  const times: number[] = [];
  const used = process.threadCpuUsage();
  for (const item of items) {
    const before = performance.now();
    await work(item);
    times.push(performance.now() - before);
    // Yield, so that the benchmark can be interrupted.
    await setImmediate();
  }
  const { user, system } = process.threadCpuUsage(used);
  return { ...percentiles(times), processor: rounded((user + system) / 1000 / times.length) };
}

export function percentiles(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { times: sorted.length, p50: at(0.5), p99: at(0.99), worst: at(1) };
}

/**
 * Asks the system to drop a database file from the page cache, so that the next reads come from disk. Returns false
 * where that is not possible; it needs GNU dd, but no privileges.
 */
export function dropFromCache(path: string): boolean {
  return ["", "-wal"]
    .map((suffix) => `${path}${suffix}`)
    .filter((file) => existsSync(file))
    .every((file) => {
      const dropped = spawnSync("dd", [`of=${file}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"], {
        stdio: "ignore",
      });
      return dropped.status === 0;
    });
}
