import { join } from "node:path";
import { bench } from "../bench/bench.ts";
import { sampleCapture } from "../sample/generate.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { type Command, readArguments, refuseUsage } from "./command.ts";
import { loadKnowledge } from "./open.ts";
import { json } from "./terminal.ts";

const usage = `Usage: stemma bench [--captures DIR] [--million] [--rules DIR]… [--json]

Measures reading, ingesting and opening alerts in a temporary folder. Compare the ratios: machines are noisy.
  --captures DIR  folder with big/ and evtx-bulk/ (default ../shared/telemetry; without it parts are skipped)
  --million       also open alerts among 10^6 processes (takes minutes and some gigabytes of disk)
  --rules DIR     more rules beside the shipped ones
  --json          one JSON object on standard output`;

const ESTATES = [10_000, 100_000];

export const benchCommand: Command = {
  name: "bench",
  usage,
  async run(args, surroundings) {
    const { terminal, directory } = surroundings;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" }, captures: { type: "string" }, million: { type: "boolean" } },
        settings: [],
        folders: ["rules"],
      },
      surroundings,
    );
    if (!read.ok) {
      return refuseUsage(benchCommand, read.error, terminal);
    }
    const { config, flag, text } = read.value;
    const { detector } = await loadKnowledge(config);
    const result = await bench({
      detector,
      openStore: (path) => openSqliteStore(path),
      captures: text("captures") ?? join(directory, "..", "shared", "telemetry"),
      sample: () => sampleCapture(Date.now()),
      estates: flag("million") ? [...ESTATES, 1_000_000] : ESTATES,
      say: (progress) => terminal.err(progress),
    });
    if (flag("json")) {
      terminal.out(json(result));
      return 0;
    }
    const { evtx, ingest, openAlert, queue } = result;
    const lines = [
      "skipped" in evtx ? `EVTX reader   ${evtx.skipped}` : `EVTX reader   ${evtx.recordsPerSecond} records/s`,
      `ingest        ${ingest.eventsPerSecond} events/s, ${ingest.ratio} × the floor of JSON.parse (${ingest.processorRatio} × in processor time), peak ${Math.round(ingest.peakMemoryBytes / 1024 ** 2)} MB, ${ingest.rules} rules (${ingest.input})`,
      ...openAlert.map(
        ({ processes, p50Milliseconds, p99Milliseconds }) =>
          `open an alert p50 ${p50Milliseconds} ms, p99 ${p99Milliseconds} ms among ${processes} processes`,
      ),
      `queue page    p50 ${queue.p50Milliseconds} ms, ${queue.afterWriteMilliseconds} ms after a write, over ${queue.alerts} alerts`,
    ];
    terminal.out(`${lines.join("\n")}\n`);
    return 0;
  },
};
