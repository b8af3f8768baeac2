import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadContent } from "../cli/open.ts";
import { openInputs } from "../ingest/open.ts";
import { ingest } from "../pipeline/ingest.ts";
import { sampleCapture } from "../sample/generate.ts";
import { type Bench, rounded } from "./bench.ts";
import { openEmpty } from "./store.ts";

interface IngestFigures {
  readonly input: string;
  /** Unpacked. */
  readonly bytes: number;
  readonly records: number;
  readonly rules: number;
  /** Unzip, split into lines and `JSON.parse` each: the lower bound of any ingest. */
  readonly floorSeconds: number;
  /** The complete ingest of the same bytes: map, resolve lineage, detect, store durably. */
  readonly ingestSeconds: number;
  readonly eventsPerSecond: number;
  /** `ingestSeconds / floorSeconds`. */
  readonly ratio: number;
  /** The same in processor time of all threads, which depends less on other load. */
  readonly processorRatio: number;
  readonly floorProcessorSeconds: number;
  readonly ingestProcessorSeconds: number;
  readonly databaseBytesPerEvent: number;
  readonly peakMemoryBytes: number;
}

/** Ingest of large captures, and its floor measured just before in the same run. */
export const benchIngest: Bench = async ({ config, captures, folder }) => {
  const big = join(captures, "big");
  const hasCaptures = existsSync(big);
  const path = hasCaptures ? big : writeSample(folder);
  const { detector } = await loadContent(config);
  const floor = await measured(() => parseOnly(path));
  const store = await openEmpty(join(folder, "ingest.db"));
  const run = await measured(() =>
    ingest({ store, detector, paths: [path], actor: { name: "bench" }, clock: Date.now }),
  );
  const summary = run.value;
  await store.close();
  const figures: IngestFigures = {
    input: hasCaptures ? "captures" : `generated sample (no ${big})`,
    bytes: summary.bytes,
    records: summary.records,
    rules: detector.rules.length,
    floorSeconds: floor.seconds,
    ingestSeconds: run.seconds,
    eventsPerSecond: Math.round(summary.records / run.seconds),
    ratio: rounded(run.seconds / floor.seconds),
    floorProcessorSeconds: floor.processorSeconds,
    ingestProcessorSeconds: run.processorSeconds,
    processorRatio: rounded(run.processorSeconds / floor.processorSeconds),
    databaseBytesPerEvent: Math.round(statSync(join(folder, "ingest.db")).size / Math.max(1, summary.events)),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  return {
    figures,
    lines: [
      `${figures.eventsPerSecond} events/s, ${figures.ratio} × the floor of JSON.parse (${figures.processorRatio} × in processor time), peak ${Math.round(figures.peakMemoryBytes / 1024 ** 2)} MB, ${figures.rules} rules (${figures.input})`,
    ],
  };
};

/** A generated capture, for machines without the large ones. */
function writeSample(folder: string): string {
  const path = join(folder, "sample.ndjson");
  writeFileSync(path, [...sampleCapture(Date.now())].join("\n"));
  return path;
}

async function measured<T>(work: () => Promise<T>) {
  const start = performance.now();
  const processor = process.cpuUsage();
  const value = await work();
  const used = process.cpuUsage(processor);
  return {
    value,
    seconds: (performance.now() - start) / 1000,
    processorSeconds: (used.user + used.system) / 1_000_000,
  };
}

async function parseOnly(path: string): Promise<void> {
  for await (const opened of openInputs([path])) {
    if (opened.kind !== "input") {
      continue;
    }
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of opened.input.chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(parse);
    }
    parse(rest);
  }
}

function parse(line: string): void {
  if (line.trim() !== "") {
    JSON.parse(line);
  }
}
