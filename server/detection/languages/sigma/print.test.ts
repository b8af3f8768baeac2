import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { parseCondition, type SelectionExpression } from "./condition-parser.ts";
import { parsePattern, printPattern } from "./pattern.ts";
import { printCondition, printSigma } from "./print.ts";
import { compileSigma, type SigmaDetection } from "./sigma.ts";

const logSource = { product: "windows", category: "process_creation", service: undefined };

const text = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom("\\", "*", "?", "a", " ", "\n", "'", '"', ":", "#", "-", "/"), maxLength: 12 }),
  fc.constantFrom("null", "true", "0x10", "1e3", "~", "2024-01-01", "---", "- a", "&a", "*a", "!tag", "<<"),
);
const plain = fc.oneof(text, fc.integer(), fc.boolean());
const key = fc.constantFrom(
  "Image",
  "Image|endswith",
  "CommandLine",
  "CommandLine|contains",
  "CommandLine|contains|all",
  "CommandLine|startswith|cased",
  "CommandLine|contains|windash",
  "ParentImage|neq",
);
const values = fc.oneof(plain, fc.constant(null), fc.array(plain, { minLength: 1, maxLength: 3 }));
const lines = fc.oneof(
  fc.dictionary(key, values, { maxKeys: 3 }),
  fc.record({ "CommandLine|re": fc.constantFrom("a\\\\b", "\\*x", "^a.*\\?$") }),
);
const selection = fc.oneof(lines, fc.array(fc.oneof(lines, plain), { minLength: 1, maxLength: 3 }), plain);

const names = ["selection", "filter_one", "filter_two"] as const;
const { expression } = fc.letrec<{ expression: SelectionExpression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant("name" as const), name: fc.constantFrom(...names), at: fc.constant(0) }),
    fc.record({
      kind: fc.constant("of" as const),
      count: fc.constantFrom(undefined, 1, 2),
      pattern: fc.constantFrom("them", "filter_*", "*"),
      at: fc.constant(0),
    }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      terms: fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("not" as const), term: tie("expression") }),
  ),
}));

/** Without the places in the text, which printing changes. */
function shapeOf(expression: SelectionExpression): unknown {
  return JSON.parse(JSON.stringify(expression, (name, value) => (name === "at" ? undefined : value)));
}

/** Through YAML without blocks: the library loses spaces of a block that has nothing else. */
function read(printed: unknown): SigmaDetection {
  const { logsource, detection } = parse(stringify(printed, { blockQuote: false }));
  const { condition, ...selections } = detection;
  return { logSource: { service: undefined, ...logsource }, selections, conditions: [condition].flat() };
}

describe("printed Sigma", () => {
  it("has conditions that parse to the same expression", () => {
    fc.assert(
      fc.property(expression, (given) => {
        expect(shapeOf(parseCondition(printCondition(given)))).toEqual(shapeOf(given));
      }),
    );
  });

  it("has values that parse to the same pattern", () => {
    const value = fc.string({ unit: fc.constantFrom("\\", "*", "?", "a"), maxLength: 8 });
    fc.assert(
      fc.property(value, (given) => {
        const pattern = parsePattern(given);
        expect(parsePattern(printPattern(pattern))).toEqual(pattern);
      }),
      { numRuns: 1000 },
    );
  });

  it("compiles to an equal tree, whatever YAML makes of its values", () => {
    fc.assert(
      fc.property(selection, selection, selection, expression, (first, second, third, condition) => {
        const detection = {
          logSource,
          selections: { selection: first, filter_one: second, filter_two: third },
          conditions: [printCondition(condition)],
        };
        const compiled = compileSigma(detection);
        fc.pre(compiled.ok);
        expect(compileSigma(read(printSigma(detection)))).toEqual(compiled);
      }),
    );
  });

  it("has no redundant parentheses", () => {
    const { conditions } = read(
      printSigma({ logSource, selections: { a: { Image: "C:\\a*" }, b: ["x"] }, conditions: ["((a) AND (NOT (b)))"] }),
    );
    expect(conditions).toEqual(["a and not b"]);
  });
});
