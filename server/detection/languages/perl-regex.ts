import { fail, ok, type Result } from "../../lib/result.ts";
import { ruleRegexProblem } from "./allowance.ts";

interface Flags {
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/**
 * Translates a Perl-compatible regular expression to RE2 as the evaluator uses it, where `.` matches line breaks by
 * default. RE2 has no look-around and no back references, so it runs in linear time. The error says what it rejects.
 */
export function linearRegex(text: string, flags: Flags): Result<string, string> {
  const pattern = inRe2(text, flags);
  const problem = ruleRegexProblem(pattern, "the regular expression cannot run in linear time");
  return problem === undefined ? ok(pattern) : fail(problem);
}

/** The translation of an expression that was accepted before. */
export function inRe2(text: string, flags: Flags): string {
  const dots = text.replaceAll(/\\./gs, "").includes(".");
  const on = flags.multiline ? "m" : "";
  const off = dots && !flags.dotAll ? "-s" : "";
  return on === "" && off === "" ? text : `(?${on}${off}:${text})`;
}
