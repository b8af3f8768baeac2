import type { FunctionName } from "../../../condition/functions.ts";

/** The functions of eval that have a value, with the functions of the condition tree that compute them. */
const evalFunctions: ReadonlyMap<string, FunctionName> = new Map([["len", "length"]]);

/** The function of the condition tree for a function of eval. */
export function functionForEval(name: string): FunctionName | undefined {
  return evalFunctions.get(name);
}

/** The function of eval that prints a function of the condition tree. */
export function evalNameOf(name: FunctionName): string | undefined {
  return [...evalFunctions].find(([, found]) => found === name)?.[0];
}
