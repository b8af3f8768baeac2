// Run as a child process: ingests batches of process starts one write after the other, telling of each acknowledged
// one. Arguments: the store as in STEMMA_STORE, the number of batches, events per batch.

import { openStore } from "../../server/cli/open.ts";
import { wildcard } from "../../server/condition/tree.ts";
import { readConfig } from "../../server/config.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { rule } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";

const [path = "", count = "0", size = "4000"] = process.argv.slice(2);
const events = Number(size);
const config = readConfig(process.env, { STEMMA_STORE: path });
if (!config.ok) {
  throw new Error(JSON.stringify(config.error));
}
const opened = await openStore(config.value, { readOnly: false });
if (!opened.ok) {
  throw new Error(opened.error.message);
}

async function* batches() {
  for (let batch = 0; batch < Number(count); batch += 1) {
    const made = Array.from({ length: events }, (_, index) => {
      const number = batch * events + index;
      const event = sysmonStart({
        recordId: String(number),
        time: T0 + number * 1000,
        guid: guid(T0 + number * 1000, number),
        pid: 4 + (number % 30_000) * 4,
        image: number % 1_000 === 0 ? "C:\\evil.exe" : "C:\\fine.exe",
      });
      return { event, original: { number } };
    });
    yield { file: "test", events: made, problems: [], ignored: [], bytes: 0, fileStart: batch === 0, fileDone: false };
  }
}

const evil = wildcard("process.name", "evil*");
const stage = { condition: evil, keys: [], missing: false };
const plan = { kind: "sequence", stages: [stage, stage], maxspan: undefined, until: undefined } as const;
const summary = await ingest({
  store: opened.value,
  detector: createDetector([
    rule({ condition: evil }),
    { ...rule(), id: "rule-2", body: { kind: "sequence", plan, condition: evil } },
  ]),
  paths: ["test"],
  batches: batches(),
  actor: { name: "tester" },
  clock: Date.now,
  onProgress: ({ phase, summary }) => {
    if (phase === "reading") {
      process.stdout.write(`${summary.events}\n`);
    }
  },
});
process.stdout.write(`done ${JSON.stringify(summary)}\n`);
await opened.value.close();
