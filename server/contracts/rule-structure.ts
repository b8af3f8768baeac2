import { z } from "zod";
import { ruleLanguage } from "./language.ts";
import { ruleName } from "./rule-name.ts";

export const exclusion = z
  .object({
    text: z.string(),
    name: z.string().optional().describe("The selection of a Sigma rule that contains it."),
    carveOut: z
      .enum(["main", "optional"])
      .optional()
      .describe("By Sigma's naming convention: `filter_main_…` or `filter_optional_…`."),
    values: z.array(
      z.object({
        field: z.string(),
        values: z.array(z.string()).describe("The first ones."),
        total: z.number(),
      }),
    ),
  })
  .meta({ id: "Exclusion", description: "What a rule excludes." });

export const stage = z
  .object({
    role: z.enum(["event", "stage", "missing", "until", "counted"]),
    keys: z
      .array(z.string())
      .describe("Fields that must have the same value in all stages; `?` after one that may be absent."),
    predicates: z.array(z.object({ text: z.string(), field: z.string().optional() })).describe("All must match."),
    exclusions: z.array(exclusion),
  })
  .meta({ id: "Stage", description: "What one event of the rule must look like." });

export const indicator = z
  .object({
    field: z.string(),
    kind: z.enum(["value", "pattern", "expression", "words", "network", "bound"]),
    value: z.string(),
    shared: z
      .object({
        total: z.number(),
        languages: z.array(z.object({ language: ruleLanguage, count: z.number() })),
        rules: z.array(ruleName).describe("The first few."),
      })
      .describe("Other loaded rules that look for the same."),
  })
  .meta({ id: "Indicator", description: "A value that a rule looks for." });

export const ruleStructure = z
  .object({
    form: z.string().describe("The kind of rule in words."),
    span: z.number().optional().describe("Longest time from the first to the last event, in milliseconds."),
    by: z.array(z.string()).describe("Fields by which the rule groups events."),
    stages: z.array(stage),
    indicators: z.array(indicator),
    moreIndicators: z.number().describe("Indicators that are not listed, because there are too many."),
  })
  .meta({ id: "RuleStructure", description: "A rule taken apart." });
export type RuleStructure = Readonly<z.infer<typeof ruleStructure>>;

export const kindSupport = z
  .object({
    source: z.string(),
    code: z.string(),
    action: z.string(),
    verdict: z.enum(["yes", "lacks fields"]),
    lacks: z.array(z.string()).describe("Fields that the rule requires and these records do not have."),
    blind: z
      .array(z.string())
      .describe("Fields that alternatives of the rule require; these alternatives can never match here."),
    fields: z.array(
      z.object({
        field: z.string(),
        basis: z
          .enum(["seen", "mapping", "none"])
          .describe("`seen` in stored events, or known from the `mapping` only."),
      }),
    ),
    seen: z.number().describe("Records of this kind among the sampled events."),
  })
  .meta({ id: "KindSupport", description: "Whether one kind of record can satisfy a rule, or one stage of it." });
export type KindSupport = Readonly<z.infer<typeof kindSupport>>;

export const ruleLack = z
  .object({
    kind: z
      .enum(["mapping", "data"])
      .describe("`mapping`: no Windows record satisfies the rule as it is mapped. `data`: the stored events do not."),
    what: z
      .enum(["field", "record", "value", "stream"])
      .describe("What `names` lists: fields, event types, tests of values, or data streams of other sources."),
    names: z.array(z.string()),
    of: z
      .string()
      .optional()
      .describe("The event type that comes nearest: it lacks the fields, or the values, which others have."),
    sampled: z.boolean().describe("Whether only a sample of the stored events was examined."),
    text: z.string().describe("The same in words."),
  })
  .meta({ id: "RuleLack", description: "What keeps stored events from satisfying a rule." });
export type RuleLack = Readonly<z.infer<typeof ruleLack>>;

export const ruleSources = z
  .object({
    stages: z.array(z.object({ title: z.string(), kinds: z.array(kindSupport) })),
    loaded: z
      .enum(["yes", "lacks fields", "no such records", "nothing stored", "not evaluable"])
      .describe("Whether the stored data can satisfy the rule."),
    sentence: z.string().describe("The result in words."),
    lack: ruleLack.optional().describe("Unless the stored data can satisfy the rule."),
    sampled: z.number().describe("Stored events that were examined."),
    stored: z.number(),
  })
  .meta({ id: "RuleSources", description: "The data-source coverage of a rule: which records can satisfy it." });
export type RuleSources = Readonly<z.infer<typeof ruleSources>>;
