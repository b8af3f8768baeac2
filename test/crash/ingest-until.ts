// Run as a child process: ingests paths through the whole pipeline, and at a given write kills or interrupts itself.
// Prints, as JSON, the number of its writes, or what it was when it was interrupted. The argument is a `ChildTask`.

import { openStore } from "../../server/cli/open.ts";
import { type Config, readConfig } from "../../server/config.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { loadRules } from "../../server/detection/rule-files/load.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";

export interface ChildTask {
  /** As in `STEMMA_STORE`. */
  readonly store: string;
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly moment?: Moment;
}

/** When and how the ingest ends early: killed before or after the commit of a write, or interrupted during it. */
export interface Moment {
  /** Counted from 1. */
  readonly write: number;
  readonly how: "kill-before-commit" | "kill-after-commit" | "interrupt";
}

const task: ChildTask = JSON.parse(process.argv[2] ?? "{}");
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
let writes = 0;

function withMoment(store: Store): Store {
  const write: Store["write"] = async (work) => {
    writes += 1;
    const now = writes === task.moment?.write ? task.moment.how : undefined;
    if (now === "interrupt") {
      process.kill(process.pid, "SIGINT");
    }
    const result = await store.write(async (transaction) => {
      const done = await work(transaction);
      if (now === "kill-before-commit") {
        process.kill(process.pid, "SIGKILL");
      }
      return done;
    });
    if (now === "kill-after-commit") {
      process.kill(process.pid, "SIGKILL");
    }
    return result;
  };
  // Small writes, so that there are many moments.
  return { ...store, writeSize: 256, write };
}

function configured(): Config {
  const config = readConfig(process.env, { STEMMA_STORE: task.store });
  if (!config.ok) {
    throw new Error(JSON.stringify(config.error));
  }
  return config.value;
}

const config = configured();
const opened = await openStore(config, { readOnly: false });
if (!opened.ok) {
  throw new Error(opened.error.message);
}
const { rules } = await loadRules(task.rules);
const summary = await ingest({
  store: withMoment(opened.value),
  detector: createDetector(rules),
  paths: task.paths,
  actor: { name: "tester" },
  clock: Date.now,
  signal: stop.signal,
  read: { limits: config.archive },
});
await opened.value.close();
process.stdout.write(JSON.stringify({ writes, summary }));
