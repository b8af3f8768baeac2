import { existsSync, readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Fields } from "#contracts/event";
import { compileCondition, compileTruth, compileValues } from "../../../condition/evaluate.ts";
import { printEql } from "../../../condition/print.ts";
import { parsing } from "../source.ts";
import { compileEql, parseEql, parseEqlCondition } from "./eql.ts";
import { lowerOperand } from "./lower.ts";
import { parseExpression } from "./parser.ts";

const folder = "../shared/conformance/eql";
const suites = [
  ["test_queries.toml", "endgame-140.from-python-eql"],
  ["additional_test_queries.toml", "endgame-140.from-python-eql"],
  ["test_queries_date.toml", "endgame-140.from-python-eql"],
  ["test_extra.toml", "extra"],
] as const;

const queries = z.object({
  queries: z.array(z.object({ name: z.string(), query: z.string(), expected_event_ids: z.array(z.number()) })),
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
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const documents = z.array(z.record(z.string(), z.unknown()));
const flat = z.union([scalar, z.array(scalar)]);

function loadEvents(name: string): readonly Fields[] {
  return documents.parse(JSON.parse(readFileSync(`${folder}/data/${name}.json`, "utf8"))).map((document) => {
    const fields = Object.create(null);
    const put = (prefix: string, value: unknown): void => {
      const known = flat.safeParse(value);
      if (known.success) {
        fields[prefix] = known.data;
      } else if (typeof value === "object" && value !== null) {
        for (const [key, inner] of Object.entries(value)) {
          put(prefix === "" ? key : `${prefix}.${key}`, inner);
        }
      }
    };
    put("", document);
    if (typeof document["timestamp"] === "number") {
      fields["@timestamp"] = Math.floor(document["timestamp"] / 10_000) - 11_644_473_600_000;
    }
    return fields;
  });
}

describe.skipIf(!existsSync(folder))(existsSync(folder) ? "EQL conformance" : "skipped: no ../shared", () => {
  for (const [file, data] of existsSync(folder) ? suites : []) {
    const events = loadEvents(data);
    const idField = data === "extra" ? "sequence" : "serial_event_id";
    for (const { name, query, expected_event_ids: expected } of queries.parse(
      parse(readFileSync(`${folder}/${file}`, "utf8")),
    ).queries) {
      const [, head, pipe, count] = /^([\s\S]*?)(?:\|\s*(head|tail)\s+(\d+)\s*)?$/.exec(query.trim()) ?? [];
      if (head === undefined || /^(?:\s|\/\/.*)*(?:sequence|sample)\b/.test(head)) {
        continue;
      }
      it(`${file} ${name}`, () => {
        const parsed = parseEql(head);
        if (!parsed.ok) {
          throw new Error(`${parsed.error.message} at ${JSON.stringify(parsed.error.at)}`);
        }
        const matches = compileCondition(compileEql(parsed.value, { categoryField: "event_type" }));
        const all = events.filter(matches).map((fields) => Number(fields[idField]));
        // Pipes are not part of single-event conditions: the caller cuts.
        const found = pipe === "head" ? all.slice(0, Number(count)) : pipe === "tail" ? all.slice(-Number(count)) : all;
        expect(found).toEqual(expected);
        const printed = parseEqlCondition(printEql(parsed.value.condition));
        expect(printed).toEqual({ ok: true, value: parsed.value.condition });
      });
    }
  }

  for (const file of existsSync(folder) ? ["test_folding.toml", "test_string_functions.toml"] : []) {
    for (const [group, { fold }] of Object.entries(folds.parse(parse(readFileSync(`${folder}/${file}`, "utf8"))))) {
      it.each(fold.tests)(`${file} ${group}: $expression`, ({ expression, expected }) => {
        const empty: Fields = Object.create(null);
        const operand = parsing("eql", expression, () => lowerOperand(parseExpression(expression), {}));
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

  it("refuses every unsupported construct with a place", () => {
    const text = readFileSync(`${folder}/unsupported_constructs.eql`, "utf8");
    const constructs = text.split(";").map((query) => query.replace(/^\s*\/\/.*$/gm, "").trim());
    for (const query of constructs.filter((construct) => construct !== "")) {
      const parsed = parseEql(query);
      expect(parsed.ok ? query : parsed.error.at?.line).toBe(1);
    }
  });
});
