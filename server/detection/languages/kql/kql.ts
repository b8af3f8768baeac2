import type { Problem } from "#contracts/problem";
import { always, type Condition } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import { parsing } from "../source.ts";
import { lower } from "./lower.ts";
import { parseExpression } from "./parser.ts";

/**
 * Parses a query of the Kibana Query Language as a condition. Values compare with regard to case, as on keyword fields;
 * fields of full text by words. An empty query matches everything. Problems carry line and column.
 */
export function parseKql(text: string): Result<Condition, Problem> {
  return parsing(text, () => {
    const expression = parseExpression(text);
    return expression === undefined ? always : lower(expression);
  });
}
