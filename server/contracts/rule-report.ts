import { z } from "zod";
import { severity } from "./alert.ts";
import { location } from "./problem.ts";
import { ruleEvictions } from "./rule.ts";
import { ruleName } from "./rule-name.ts";
import { ruleLack } from "./rule-structure.ts";

export const ruleFinding = z
  .enum(["not evaluable", "no source", "noisy", "silent", "fires", "counted by others", "turned off"])
  .meta({
    id: "RuleFinding",
    description:
      "`no source`: no stored log can satisfy the rule. `silent`: the data is there, and the rule raised nothing. " +
      "`counted by others`: only an input of correlations.",
  });
export type RuleFinding = z.infer<typeof ruleFinding>;

export const ruleQuality = ruleName
  .extend({
    severity,
    finding: ruleFinding,
    reason: z.string(),
    at: location.optional().describe("For a rule that cannot be evaluated: the place in its file."),
    source: z.string(),
    alerts: z.number(),
    open: z.number(),
    lack: ruleLack.optional().describe("For a rule with no source: what is missing, and whether in mapping or data."),
    evictions: ruleEvictions.optional(),
  })
  .meta({ id: "RuleQuality", description: "What one rule is worth on the stored data." });

export const ruleReport = z
  .object({
    rules: z.array(ruleQuality),
    totals: z.array(z.object({ finding: ruleFinding, count: z.number() })),
    reasons: z
      .array(
        ruleLack.pick({ kind: true, what: true }).extend({
          count: z.number().describe("Rules."),
          names: z.array(z.object({ name: z.string(), count: z.number() })).describe("What most of them lack."),
        }),
      )
      .describe("Why rules have no source."),
    events: z.number(),
    sampled: z.number().describe("Stored events that were examined."),
    sources: z.array(z.object({ source: z.string(), events: z.number() })).describe("The sampled events by log."),
  })
  .meta({ id: "RuleReport", description: "What each rule is worth on the stored data." });
export type RuleReport = Readonly<z.infer<typeof ruleReport>>;
