import { createReadStream, existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { ok } from "../../lib/result.ts";
import { parseEql } from "../languages/eql/eql.ts";
import { printQuery } from "../languages/eql/print.ts";
import { printTstats } from "../languages/tstats/print.ts";
import { parseTstats } from "../languages/tstats/tstats.ts";
import { readRules } from "./load.ts";
import type { RuleLoadStatus } from "./loaded-rules.ts";
import type { RuleFile } from "./rule-folder.ts";

const folder = "../shared/corpora";
const here = existsSync(folder);

async function unpack(archive: string): Promise<readonly RuleFile[]> {
  const files: RuleFile[] = [];
  const entries = createReadStream(`${folder}/${archive}`).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    const { name } = entry.header;
    const content = await text(entry);
    if (/\.(?:toml|yml)$/.test(name)) {
      files.push({ file: name, source: name, text: ok(content) });
    }
  }
  return files;
}

const isRefused = ({ state }: RuleLoadStatus) => state === "failed" || state === "not evaluable";

describe.skipIf(!here)(`rules of the field${here ? "" : " (skipped: no ../shared)"}`, () => {
  it("Elastic: every file loads, every query compiles and prints back to the same tree", async () => {
    const { rules, files } = readRules(await unpack("elastic.tar.gz"));
    expect(files.filter((file) => file.state === "failed")).toEqual([]);
    const eql = rules.filter(
      ({ language, body }) =>
        language === "eql" && !(body.kind === "not-evaluable" && /^rules of type/.test(body.reason)),
    );
    expect(eql.filter((rule) => rule.body.kind === "not-evaluable").map((rule) => rule.name)).toEqual([]);
    expect(eql.filter((rule) => rule.body.kind === "event").length).toBeGreaterThan(400);
    expect(eql.filter((rule) => rule.body.kind === "sequence").length).toBeGreaterThan(100);
    for (const rule of eql) {
      const query = parseEql(rule.query);
      expect(query.ok && parseEql(printQuery(query.value))).toEqual(query);
    }
  });

  it.each(["elastic.tar.gz", "sigma.tar.gz", "splunk.tar.gz"])(
    "%s: each file that does not run says why, with line and column",
    async (archive) => {
      const refused = readRules(await unpack(archive)).files.filter(isRefused);
      expect(refused.length).toBeGreaterThan(20);
      for (const { file, reason, at } of refused) {
        expect([file, reason, at]).toEqual([
          file,
          expect.stringMatching(/./),
          expect.objectContaining({ line: expect.any(Number), column: expect.any(Number) }),
        ]);
      }
    },
  );

  it("Splunk: searches over Endpoint.Processes with a tail of macros run, more with filters; all print back to the same query", async () => {
    const { rules, files, macros } = readRules(await unpack("splunk.tar.gz"));
    const failed = files.filter((file) => file.state === "failed").map((file) => file.file.replace(/^.*\//, ""));
    // Both break YAML: a quoted text goes on at the left margin.
    expect(failed.sort()).toEqual(["base64decode.yml", "okta_threatinsight_suspected_passwordspray_attack.yml"]);
    const family = rules.filter(
      (rule) =>
        /^\s*\|\s*tstats[^|]*datamodel\s*=\s*Endpoint\.Processes/.test(rule.query) &&
        rule.query
          .split("|")
          .slice(2)
          .every((stage) => /^\s*`[^`]*`\s*$/.test(stage)),
    );
    const runnable = family.filter((rule) => rule.body.kind === "grouped");
    expect(runnable.length / family.length).toBeGreaterThan(0.95);
    const running = rules.filter(({ language, body }) => language === "tstats" && body.kind !== "not-evaluable");
    expect(running.length).toBeGreaterThan(runnable.length + 15);
    for (const rule of running) {
      const query = parseTstats(rule.query, macros);
      const printed = query.ok ? printTstats(query.value) : undefined;
      expect([rule.name, parseTstats(printed ?? "", new Map())]).toEqual([rule.name, query]);
    }
  });
});
