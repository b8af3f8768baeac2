import type { ExceptionRecord } from "#contracts/exception";
import { and } from "../../condition/tree.ts";
import { parseEql, parseEqlCondition } from "../../detection/languages/eql/eql.ts";
import { printQuery } from "../../detection/languages/eql/print.ts";
import { parseKql } from "../../detection/languages/kql/kql.ts";
import type { Macros } from "../../detection/languages/tstats/macros.ts";
import type { Rule } from "../../detection/rule.ts";
import { printMacrosConf } from "../../detection/rule-files/macros-conf.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { clauseOf } from "./clause.ts";
import { filterDocumentOf } from "./sigma-filter.ts";
import { definitionOf, macroTermOf } from "./spl-macro.ts";

/** A rule before and after an exception became part of it. */
export interface ChangedQuery {
  readonly language: string;
  /** What the texts are of. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly notes: readonly string[];
}

/** The query of a rule with the exception as a clause of it, or why there is none. */
export function changedQuery(
  record: ExceptionRecord,
  rule: Rule,
  macros: Macros,
  lists: ListLookup,
): Result<ChangedQuery, string> {
  switch (rule.language) {
    case "eql":
      return changedEql(record, rule, lists);
    case "kql": {
      const clause = clauseOf(record, "kql", lists);
      if (!clause.ok) {
        return clause;
      }
      const after = `(\n${rule.query}\n)\nand ${clause.value.text}`;
      return parseKql(after).ok
        ? ok({ language: "kuery", name: rule.source, before: rule.query, after, notes: clause.value.notes })
        : fail("The query with the clause cannot be read again.");
    }
    case "sigma": {
      const document = filterDocumentOf(record, [rule], rule.sigma?.logSource ?? {}, lists);
      return document.ok
        ? ok({
            language: "yaml",
            name: "filter.yml",
            before: "",
            after: document.value.text.trimEnd(),
            notes: [...document.value.notes, "A filter document beside the rule, which stays as it is."],
          })
        : document;
    }
    case "tstats": {
      const term = macroTermOf(record, rule, macros, lists);
      if (!term.ok) {
        return term;
      }
      const { macro: name } = term.value;
      const stanza = (definition: string) => printMacrosConf([{ name, arguments: [], definition }]).trimEnd();
      const known = macros.get(name);
      return ok({
        language: "ini",
        name: "macros.conf",
        before: stanza(known?.definition ?? "search *"),
        after: stanza(definitionOf([term.value.term], known)),
        notes: term.value.notes,
      });
    }
  }
}

function changedEql(record: ExceptionRecord, rule: Rule, lists: ListLookup): Result<ChangedQuery, string> {
  const clause = clauseOf(record, "eql", lists);
  const query = parseEql(rule.query);
  if (!clause.ok) {
    return clause;
  }
  if (!query.ok) {
    return fail("The query of the rule cannot be read.");
  }
  const condition = parseEqlCondition(clause.value.text);
  if (!condition.ok) {
    return fail("The clause cannot be read again.");
  }
  const common = { language: "eql", name: rule.source, notes: clause.value.notes } as const;
  if (query.value.kind === "event" && query.value.pipes.length === 0) {
    const head = /^\s*(?:[a-z]+|"[^"]*")\s+where\s+/i.exec(rule.query)?.[0];
    const after =
      head === undefined ? "" : `${head.trimEnd()} (\n${rule.query.slice(head.length)}\n)\nand ${clause.value.text}`;
    const read = parseEql(after);
    if (read.ok && read.value.kind === "event") {
      return ok({ ...common, before: rule.query, after });
    }
  }
  if (query.value.kind === "event") {
    const changed = { ...query.value, condition: and(query.value.condition, condition.value) };
    return ok({ ...common, before: printQuery(query.value), after: printQuery(changed) });
  }
  const stages = query.value.stages.map((stage, index) =>
    record.step === undefined || record.step === index + 1
      ? { ...stage, condition: and(stage.condition, condition.value) }
      : stage,
  );
  return ok({
    ...common,
    before: printQuery(query.value),
    after: printQuery({ ...query.value, stages }),
    notes: [...clause.value.notes, "Both queries are written in one normal form, so that only the change differs."],
  });
}
