import fc from "fast-check";
import type { Fields, Scalar } from "#contracts/event";
import { and, type Condition, compare, field, not, type Operand, or, type Test } from "./tree.ts";

/** Conditions and events for property tests; few names and letters, so that they often match. */

const names = ["process.name", "process.args", "event.code", "user.name", "odd name.`x", "__proto__"];
const text = fc.string({
  unit: fc.constantFrom("a", "B", "b", "*", "?", "\\", '"', ".", "Σ", "ς", "😀", "1", "\n"),
  maxLength: 5,
});
const scalar: fc.Arbitrary<Scalar> = fc.oneof(text, fc.integer({ min: -2, max: 12 }), fc.boolean());

export const events: fc.Arbitrary<Fields> = fc
  .dictionary(fc.constantFrom(...names), fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })))
  .map((entries) => Object.assign(Object.create(null), entries));

const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });

const regexes = fc.constantFrom("a+", "[ab]*1?", "B.*", "a|b1", "\\\\.");

/** Tests that EQL can express. */
const eqlTest: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ kind: fc.constant("equals" as const), values: some(scalar), caseInsensitive: fc.boolean() }),
  fc.record({
    kind: fc.constant("wildcard" as const),
    patterns: some(text),
    caseInsensitive: fc.boolean(),
    single: fc.constant(true),
    escape: fc.constant(false),
  }),
  fc.record({
    kind: fc.constant("regex" as const),
    patterns: some(regexes),
    caseInsensitive: fc.boolean(),
    whole: fc.constant(true),
  }),
  fc.record({
    kind: fc.constant("order" as const),
    operator: fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const),
    value: scalar.filter((value) => typeof value !== "boolean"),
  }),
  fc.record({ kind: fc.constant("cidr" as const), networks: some(fc.constantFrom("10.0.0.0/8", "::1/128")) }),
  fc.constant({ kind: "present" as const }),
);

const eqlOperand: fc.Arbitrary<Operand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ name: fc.constantFrom(...names), optional: fc.boolean() })
      .map(({ name, optional }) => field(name, optional)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ name: fc.constantFrom("length" as const, "string" as const), argument: fc.constantFrom(...names) })
      .map(({ name, argument }): Operand => ({ kind: "call", name, caseInsensitive: false, args: [field(argument)] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        name: fc.constantFrom("add" as const, "divide" as const),
        argument: fc.constantFrom(...names),
        by: fc.integer({ min: -3, max: 3 }),
      })
      .map(
        ({ name, argument, by }): Operand => ({
          kind: "call",
          name,
          caseInsensitive: false,
          args: [field(argument), { kind: "literal", value: by }],
        }),
      ),
  },
);

/** Comparisons as the EQL parser builds them: computed operands are unknown when absent. */
const eqlCompare: fc.Arbitrary<Condition> = fc
  .tuple(eqlOperand, eqlTest)
  .map(([operand, test]) =>
    compare(operand, test, operand.kind === "field" || test.kind === "present" ? "false" : "unknown"),
  );

/** Comparisons that any language or exception builds, including escapes and tstats wildcards. */
const anyCompare: fc.Arbitrary<Condition> = fc.oneof(
  eqlCompare,
  fc
    .record({
      name: fc.constantFrom(...names),
      patterns: some(text),
      caseInsensitive: fc.boolean(),
      single: fc.boolean(),
      escape: fc.boolean(),
    })
    .map(({ name, ...rest }) => compare(name, { kind: "wildcard", ...rest })),
);

function trees(leaf: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> {
  return fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => and(...terms)),
      fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => or(...terms)),
      tie("tree").map(not),
    ),
  })).tree;
}

export const eqlConditions = trees(eqlCompare);
export const conditions = trees(anyCompare);
