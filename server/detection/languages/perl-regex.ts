import { regexProblem } from "../../condition/match-value.ts";
import { fail, ok, type Result } from "../../lib/result.ts";

/**
 * A Perl-compatible expression in the syntax of the evaluator (RE2), whose dot takes line breaks where nothing else is
 * said. RE2 has no look-around and no references, so that it needs time in proportion to the text alone. The error says
 * why an expression is none of its own.
 */
export function linearRegex(
  text: string,
  flags: { readonly multiline: boolean; readonly dotAll: boolean },
): Result<string, string> {
  const dots = text.replaceAll(/\\./gs, "").includes(".");
  const on = flags.multiline ? "m" : "";
  const off = dots && !flags.dotAll ? "-s" : "";
  const pattern = on === "" && off === "" ? text : `(?${on}${off}:${text})`;
  const problem = regexProblem(pattern);
  return problem === undefined ? ok(pattern) : fail(`the regular expression cannot run in linear time: ${problem}`);
}
