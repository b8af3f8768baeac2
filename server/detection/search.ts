import type { Problem } from "#contracts/problem";
import { printEql, printEqlQuery } from "../condition/print.ts";
import type { Condition } from "../condition/tree.ts";
import { ok, type Result } from "../lib/result.ts";
import { compileEql, parseEql } from "./languages/eql/eql.ts";
import type { Macros } from "./languages/tstats/macros.ts";
import { printSpl } from "./languages/tstats/print.ts";
import { parseTstats } from "./languages/tstats/tstats.ts";

export type SearchLanguage = "eql" | "tstats";

/**
 * A search of a person, a playbook or the command line as a condition, with its text as it was understood: EQL whole, of
 * tstats what stands behind `where`.
 */
export function compileSearch(
  language: SearchLanguage,
  text: string,
  macros: Macros,
): Result<{ readonly condition: Condition; readonly printed: string }, Problem> {
  switch (language) {
    case "eql": {
      const query = parseEql(text);
      return query.ok
        ? ok({
            condition: compileEql(query.value),
            printed: printEqlQuery(query.value.category, query.value.condition),
          })
        : query;
    }
    case "tstats": {
      const query = parseTstats(text, macros);
      return query.ok
        ? ok({ condition: query.value.condition, printed: printSpl(query.value.where) ?? printEql(query.value.where) })
        : query;
    }
  }
}
