import type { RuleLanguage } from "#contracts/language";
import type { Problem } from "#contracts/problem";
import { printEql, printEqlQuery } from "../condition/print.ts";
import type { Condition } from "../condition/tree.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { compileEql, compileSequence, parseEql, parseEqlEvents } from "./languages/eql/eql.ts";
import type { Pipe } from "./languages/eql/query.ts";
import { parseKql } from "./languages/kql/kql.ts";
import { printKql } from "./languages/kql/print.ts";
import type { Macros } from "./languages/tstats/macros.ts";
import { printFilter, printSpl } from "./languages/tstats/print.ts";
import { parseTstats } from "./languages/tstats/tstats.ts";
import { checkSigmaText, compileSigmaText, sigmaSelections } from "./rule-files/sigma-text.ts";
import { elasticFile, type RuleFileText, sigmaFile, splunkFile, type WrittenRule } from "./rule-files/write-rule.ts";
import type { SequencePlan } from "./sequence/plan.ts";

/** What a query refers to beyond its text. */
export interface QueryContext {
  readonly macros: Macros;
  /** The field that an EQL category is compared with; default `event.category`. */
  readonly categoryField?: string | undefined;
  /** Whether some event source has the field: EQL reads `?field` as null where none has. Default: all are there. */
  readonly isMapped?: (field: string) => boolean;
  /** Fields that EQL compares as points in time, and as versions. */
  readonly dateFields?: ReadonlySet<string> | undefined;
  readonly versionFields?: ReadonlySet<string> | undefined;
}

/** A query over single events, with its text as it was understood. */
export interface EventQuery {
  readonly condition: Condition;
  readonly printed: string;
}

/** Everything a language can ask for. Pipes select from the results in the order of the text. */
export type CompiledQuery =
  | { readonly kind: "events"; readonly condition: Condition; readonly pipes: readonly Pipe[] }
  | { readonly kind: "sequences"; readonly plan: SequencePlan; readonly pipes: readonly Pipe[] };

/** Everything that differs by rule language on the server; see docs/adding-a-language.md. */
export interface LanguageDefinition {
  /** A query that compiles, of the kind that rules consist of: used by the tests that walk this table. */
  readonly example: string;
  /** A query over single events: for playbooks, the hunt page and the command line. */
  readonly compileEventQuery: (text: string, context: QueryContext) => Result<EventQuery, Problem>;
  /** For languages that can also ask for sequences: the whole language, for the command line. */
  readonly compileQuery?: (text: string, context: QueryContext) => Result<CompiledQuery, Problem>;
  /** Whether the text of a rule is well-formed, with the place of the first problem in that text. */
  readonly checkRuleText: (text: string, macros: Macros) => Result<unknown, Problem>;
  /** The parts of a rule's query that have names, as conditions. */
  readonly namedConditions?: (query: string) => ReadonlyMap<string, Condition>;
  /** A rule as a file that the loader reads as the same rule; the name is a proposal. */
  readonly ruleFile: (rule: WrittenRule) => RuleFileText;
}

export const ruleLanguages: Readonly<Record<RuleLanguage, LanguageDefinition>> = {
  eql: {
    example: 'process where process.name : "wmic.exe"',
    compileEventQuery: (text, { categoryField, isMapped }) => {
      const query = parseEqlEvents(text, { isMapped });
      return query.ok
        ? ok({
            condition: compileEql(query.value, { categoryField }),
            printed: printEqlQuery(query.value.category, query.value.condition),
          })
        : query;
    },
    compileQuery: (text, { categoryField, ...options }) => {
      const query = parseEql(text, options);
      if (!query.ok) {
        return query;
      }
      const { pipes } = query.value;
      return ok(
        query.value.kind === "event"
          ? { kind: "events", condition: compileEql(query.value, { categoryField }), pipes }
          : { kind: "sequences", plan: compileSequence(query.value, { categoryField }), pipes },
      );
    },
    checkRuleText: (text) => parseEql(text),
    ruleFile: (rule) => elasticFile(rule, "eql"),
  },
  kql: {
    example: "event.category:process and process.name:wmic.exe",
    compileEventQuery: (text) => {
      const query = parseKql(text);
      return query.ok ? ok({ condition: query.value, printed: printKql(query.value) ?? printEql(query.value) }) : query;
    },
    checkRuleText: (text) => parseKql(text),
    ruleFile: (rule) => elasticFile(rule, "kql"),
  },
  sigma: {
    example: [
      "title: WMI command line",
      "logsource:",
      "  product: windows",
      "  category: process_creation",
      "detection:",
      "  selection:",
      "    Image|endswith: '\\wmic.exe'",
      "  condition: selection",
    ].join("\n"),
    compileEventQuery: (text) => {
      const condition = compileSigmaText(text);
      return condition.ok ? ok({ condition: condition.value, printed: printEql(condition.value) }) : condition;
    },
    checkRuleText: (text) => checkSigmaText(text),
    namedConditions: sigmaSelections,
    ruleFile: sigmaFile,
  },
  tstats: {
    example: "| tstats count from datamodel=Endpoint.Processes where Processes.process_name=wmic.exe",
    compileEventQuery: (text, { macros }) => {
      const query = parseTstats(text, macros);
      if (!query.ok) {
        return query;
      }
      const { where, filters: tail, by, condition, counts } = query.value;
      if (counts.length > 0) {
        return fail({
          code: "query.not-supported",
          message: "only rules can count the events of rows, searches cannot",
        });
      }
      const printed = [printSpl(where) ?? printEql(where), ...tail.map((filter) => printFilter(filter, by) ?? "")];
      return ok({ condition, printed: printed.join(" ") });
    },
    checkRuleText: (text, macros) => parseTstats(text, macros),
    ruleFile: splunkFile,
  },
};

/** Compiles everything that the language can ask for. */
export function compileQuery(
  language: RuleLanguage,
  text: string,
  context: QueryContext,
): Result<CompiledQuery, Problem> {
  const { compileQuery: compileWhole, compileEventQuery } = ruleLanguages[language];
  if (compileWhole !== undefined) {
    return compileWhole(text, context);
  }
  const query = compileEventQuery(text, context);
  return query.ok ? ok({ kind: "events", condition: query.value.condition, pipes: [] }) : query;
}
