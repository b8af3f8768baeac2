import { existsSync, readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Fields } from "#contracts/event";
import { answerQuestion, overEvents, type Source } from "../../../cli/search-answer.ts";
import { documents } from "../../../cli/search-data.ts";
import { fieldsOfType, type Mapping, readMapping } from "../../../cli/search-mapping.ts";
import { compileTruth, compileValues } from "../../../condition/evaluate.ts";
import { ok } from "../../../lib/result.ts";
import { parseEql, parseEqlCondition, parseEqlOperand } from "./eql.ts";
import { printQuery } from "./print.ts";

const folder = "../shared/conformance/eql";
const endgame = { data: ["endgame-140.from-python-eql"], timestamp: "timestamp", id: "serial_event_id" };
const extra = { data: ["extra"], timestamp: "@timestamp", id: "sequence" };
const missing = { data: ["missing-events"], timestamp: "@timestamp", id: "sequence" };
const samples = { data: ["sample1", "sample2", "sample3"], timestamp: "@timestamp", id: "id" };
const multi = { data: ["sample-multi"], timestamp: "@timestamp", id: "id" };
const suites = [
  ["test_queries.toml", endgame],
  ["additional_test_queries.toml", endgame],
  ["test_queries_date.toml", endgame],
  ["test_extra.toml", extra],
  ["test_missing_events.toml", missing],
  ["test_sample.toml", samples],
  ["test_sample_multi.toml", multi],
] as const;

const ids = z.array(z.number());
const queries = z.object({
  queries: z.array(
    z.object({
      name: z.string(),
      query: z.string(),
      /** A list of lists gives alternatives. */
      expected_event_ids: z.union([ids, z.array(ids)]),
      size: z.number().optional(),
      max_samples_per_key: z.number().optional(),
    }),
  ),
});
const folds = z.record(
  z.string(),
  z.object({
    fold: z.object({
      tests: z.array(
        z.object({ expression: z.string(), expected: z.union([z.string(), z.number(), z.boolean()]).optional() }),
      ),
    }),
  }),
);

interface Suite {
  readonly data: readonly string[];
  readonly timestamp: string;
  readonly id: string;
}

async function load(suite: Suite, typed: boolean): Promise<{ readonly source: Source; readonly mapping: Mapping }> {
  const paths = suite.data.map((name) => `${folder}/data/${name}.json`);
  const read = typed ? await readMapping(`${folder}/data/mappings.json`, paths) : ok<Mapping>(new Map());
  if (!read.ok) {
    throw new Error(read.error.message);
  }
  const mapping = read.value;
  const events = await documents(paths, { timestamp: suite.timestamp, tiebreaker: suite.id, id: suite.id }, mapping);
  if (!events.ok) {
    throw new Error(events.error.message);
  }
  return { source: overEvents(events.value, { catalogue: true, mapped: mapping.keys() }), mapping };
}

const here = existsSync(folder);

describe.skipIf(!here)(`EQL conformance${here ? "" : " (skipped: no ../shared)"}`, () => {
  const runs = (here ? suites : []).flatMap(([file, suite]) =>
    (suite === multi ? [false] : [false, true]).map((typed) => ({ file, suite, typed })),
  );
  for (const { file, suite, typed } of runs) {
    let loaded: ReturnType<typeof load> | undefined;
    const cases = queries.parse(parse(readFileSync(`${folder}/${file}`, "utf8"))).queries;
    it.each(cases)(
      `${file}${typed ? " with its mapping" : ""} $name`,
      async ({ query, expected_event_ids: expected, size, max_samples_per_key }) => {
        loaded ??= load(suite, typed);
        const { source, mapping } = await loaded;
        const limits = { size, perKey: max_samples_per_key };
        const [dateFields, versionFields] = [fieldsOfType(mapping, "date"), fieldsOfType(mapping, "version")];
        const types = typed ? { dateFields, versionFields } : {};
        const reading = { categoryField: "event_type", macros: new Map(), ...types };
        const answer = await answerQuestion({ query, language: "eql", limits }, source, reading);
        if (!answer.ok) {
          throw new Error(`${answer.error.message} at ${JSON.stringify(answer.error.at)}`);
        }
        const found = answer.value.events ?? answer.value.sequences?.flat();
        const alternatives = expected.map((one) => (typeof one === "number" ? undefined : one));
        expect(alternatives.some((one) => one !== undefined) ? alternatives : [expected]).toContainEqual(found);
        const { isMapped } = source;
        const parsed = parseEql(query, { isMapped });
        expect(parseEql(parsed.ok ? printQuery(parsed.value) : "", { isMapped })).toEqual(parsed);
      },
    );
  }

  for (const file of here ? ["test_folding.toml", "test_string_functions.toml"] : []) {
    for (const [group, { fold }] of Object.entries(folds.parse(parse(readFileSync(`${folder}/${file}`, "utf8"))))) {
      it.each(fold.tests)(`${file} ${group}: $expression`, ({ expression, expected }) => {
        const empty: Fields = Object.create(null);
        const operand = parseEqlOperand(expression);
        if (!operand.ok) {
          throw new Error(operand.error.message);
        }
        expect(compileValues(operand.value)(empty)[0]).toBe(expected);
        if (typeof expected === "boolean") {
          const condition = parseEqlCondition(expression);
          expect(condition.ok && compileTruth(condition.value)(empty)).toBe(expected);
        }
      });
    }
  }

  const constructs = here
    ? readFileSync(`${folder}/unsupported_constructs.eql`, "utf8")
        .split(";")
        .map((query) => query.replace(/^\s*\/\/.*$/gm, "").trim())
        .filter((query) => query !== "")
    : [];
  it.each(constructs)("rejects with a position: %s", (query) => {
    const parsed = parseEql(query);
    expect(parsed.ok ? query : parsed.error.at?.line).toBe(1);
    expect(parsed.ok ? query : parsed.error.message).toMatch(/expected|supported|no form/);
  });
});
