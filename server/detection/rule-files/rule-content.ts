import { hash } from "node:crypto";
import type { Location, Problem } from "#contracts/problem";
import { assertNever, fail, ok, type Result } from "../../lib/result.ts";
import { locationAt } from "../languages/source.ts";
import type { Macro, Macros } from "../languages/tstats/macros.ts";
import type { Rule } from "../rule.ts";
import { extensionOf, formatOf, type RuleFormat, type RuleText } from "./formats.ts";
import { parseMacrosConf } from "./macros-conf.ts";
import { encodingProblem } from "./places.ts";
import type { RuleFile } from "./rule-folder.ts";
import { looksLikeMacro, parseMacro } from "./splunk-rule.ts";
import { parseYamlDocuments } from "./yaml-document.ts";

/** What a file of a rule folder contains, before its rules are parsed. */
export type RuleContent =
  | ({ readonly kind: "rules"; readonly format: RuleFormat; readonly hash: string } & RuleText)
  | { readonly kind: "macros"; readonly macros: readonly Macro[] }
  | { readonly kind: "other"; readonly reason: string; readonly at: Location }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Recognizes what a file contains. */
export function readContent({ source, text }: RuleFile): RuleContent {
  if (!text.ok) {
    return { kind: "problem", problem: text.error };
  }
  const zero = text.value.indexOf("\0");
  if (zero !== -1) {
    return { kind: "problem", problem: encodingProblem(text.value, zero) };
  }
  const extension = extensionOf(source);
  if (extension === "conf") {
    const macros = parseMacrosConf(text.value);
    return macros.ok ? { kind: "macros", macros: macros.value } : { kind: "problem", problem: macros.error };
  }
  const documents = extension === "toml" ? ok([]) : parseYamlDocuments(text.value);
  if (!documents.ok) {
    return { kind: "problem", problem: documents.error };
  }
  const [document] = documents.value;
  const format = formatOf(extension, document);
  if (format !== undefined) {
    const whole = { source, text: text.value, documents: documents.value, hash: hash("sha256", text.value) };
    return { kind: "rules", format, ...whole };
  }
  if (looksLikeMacro(document)) {
    const macro = parseMacro(document, text.value);
    return macro.ok ? { kind: "macros", macros: [macro.value] } : { kind: "problem", problem: macro.error };
  }
  return {
    kind: "other",
    reason: "neither a rule nor a macro in a supported format",
    at: locationAt(text.value, Math.max(0, text.value.search(/^(?!---|%|#|\s*$)/m))),
  };
}

/** Parses the rules of a file. */
export function parseContent(content: RuleContent, macros: Macros): readonly Result<Rule, Problem>[] {
  switch (content.kind) {
    case "problem":
      return [fail(content.problem)];
    case "macros":
    case "other":
      return [];
    case "rules":
      return content.format.parse(content, macros);
    default:
      return assertNever(content);
  }
}

/** Whether the rules of a file have to be parsed again when macros change. */
export function usesMacros(content: RuleContent): boolean {
  return content.kind === "rules" && content.format.usesMacros;
}
