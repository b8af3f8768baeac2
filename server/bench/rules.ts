import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FieldValue } from "#contracts/event";
import { createDetector } from "../detection/detector.ts";
import type { Detector } from "../detection/rule.ts";
import { loadRules } from "../detection/rule-files/load.ts";
import type { StemmaEvent } from "../event/event.ts";
import { readEvents } from "../ingest/read.ts";
import { ingest } from "../pipeline/ingest.ts";
import { type Bench, rounded, skipped } from "./bench.ts";
import { openEmpty } from "./store.ts";
import { dropFromCache } from "./timing.ts";

/** Numbers of rules, spread evenly over those that can run; all of them are measured as well. */
const SIZES = [10, 100, 1_000];
/** Rule files whose loading is measured. */
const LOADED = 2_000;
/** Batches of events that are not counted, to warm up. */
const WARM_UP = 60;

interface Cost {
  readonly rules: number;
  readonly eventsPerSecond: number;
  /** Processor time in microseconds. */
  readonly perEvent: number;
  /** `perEvent` relative to the fewest rules. */
  readonly ratio: number;
}

/** The cost of many rules in detection and in a whole ingest, relative to few rules; and the time to load them. */
export const benchRules: Bench = async ({ config, captures, folder, report }) => {
  const big = join(captures, "big");
  if (!existsSync(big)) {
    return skipped(`no ${big}`);
  }
  const { rules } = await loadRules(config.ruleFolders);
  const runnable = rules.filter(({ body }) => body.kind !== "not-evaluable");
  const sizes = [...SIZES.filter((size) => size < runnable.length), runnable.length];
  const detectors = sizes.map((size) => createDetector(spread(runnable, size)));
  report(`detection with ${sizes.join(", ")} rules`);
  const detection = await detect(big, detectors);
  report("whole ingest");
  const whole = await ingestWith(
    big,
    detectors.filter(({ rules: { length } }) => length !== 100),
    folder,
  );
  report(`loading ${LOADED} rules in separate processes`);
  const loading = load(config.ruleFolders, join(folder, "rules"));
  return {
    figures: { loadable: rules.length, detection, ingest: whole, loading },
    lines: [
      ...detection.map((cost) => `detection with ${costText(cost)}`),
      ...whole.map((cost) => `ingest with ${costText(cost)}`),
      `loading ${loading.files} files: ${loading.coldMilliseconds} ms cold, ${loading.warmMilliseconds} ms warm`,
    ],
  };
};

function costText({ rules, eventsPerSecond, perEvent, ratio }: Cost): string {
  return `${rules} rules ${eventsPerSecond} events/s, ${perEvent} µs processor time per event, ${ratio} ×`;
}

function spread<T>(of: readonly T[], size: number): readonly T[] {
  return of.filter(
    (_, index) => Math.floor((index * size) / of.length) !== Math.floor(((index - 1) * size) / of.length),
  );
}

/**
 * Tests every batch of events with every detector in turn, so that other load affects all alike. Each detector gets its
 * own copies, as strings already hashed by another would be cheaper.
 */
async function detect(path: string, detectors: readonly Detector[]): Promise<readonly Cost[]> {
  const used = detectors.map(() => 0);
  let events = 0;
  let batches = 0;
  for await (const batch of readEvents([path])) {
    batches++;
    const copies = detectors.map(() => batch.events.map(({ event }) => copyOf(event)));
    for (const step of detectors.keys()) {
      const turn = (batches + step) % detectors.length;
      const detector = detectors[turn];
      const before = process.threadCpuUsage();
      for (const event of copies[turn] ?? []) {
        detector?.test(event);
        detector?.sequences.match(event.fields);
        detector?.correlations.match(event);
      }
      const { user, system } = process.threadCpuUsage(before);
      if (batches > WARM_UP) {
        used[turn] = (used[turn] ?? 0) + user + system;
      }
    }
    events += batches > WARM_UP ? batch.events.length : 0;
  }
  return costs(detectors, used, events);
}

function copyOf(event: StemmaEvent): StemmaEvent {
  const fields: Record<string, FieldValue> = JSON.parse(JSON.stringify(event.fields));
  return { ...event, fields: Object.assign(Object.create(null), fields) };
}

/** Ingests every file with every detector in turn, so that other load affects all alike. */
async function ingestWith(path: string, detectors: readonly Detector[], folder: string): Promise<readonly Cost[]> {
  const used = detectors.map(() => 0);
  let records = 0;
  for (const name of readdirSync(path).sort()) {
    for (const [turn, detector] of detectors.entries()) {
      const store = await openEmpty(join(folder, `${name}-${turn}.db`));
      const before = process.cpuUsage();
      const summary = await ingest({
        store,
        detector,
        paths: [join(path, name)],
        actor: { name: "bench" },
        clock: Date.now,
      });
      const { user, system } = process.cpuUsage(before);
      used[turn] = (used[turn] ?? 0) + user + system;
      records += turn === 0 ? summary.records : 0;
      await store.close();
    }
  }
  return costs(detectors, used, records);
}

function costs(detectors: readonly Detector[], microseconds: readonly number[], events: number): readonly Cost[] {
  const [least = 0] = microseconds;
  return detectors.map(({ rules }, turn) => {
    const used = microseconds[turn] ?? 0;
    return {
      rules: rules.length,
      eventsPerSecond: Math.round((events * 1_000_000) / used),
      perEvent: rounded(used / events),
      ratio: rounded(used / least),
    };
  });
}

/**
 * Loads rules in a new process, as `stemma` does at startup, including its modules. Cold reads from disk where the page
 * cache can be dropped; warm is a second run.
 */
function load(folders: readonly string[], copy: string) {
  mkdirSync(copy);
  const files = spread(folders.flatMap(ruleFiles), LOADED).map((file, index) => {
    const to = join(copy, `${index}${file.slice(file.lastIndexOf("."))}`);
    copyFileSync(file, to);
    return to;
  });
  const fromDisk = files.every(dropFromCache);
  const run = () => {
    const before = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [loader, copy], { encoding: "utf8" });
    if (status !== 0) {
      throw new Error(`loading rules failed: ${stderr}`);
    }
    return Math.round(performance.now() - before);
  };
  return { files: files.length, fromDisk, coldMilliseconds: run(), warmMilliseconds: run() };
}

const loader = fileURLToPath(new URL("./load-rules.ts", import.meta.url));

function ruleFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:toml|ya?ml)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
