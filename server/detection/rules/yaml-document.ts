import { parseAllDocuments } from "yaml";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { offsetProblem } from "./load-problem.ts";

/**
 * All documents of a YAML text, at least one, as plain values. Aliases may make up a hundred nodes in each, which rules do
 * not come near and YAML bombs exceed at once.
 */
export function parseYamlDocuments(text: string): Result<readonly unknown[], Problem> {
  try {
    const documents = parseAllDocuments(text, { logLevel: "silent", prettyErrors: false });
    const all = Array.isArray(documents) ? documents : [];
    if (all.length === 0) {
      return fail({ code: "rule-yaml", message: "the file is empty", at: { line: 1, column: 1 } });
    }
    const error = all.flatMap((document) => document.errors)[0];
    if (error !== undefined) {
      return fail(offsetProblem("rule-yaml", error.message, text, error.pos[0]));
    }
    return ok(all.map((document): unknown => document.toJS({ maxAliasCount: 100 })));
  } catch (error) {
    // `toJS` throws on unresolved and on excessive aliases; a stack overflow means thousands of nested levels.
    if (error instanceof ReferenceError || error instanceof RangeError) {
      return fail({ code: "rule-yaml", message: error.message, at: { line: 1, column: 1 } });
    }
    throw error;
  }
}
