import { regexProblem } from "../../condition/match-value.ts";
import { regexSize } from "../../condition/regex-size.ts";

/** Steps of all regular expressions of one rule; known rules have at most a tenth. */
const maximumRegexSize = 10_000;
/** Values of one rule with all their variants, each time that its condition names them. */
const maximumParts = 100_000;

interface Allowance {
  regexSize: number;
  parts: number;
}

/**
 * What is left to the rule that is being compiled. Compiling is synchronous, so there is one at a time, and its many
 * functions need not hand this on.
 */
let current: Allowance | undefined;

/** Compiles one rule, or query, which may cost only so much however short its text is. */
export function withAllowance<T>(compile: () => T): T {
  if (current !== undefined) {
    return compile();
  }
  current = { regexSize: maximumRegexSize, parts: maximumParts };
  try {
    return compile();
  } finally {
    current = undefined;
  }
}

/**
 * Why a regular expression cannot be part of the rule. Nothing is compiled that is too large; `otherwise` introduces
 * what RE2 rejects.
 */
export function ruleRegexProblem(pattern: string, otherwise: string): string | undefined {
  const allowance = current ?? { regexSize: maximumRegexSize, parts: 0 };
  allowance.regexSize -= regexSize(pattern);
  if (allowance.regexSize < 0) {
    return (
      `the regular expressions of a rule can have ${maximumRegexSize} steps with all their repetitions, and with this ` +
      "one they have more: use fewer or smaller repetitions such as {900}, or fewer expressions"
    );
  }
  const problem = regexProblem(pattern);
  return problem === undefined ? undefined : `${otherwise}: ${problem}`;
}

/** Why so many more values cannot be part of the rule. */
export function partsProblem(count: number): string | undefined {
  if (current === undefined) {
    return undefined;
  }
  current.parts -= count;
  return current.parts < 0
    ? `the rule has more than ${maximumParts} parts when written out: name long selections less often, or split the rule`
    : undefined;
}
