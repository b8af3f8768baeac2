import type { Problem } from "#contracts/problem";
import type { Result } from "../../lib/result.ts";
import type { Macros } from "../languages/tstats/macros.ts";
import type { Rule } from "../rule.ts";
import { parseElasticRule } from "./elastic-rule.ts";
import { looksLikeSigmaRule, parseSigmaRule } from "./sigma-rule.ts";
import { looksLikeSplunkRule, parseSplunkRule } from "./splunk-rule.ts";

/** The text of a rule file, with its documents where it is YAML. */
export interface RuleText {
  /** The path relative to the rule folder. */
  readonly source: string;
  readonly text: string;
  readonly documents: readonly unknown[];
}

export type RuleFormatName = "elastic" | "sigma" | "splunk";

/** How one project writes its rule files; see docs/adding-a-language.md. */
export interface RuleFormat {
  readonly name: RuleFormatName;
  readonly extensions: readonly string[];
  /** Distinguishes formats with the same extension by the first document of the file. */
  readonly recognizes: (document: unknown) => boolean;
  /** Whether its rules have to be parsed again when macros change. */
  readonly usesMacros: boolean;
  /** One result for each rule of the file. */
  readonly parse: (file: RuleText, macros: Macros) => readonly Result<Rule, Problem>[];
}

const yaml = ["yml", "yaml"] as const;

const ruleFormats: readonly RuleFormat[] = [
  {
    name: "elastic",
    extensions: ["toml"],
    recognizes: () => true,
    usesMacros: false,
    parse: ({ text, source }) => [parseElasticRule(text, source)],
  },
  {
    name: "sigma",
    extensions: yaml,
    recognizes: looksLikeSigmaRule,
    usesMacros: false,
    parse: ({ text, source, documents }) =>
      documents.map((document, position) => parseSigmaRule(document, text, source, position)),
  },
  {
    name: "splunk",
    extensions: yaml,
    recognizes: looksLikeSplunkRule,
    usesMacros: true,
    parse: ({ text, source, documents }, macros) => [parseSplunkRule(documents[0], text, source, macros)],
  },
];

/** The format of a file with this extension and first document. */
export function formatOf(extension: string, document: unknown): RuleFormat | undefined {
  return ruleFormats.find(({ extensions, recognizes }) => extensions.includes(extension) && recognizes(document));
}

/** Whether a file name has the extension of a rule file, or is the file in which Splunk keeps macros. */
export function hasRuleExtension(name: string): boolean {
  if (/(?:^|[\\/])macros\.conf$/i.test(name)) {
    return true;
  }
  const extension = extensionOf(name);
  return ruleFormats.some(({ extensions }) => extensions.includes(extension));
}

/** The part of a file name after its last dot, in lower case; the empty text where there is none. */
export function extensionOf(name: string): string {
  const [, extension = ""] = /\.([^./\\]*)$/.exec(name) ?? [];
  return extension.toLowerCase();
}
