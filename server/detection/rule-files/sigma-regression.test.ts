import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { unpackArchive } from "../../../test/factories/archive.ts";
import { readEvents } from "../../ingest/read.ts";
import { ok } from "../../lib/result.ts";
import { createDetector } from "../detector.ts";
import { printSigma } from "../languages/sigma/print.ts";
import { compileSigma, type SigmaDetection } from "../languages/sigma/sigma.ts";
import { readRules } from "./load.ts";

const corpus = "../shared/corpora/sigma.tar.gz";
const cases = "../shared/telemetry/sigma-regression/sigma-regression-even.tar.gz";
const here = existsSync(corpus) && existsSync(cases);

const infoFile = z.object({
  rule_metadata: z.array(z.object({ id: z.string() })),
  regression_tests_info: z.array(z.object({ match_count: z.number().optional(), path: z.string() })).optional(),
});

/** A line of syslog, which no reader here takes; its info file has the test commented out. */
const unreadable: ReadonlySet<string> = new Set(["ef0ff092-a24a-4fbc-beea-06c08d53e085"]);

/** Info files that count one record where three satisfy the text of the rule: counted by hand. */
const counted: ReadonlyMap<string, number> = new Map([
  ["0b9ad457-2554-44c1-82c2-d56a99c42377", 3],
  ["8fbf3271-1ef6-4e94-8210-03c2317947f6", 3],
  ["45e112d0-7759-4c2a-aa36-9f8fb79d3393", 3],
]);

const word = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);
const detectionPart = z.object({
  logsource: z.object({ product: word, category: word, service: word }),
  detection: z.looseObject({ condition: z.union([z.string().transform((text) => [text]), z.array(z.string())]) }),
});

function readDetection(text: string): SigmaDetection {
  const { logsource, detection } = detectionPart.parse(parse(text));
  const { condition: conditions, ...selections } = detection;
  return { logSource: logsource, selections, conditions };
}

describe.skipIf(!here)(`Sigma rules of the field${here ? "" : " (skipped: no ../shared)"}`, async () => {
  const folder = here ? mkdtempSync(join(tmpdir(), "stemma-sigma-")) : "";
  afterAll(() => folder !== "" && rmSync(folder, { recursive: true }));
  const files = [];
  for await (const { name, text } of here ? unpackArchive(corpus, /\.ya?ml$/) : []) {
    files.push({ file: name, source: name, text: ok(text()) });
  }
  const { rules, files: statuses } = readRules(files);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));

  it("compile, all live ones but those that say why not", () => {
    const live = statuses.filter(({ file }) => !file.includes("/unsupported/"));
    const rest = live.filter(({ state }) => state !== "evaluable");
    expect(live.length).toBeGreaterThan(1700);
    expect(rest.length / live.length).toBeLessThan(0.01);
    expect(rest.map(({ file, state, reason }) => [basename(file), state, reason])).toEqual([
      [
        "win_security_adcs_certighost_cdc_chase_request.yml",
        "not evaluable",
        'the modifier "expand" of Attributes needs values that a Sigma pipeline fills in',
      ],
    ]);
  });

  it("print back to text that compiles to an equal tree, every one", () => {
    const differing = [];
    let printed = 0;
    for (const { name, sigma, body, query } of rules) {
      if (body.kind !== "event" || sigma?.logSource === undefined) {
        continue;
      }
      const again = compileSigma(readDetection(stringify(printSigma(readDetection(query)))));
      printed++;
      if (!again.ok || !isDeepStrictEqual(again.value, body.condition)) {
        differing.push([name, again.ok ? "another tree" : again.error.message]);
      }
    }
    expect(differing).toEqual([]);
    expect(printed).toBeGreaterThan(1700);
  });

  it("fire on the records that their authors kept", async () => {
    const records = new Map<string, string>();
    const infos = [];
    for await (const { name, bytes, text } of unpackArchive(cases, /\.(?:evtx|yml)$/)) {
      if (name.endsWith(".yml")) {
        infos.push({ at: dirname(name), info: infoFile.parse(parse(text())) });
      } else {
        const path = join(folder, `${records.size}.evtx`);
        writeFileSync(path, bytes);
        records.set(dirname(name), path);
      }
    }
    expect(infos).toHaveLength(102);
    const wrong = [];
    for (const { at, info } of infos) {
      for (const { id } of info.rule_metadata) {
        const rule = byId.get(id);
        const path = records.get(at);
        if (unreadable.has(id)) {
          continue;
        }
        if (path === undefined || rule === undefined) {
          wrong.push([id, path === undefined ? "no record" : "no rule"]);
          continue;
        }
        const detector = createDetector([rule]);
        let hits = 0;
        for await (const batch of readEvents([path])) {
          hits += batch.events.reduce((sum, { event }) => sum + detector.test(event).length, 0);
        }
        const wanted = counted.get(id) ?? info.regression_tests_info?.[0]?.match_count;
        if (wanted === undefined ? hits === 0 : hits !== wanted) {
          wrong.push([id, basename(at), rule.source, `${hits} hits, not ${wanted}`]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
