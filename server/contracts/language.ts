import { z } from "zod";

/**
 * The rule languages. Everything that differs by language is a `Record<RuleLanguage, …>`, so a new id here is a type
 * error wherever something is missing; see docs/adding-a-language.md.
 */
export const ruleLanguage = z.enum(["eql", "kql", "sigma", "tstats"]).meta({
  id: "RuleLanguage",
  description: "Elastic EQL, Kibana KQL, Sigma, or Splunk SPL that starts with `tstats`.",
});
export type RuleLanguage = z.infer<typeof ruleLanguage>;

export interface LanguageLabel {
  /** As its makers write it. */
  readonly label: string;
  /** Whether a rule is edited as its query or as the whole document, which then holds name, severity and the rest. */
  readonly text: "query" | "document";
}

export const languages: Readonly<Record<RuleLanguage, LanguageLabel>> = {
  eql: { label: "EQL", text: "query" },
  kql: { label: "KQL", text: "query" },
  sigma: { label: "Sigma", text: "document" },
  tstats: { label: "tstats", text: "query" },
};
