import type { Problem } from "#contracts/problem";
import { printEql, printEqlQuery } from "../condition/print.ts";
import type { Condition } from "../condition/tree.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { compileEql, parseEqlEvents } from "./languages/eql/eql.ts";
import { parseKql } from "./languages/kql/kql.ts";
import { printKql } from "./languages/kql/print.ts";
import type { Macros } from "./languages/tstats/macros.ts";
import { printFilter, printSpl } from "./languages/tstats/print.ts";
import { parseTstats } from "./languages/tstats/tstats.ts";
import { compileSigmaText } from "./rule-files/sigma-rule.ts";

export type SearchLanguage = "eql" | "kql" | "sigma" | "tstats";

/**
 * A search of a person, a playbook or the command line over single events as a condition, with its text as it was understood: EQL whole, of
 * tstats what stands behind `where`, with the filters that follow.
 */
export function compileSearch(
  language: SearchLanguage,
  text: string,
  macros: Macros,
): Result<{ readonly condition: Condition; readonly printed: string }, Problem> {
  switch (language) {
    case "eql": {
      const query = parseEqlEvents(text);
      return query.ok
        ? ok({
            condition: compileEql(query.value),
            printed: printEqlQuery(query.value.category, query.value.condition),
          })
        : query;
    }
    case "kql": {
      const query = parseKql(text);
      return query.ok ? ok({ condition: query.value, printed: printKql(query.value) ?? printEql(query.value) }) : query;
    }
    case "sigma": {
      const condition = compileSigmaText(text);
      return condition.ok ? ok({ condition: condition.value, printed: printEql(condition.value) }) : condition;
    }
    case "tstats": {
      const query = parseTstats(text, macros);
      if (!query.ok) {
        return query;
      }
      const { where, tail, by, condition, counts } = query.value;
      if (counts.length > 0) {
        return fail({ code: "query.not-supported", message: "only rules count the events of rows, searches do not" });
      }
      const printed = [printSpl(where) ?? printEql(where), ...tail.map((filter) => printFilter(filter, by) ?? "")];
      return ok({ condition, printed: printed.join(" ") });
    }
  }
}
