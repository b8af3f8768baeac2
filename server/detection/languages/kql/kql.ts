import type { Problem } from "#contracts/problem";
import { always, type Condition } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import { parsing } from "../source.ts";
import { compileExpression } from "./compile.ts";
import { parseExpression } from "./parser.ts";

/**
 * Parses a query of the Kibana Query Language. Values are case-sensitive as on keyword fields; full-text fields match
 * by words. An empty query matches everything. Problems have line and column.
 */
export function parseKql(text: string): Result<Condition, Problem> {
  return parsing(text, () => {
    const expression = parseExpression(text);
    return expression === undefined ? always : compileExpression(expression);
  });
}
