import { existsSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { unpackArchive } from "../../../test/factories/archive.ts";
import { ok } from "../../lib/result.ts";
import { parseKql } from "../languages/kql/kql.ts";
import { printKql } from "../languages/kql/print.ts";
import { readRules } from "./load.ts";

const archive = "../shared/corpora/elastic.tar.gz";
const here = existsSync(archive);
const rule = z.object({
  rule: z.object({ type: z.string(), language: z.string().optional(), query: z.string().optional() }),
});

describe.skipIf(!here)(`KQL rules of the field${here ? "" : " (skipped: no ../shared)"}`, () => {
  it("compile and print back to an equal tree, every one; all run that need no list of indicators", async () => {
    let queries = 0;
    let ofTypeThreatMatch = 0;
    const texts = [];
    for await (const { name, text } of unpackArchive(archive, /\.toml$/)) {
      const found = rule.parse(parse(text())).rule;
      if (found.language === "kuery" && found.query !== undefined) {
        queries++;
        ofTypeThreatMatch += found.type === "threat_match" ? 1 : 0;
        const query = parseKql(found.query);
        const again = query.ok ? parseKql(printKql(query.value) ?? "no text") : query;
        expect([name, query.ok, again]).toEqual([name, true, query]);
        texts.push({ file: name, source: name, text: ok(text()) });
      }
    }
    expect(queries).toBeGreaterThan(300);
    const { files, rules } = readRules(texts);
    expect(files.filter(({ state }) => state === "failed")).toEqual([]);
    const kql = rules.filter(({ language }) => language === "kql");
    const cannot = kql.flatMap(({ body }) => (body.kind === "not-evaluable" ? [body.reason] : []));
    expect(new Set(cannot)).toEqual(
      new Set(["rules of type threat_match need a list of indicators, which Stemma does not load"]),
    );
    expect(cannot).toHaveLength(ofTypeThreatMatch);
  });
});
