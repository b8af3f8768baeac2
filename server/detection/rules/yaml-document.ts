import { parseAllDocuments } from "yaml";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { offsetProblem } from "./load-problem.ts";

/**
 * The first document of a YAML text as a plain value. Aliases may make up a hundred nodes in all, which rules do not come
 * near and YAML bombs exceed at once.
 */
export function parseYaml(text: string): Result<unknown, Problem> {
  try {
    const documents = parseAllDocuments(text, { logLevel: "silent", prettyErrors: false });
    const [document] = Array.isArray(documents) ? documents : [];
    if (document === undefined) {
      return fail({ code: "rule-yaml", message: "the file is empty", at: { line: 1, column: 1 } });
    }
    const [error] = document.errors;
    if (error !== undefined) {
      return fail(offsetProblem("rule-yaml", error.message, text, error.pos[0]));
    }
    return ok(document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    // `toJS` throws on unresolved and on excessive aliases; a stack overflow means thousands of nested levels.
    if (error instanceof ReferenceError || error instanceof RangeError) {
      return fail({ code: "rule-yaml", message: error.message, at: { line: 1, column: 1 } });
    }
    throw error;
  }
}
