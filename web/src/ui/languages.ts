import type { RuleLanguage } from "#contracts/alert";

/** The rule languages as their makers write them. */
export const languageNames = {
  eql: "EQL",
  kql: "KQL",
  sigma: "Sigma",
  tstats: "tstats",
} as const satisfies Record<RuleLanguage, string>;
