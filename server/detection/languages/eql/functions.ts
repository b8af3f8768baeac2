import { type EqlFunction, eqlFunctions, type FunctionName, functionNames } from "../../../condition/functions.ts";
import { ParseFailure } from "../source.ts";
import type { Expression } from "./expression.ts";

/** Rules in the field spell functions in any case: `endswith` and `endsWith`. */
const byLowerCaseName: ReadonlyMap<string, FunctionName> = new Map(
  functionNames.map((name) => [name.toLowerCase(), name]),
);

export interface ResolvedCall {
  readonly name: FunctionName;
  readonly definition: EqlFunction;
}

/** The function that is called; throws `ParseFailure` when there is none, or not with these arguments. */
export function resolveCall(call: Expression & { readonly kind: "call" }): ResolvedCall {
  const name = byLowerCaseName.get(call.name.toLowerCase());
  if (name === undefined) {
    throw new ParseFailure(`expected a known function, found "${call.name}"`, call.at);
  }
  const definition = eqlFunctions[name];
  const [least, most] = definition.arity;
  if (call.args.length < least || call.args.length > most) {
    const expected = least === most ? String(least) : `${least} to ${most}`;
    throw new ParseFailure(`expected ${expected} arguments of ${name}, found ${call.args.length}`, call.at);
  }
  if (call.caseInsensitive && !definition.hasCaseInsensitiveForm) {
    throw new ParseFailure(`${name} has no form that ignores case: expected it without "~"`, call.at);
  }
  return { name, definition };
}
