import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEqlCondition, parseEqlOperand } from "../detection/languages/eql/eql.ts";
import { compileValues } from "./evaluate.ts";
import { eqlFunctions, type FunctionName, functionNames } from "./functions.ts";
import { compileTest } from "./match-value.ts";
import { printEql } from "./print.ts";
import { call, compare, type Operand } from "./tree.ts";

const noFields = Object.create(null);

describe.each(functionNames)("the function %s", (name) => {
  const { arity, hasCaseInsensitiveForm, returns, example, apply } = eqlFunctions[name];
  const forms = hasCaseInsensitiveForm ? [false, true] : [false];

  it("evaluates its example to the documented result", () => {
    const operand = parseEqlOperand(example.call);
    expect(operand.ok ? compileValues(operand.value)(noFields) : operand.error).toEqual([example.result]);
  });

  it("has no result when its first argument is missing", () => {
    for (const count of new Set([arity[0], Math.min(arity[1], 5)])) {
      const args = [undefined, ...Array.from({ length: count - 1 }, () => "1")];
      expect(apply(args, { caseInsensitive: false, integer: true })).toBe(undefined);
    }
  });

  it("comes back equal when it is printed and parsed", () => {
    for (const caseInsensitive of forms) {
      const fields = Array.from({ length: arity[0] }, (_, index): Operand => {
        return { kind: "field", name: `f${index}`, optional: false };
      });
      const whole = call(name, fields, { caseInsensitive });
      const condition =
        returns === "condition"
          ? compare(whole, { kind: "equals", values: [true], caseInsensitive: false }, "unknown")
          : compare(whole, { kind: "order", operator: ">", value: 5 }, "unknown");
      expect(parseEqlCondition(printEql(condition))).toEqual({ ok: true, value: condition });
    }
  });
});

const conditionFunctions = functionNames.filter((name) => eqlFunctions[name].toTest !== undefined);

describe.each(conditionFunctions)("the condition %s", (name) => {
  const { hasCaseInsensitiveForm, toTest, expectedInstead, apply } = eqlFunctions[name];
  const forms = hasCaseInsensitiveForm ? [false, true] : [false];

  it("decides the same as a call and as a test of its first argument", () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "A", "b", "*", "?", "\\", "."), maxLength: 4 }),
      fc.constantFrom("10.1.2.3", "10.0.0.0/8"),
    );
    const constants = text.filter((constant) => expectedInstead?.(constant) === undefined);
    fc.assert(
      fc.property(text, constants, fc.constantFrom(...forms), (subject, constant, caseInsensitive) => {
        const result = apply([subject, constant], { caseInsensitive, integer: true });
        expect(toTest && compileTest(toTest([constant], caseInsensitive))(subject)).toBe(result);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the table of functions", () => {
  it("is the documentation", async () => {
    await expect(documentation()).toMatchFileSnapshot("../../docs/eql-functions.md");
  });

  it("gives every condition a form that stores and the rule index can use", () => {
    const slow = functionNames.filter((name) => {
      const { returns, toTest } = eqlFunctions[name];
      return returns === "condition" && toTest === undefined;
    });
    expect(slow).toEqual([]);
  });
});

function documentation(): string {
  const rows = functionNames.map((name) => {
    const { example, returns, summary } = eqlFunctions[name];
    return `| ${spelling(name)} | ${argumentCount(name)} | ${returns} | ${summary} | \`${example.call}\` is \`${JSON.stringify(example.result)}\` |`;
  });
  return `# EQL functions

Generated from \`server/condition/functions.ts\`: edit that table and run \`npx vitest run server/condition/functions -u\`.
To add one, see [adding-an-eql-function.md](adding-an-eql-function.md).

A name with \`~\` has a form that ignores case. A function without its first argument has no result, and a comparison with
it is neither true nor false. An array argument is applied value by value.

| function | arguments | returns | result | example |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function spelling(name: FunctionName): string {
  const { operator, hasCaseInsensitiveForm } = eqlFunctions[name];
  return `\`${name}\`${operator === undefined ? "" : `, \`${operator.sign}\``}${hasCaseInsensitiveForm ? `, \`${name}~\`` : ""}`;
}

function argumentCount(name: FunctionName): string {
  const [least, most] = eqlFunctions[name].arity;
  return least === most ? String(least) : most > 10 ? `${least} or more` : `${least} to ${most}`;
}
