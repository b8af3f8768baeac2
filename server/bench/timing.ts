import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { rounded } from "./bench.ts";

/** How long a repeated operation took, in milliseconds. */
export interface Spread {
  readonly times: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
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
