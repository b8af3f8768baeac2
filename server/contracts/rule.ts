import { z } from "zod";
import { matchedPart, ruleLanguage, severity, technique } from "./alert.ts";

export const ruleSummary = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  language: ruleLanguage,
  severity,
  riskScore: z.number(),
  buildingBlock: z.boolean(),
  source: z.string(),
  techniques: z.array(technique),
  evaluable: z.boolean(),
  /** Why it cannot be evaluated. */
  reason: z.string().optional(),
  alerts: z.number(),
  exceptions: z.number(),
  playbookId: z.string().optional(),
});
export type RuleSummary = Readonly<z.infer<typeof ruleSummary>>;

export const ruleDetail = ruleSummary.extend({
  description: z.string(),
  query: z.string(),
  falsePositives: z.array(z.string()),
  references: z.array(z.string()),
  tags: z.array(z.string()),
  author: z.array(z.string()),
  license: z.string().optional(),
  /** The predicates of the query, one per conjunct. */
  predicates: z.array(matchedPart.pick({ text: true, field: true })),
  hitsPerDay: z.array(z.object({ day: z.string(), count: z.number() })),
});
export type RuleDetail = Readonly<z.infer<typeof ruleDetail>>;
