import type { Fields, FieldValue, Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import { eqlFunctions } from "./functions.ts";
import type { Operand } from "./tree.ts";

type CompiledOperand = (fields: Fields) => FieldValue | undefined;

/** Combinations of array arguments that one call evaluates: bounds the cost of a hostile event. */
const maximumCombinations = 10_000;

/** A function call, given its compiled arguments; array arguments are applied in all combinations of their values. */
export function compileCall(
  call: Operand & { readonly kind: "call" },
  args: readonly CompiledOperand[],
): CompiledOperand {
  const { apply } = eqlFunctions[call.name];
  const options = { caseInsensitive: call.caseInsensitive, integer: !call.args.some(isDecimal) };
  return (fields) => {
    const values = args.map((arg) => arg(fields));
    if (values.every((value) => typeof value !== "object")) {
      return apply(values, options);
    }
    return combinations(values)
      .map((combination) => apply(combination, options))
      .filter((value) => value !== undefined);
  };
}

function combinations(values: readonly (FieldValue | undefined)[]): readonly (readonly (Scalar | undefined)[])[] {
  let combined: readonly (readonly (Scalar | undefined)[])[] = [[]];
  for (const value of values) {
    const choices: readonly (Scalar | undefined)[] =
      typeof value === "object" ? (value.length > 0 ? value : [undefined]) : [value];
    const room = Math.max(1, Math.floor(maximumCombinations / combined.length));
    combined = combined.flatMap((head) => choices.slice(0, room).map((choice) => [...head, choice]));
  }
  return combined;
}

/** A number written with a fraction, or arithmetic on one. */
function isDecimal(operand: Operand): boolean {
  switch (operand.kind) {
    case "literal":
      return operand.decimal === true;
    case "call":
      return operand.args.some(isDecimal);
    case "field":
    case "fields":
    case "truth":
      return false;
    default:
      return assertNever(operand);
  }
}
