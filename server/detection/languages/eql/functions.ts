import type { FunctionName } from "../../../condition/tree.ts";
import { ParseFailure } from "../source.ts";
import type { Expression } from "./expression.ts";

export interface Signature {
  readonly name: FunctionName;
  readonly least: number;
  readonly most: number;
  /** Has a `~` form. */
  readonly foldable: boolean;
  /** Gives true or false, so it may stand as a condition. */
  readonly truth: boolean;
}

const many = 1000;

const signatures: readonly Signature[] = [
  { name: "add", least: 2, most: 2, foldable: false, truth: false },
  { name: "subtract", least: 2, most: 2, foldable: false, truth: false },
  { name: "multiply", least: 2, most: 2, foldable: false, truth: false },
  { name: "divide", least: 2, most: 2, foldable: false, truth: false },
  { name: "modulo", least: 2, most: 2, foldable: false, truth: false },
  { name: "between", least: 3, most: 4, foldable: true, truth: false },
  { name: "cidrMatch", least: 2, most: many, foldable: false, truth: true },
  { name: "concat", least: 1, most: many, foldable: false, truth: false },
  { name: "endsWith", least: 2, most: 2, foldable: true, truth: true },
  { name: "indexOf", least: 2, most: 3, foldable: true, truth: false },
  { name: "length", least: 1, most: 1, foldable: false, truth: false },
  { name: "number", least: 1, most: 2, foldable: false, truth: false },
  { name: "startsWith", least: 2, most: 2, foldable: true, truth: true },
  { name: "string", least: 1, most: 1, foldable: false, truth: false },
  { name: "stringContains", least: 2, most: 2, foldable: true, truth: true },
  { name: "substring", least: 2, most: 3, foldable: false, truth: false },
];

const byName: ReadonlyMap<string, Signature> = new Map(
  signatures.map((signature) => [signature.name.toLowerCase(), signature]),
);

/** A function by its name in any case: rules in the field write `endswith` and `endsWith`. */
function findFunction(name: string): Signature | undefined {
  return byName.get(name.toLowerCase());
}

/** The function that a call means; throws `ParseFailure` when there is none, or not with these arguments. */
export function signatureOf(call: Expression & { readonly kind: "call" }): Signature {
  const signature = findFunction(call.name);
  if (signature === undefined) {
    throw new ParseFailure(`expected a known function, found "${call.name}"`, call.at);
  }
  if (call.args.length < signature.least || call.args.length > signature.most) {
    const expected =
      signature.least === signature.most ? String(signature.least) : `${signature.least} to ${signature.most}`;
    throw new ParseFailure(`expected ${expected} arguments of ${signature.name}, found ${call.args.length}`, call.at);
  }
  if (call.fold && !signature.foldable) {
    throw new ParseFailure(`${signature.name} has no form that ignores case: expected it without "~"`, call.at);
  }
  return signature;
}
