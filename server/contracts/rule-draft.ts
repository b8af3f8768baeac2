import { z } from "zod";
import { severity } from "./alert.ts";
import { ruleLanguage } from "./language.ts";
import { location, problem } from "./problem.ts";
import { ruleNote } from "./rule.ts";
import { ruleName } from "./rule-name.ts";
import { ruleStructure } from "./rule-structure.ts";
import { timeSpan, timestamp } from "./time.ts";

export const ruleDraft = z
  .object({
    language: ruleLanguage,
    text: z.string().min(1).max(1_000_000).describe("The query; for Sigma the whole document."),
    id: z.string().max(200).default("").describe("This and the following fields: not for Sigma, whose text has them."),
    name: z.string().max(300).default(""),
    description: z.string().max(10_000).default(""),
    severity: severity.default("medium"),
    riskScore: z.number().min(0).max(100).default(47),
  })
  .strict()
  .meta({ id: "RuleDraft", description: "A rule that is not saved yet." });
export type RuleDraft = Readonly<z.infer<typeof ruleDraft>>;

export const draftCheck = z
  .object({
    problems: z.array(problem).describe("Their places are in the text of the draft."),
    evaluable: z.boolean(),
    reason: z.string().optional().describe("Why it cannot be evaluated."),
    at: location.optional().describe("The place in the text that `reason` is about."),
    file: z
      .object({ name: z.string(), text: z.string() })
      .optional()
      .describe("The draft as a rule file, if it is complete."),
    structure: ruleStructure.optional(),
  })
  .meta({ id: "DraftCheck", description: "The problems and the structure of a draft." });
export type DraftCheck = Readonly<z.infer<typeof draftCheck>>;

export const saveRuleRequest = z
  .object({
    draft: ruleDraft,
    folder: z.string().describe("One of the rule folders."),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w .-]{0,120}\.(?:toml|ya?ml)$/, "expected a plain file name with .toml or .yml"),
    replace: z.boolean().default(false).describe("Whether a file of this name is replaced. It must hold a rule."),
    note: ruleNote,
  })
  .strict()
  .meta({ id: "SaveRuleRequest", description: "A draft, and where to save it." });

export const savedRule = z
  .object({ file: z.string(), ruleId: z.string() })
  .meta({ id: "SavedRule", description: "The file of a saved rule." });

const versionRef = z.object({ ruleId: z.string(), hash: z.string() }).strict();

export const ruleRunRequest = z
  .object({
    what: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("draft"), draft: ruleDraft }).strict(),
        z.object({ kind: z.literal("versions"), left: versionRef, right: versionRef }).strict(),
        z.object({ kind: z.literal("all") }).strict(),
      ])
      .describe("A draft, two versions to compare, or all loaded rules."),
    from: z.string().optional().describe("Earliest time of the events, in ISO 8601."),
    to: z.string().optional().describe("Latest time of the events, in ISO 8601."),
    limit: z.number().int().min(1).max(500).default(100).describe("Hits listed per rule; all are counted."),
  })
  .strict()
  .meta({ id: "RuleRunRequest", description: "What to run over the stored events." });
export type RuleRunRequest = Readonly<z.infer<typeof ruleRunRequest>>;

export const ruleHit = z
  .object({
    eventIds: z.array(z.string()).describe("The last one completes the finding."),
    time: timestamp,
    host: z.string(),
    user: z.string().optional(),
    process: z.string().optional(),
    commandLine: z.string().optional(),
    processKey: z.string().optional(),
  })
  .meta({ id: "RuleHit", description: "One finding of a rule." });
export type RuleHit = Readonly<z.infer<typeof ruleHit>>;

const hitList = z.object({ total: z.number(), listed: z.array(ruleHit) });

export const ruleRun = z
  .object({
    id: z.string(),
    state: z.enum(["running", "done", "stopped", "failed"]),
    events: z.number().describe("Stored events in the time span."),
    span: timeSpan.optional().describe("Of the stored events that the run reads."),
    until: timestamp.optional().describe("How far in time the run has come."),
    milliseconds: z.number(),
    exact: z.boolean().describe("Whether every count is exact; `truncationReason` says why not."),
    truncationReason: z.string().optional(),
    rules: z.array(
      z.object({ rule: ruleName, hits: z.number(), listed: z.array(ruleHit), reason: z.string().optional() }),
    ),
    comparison: z
      .object({ both: z.number(), onlyLeft: hitList, onlyRight: hitList })
      .optional()
      .describe("For two versions: what both found, and what only one of them found."),
    coverage: z.string().describe("One sentence: the data that the run covers."),
  })
  .meta({ id: "RuleRun", description: "A run of rules over the stored events. It raises no alerts." });
export type RuleRunView = Readonly<z.infer<typeof ruleRun>>;
