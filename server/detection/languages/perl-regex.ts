import { regexProblem } from "../../condition/match-value.ts";
import { fail, ok, type Result } from "../../lib/result.ts";

/**
 * Translates a Perl-compatible regular expression to RE2 as the evaluator uses it, where `.` matches line breaks by
 * default. RE2 has no look-around and no back references, so it runs in linear time. The error says what it rejects.
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
