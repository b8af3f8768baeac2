import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { unpackArchive } from "../../../test/factories/archive.ts";
import { readEvents } from "../../ingest/read.ts";
import { ok } from "../../lib/result.ts";
import { createDetector } from "../detector.ts";
import { readRules } from "./load.ts";
import type { RuleFile } from "./rule-folder.ts";

const shared = "../shared";
const archives = ["elastic", "sigma", "splunk"].map((name) => `${shared}/corpora/${name}.tar.gz`);
const here = archives.every((path) => existsSync(path)) && existsSync(`${shared}/telemetry`);
/** One event in so many is tested: without the index each costs thousands of tests. */
const STRIDE = 61;
const captures = ["wmiexec", "wmi-target", "wmic-node", "mordor-multihost", "splunk", "sigma-regression", "edge"];

describe.skipIf(!here)(`the rules of the field on real captures${here ? "" : " (skipped: no ../shared)"}`, async () => {
  const files: RuleFile[] = [];
  for (const archive of here ? archives : []) {
    for await (const { name, text } of unpackArchive(archive, /\.(?:toml|ya?ml)$/)) {
      files.push({ file: name, source: name, text: ok(text()) });
    }
  }
  const { rules } = readRules(files);
  const on = createDetector(rules);
  const off = createDetector(rules, { index: false });

  it.each(captures)(
    "%s: hit the same and take the same steps with the index as without",
    { timeout: 120_000 },
    async (of) => {
      let events = 0;
      for await (const batch of readEvents([`${shared}/telemetry/${of}`])) {
        for (const { event } of batch.events) {
          if (events++ % STRIDE === 0) {
            const seen = (detector: typeof on) => ({
              hits: detector.test(event).map(({ rule }) => rule.id),
              stages: detector.sequences.match(event.fields),
              inputs: detector.correlations.match(event),
            });
            expect(seen(on)).toEqual(seen(off));
          }
        }
      }
      expect(events).toBeGreaterThan(0);
    },
  );
});
