import { z } from "zod";
import { severity, technique } from "./alert.ts";
import { comparedLine } from "./compared-line.ts";
import { ruleLanguage } from "./language.ts";
import { listOf, pageOf, pageQuery } from "./page.ts";
import { playbookReason } from "./playbook.ts";
import { location } from "./problem.ts";
import { ruleName } from "./rule-name.ts";
import { ruleStructure } from "./rule-structure.ts";
import { timestamp } from "./time.ts";

export const ruleSummary = ruleName
  .extend({
    severity,
    riskScore: z.number(),
    buildingBlock: z.boolean(),
    source: z.string().describe("The file, relative to its rule folder."),
    folder: z.string(),
    techniques: z.array(technique),
    tactics: z.array(z.string()),
    enabled: z.boolean().describe("False if an analyst turned it off: it does not run."),
    evaluable: z.boolean(),
    reason: z.string().optional().describe("Why it cannot be evaluated."),
    at: location.optional().describe("The place in its file that `reason` is about."),
    partOf: z
      .array(z.object({ id: z.string(), name: z.string() }))
      .optional()
      .describe("Correlations that it is an input of. Such a rule raises no alerts of its own."),
    alerts: z.number(),
    exceptions: z.number(),
    guidePlaybookId: z
      .string()
      .optional()
      .describe(
        "The playbook of its investigation guide. Absent: it has none. A guide of prose only yields no playbook.",
      ),
  })
  .meta({ id: "RuleSummary", description: "A rule as lists show it." });
export type RuleSummary = Readonly<z.infer<typeof ruleSummary>>;

export const ruleSort = z.enum(["name", "severity", "risk", "language", "alerts", "version"]);

export const ruleQuery = pageQuery.extend({
  text: z.string().max(500).optional().describe("Words that occur in the rule."),
  language: z.array(ruleLanguage).default([]).describe("Empty, as for the other lists: all."),
  severity: z.array(severity).default([]),
  tactic: z.array(z.string()).default([]),
  folder: z.array(z.string()).default([]),
  state: z.array(z.enum(["runs", "turned off", "not evaluable"])).default([]),
  guide: z.array(z.enum(["with guide", "without guide"])).default([]),
  field: z.string().optional().describe("With `value`: rules that look for this value in this field."),
  value: z.string().optional(),
  sort: ruleSort.default("severity"),
  ascending: z.boolean().default(false),
});
export type RuleQuery = Readonly<z.infer<typeof ruleQuery>>;

const facet = z.array(z.object({ value: z.string(), count: z.number() }));

export const rulePage = pageOf(ruleSummary)
  .extend({
    loaded: z.number().describe("All loaded rules."),
    facets: z
      .object({ language: facet, severity: facet, tactic: facet, folder: facet, state: facet, guide: facet })
      .describe("Values to filter by, each with the number of rules under all other filters."),
  })
  .meta({ id: "RulePage", description: "A page of rules, with what is needed to filter them." });
export type RulePage = Readonly<z.infer<typeof rulePage>>;

export const fieldNameList = pageOf(z.string()).meta({ id: "FieldNameList", description: "Names of fields, sorted." });

export const ruleVersion = z
  .object({
    ruleId: z.string(),
    hash: z.string().describe("Of the text: not every author numbers versions."),
    version: z.string(),
    name: z.string(),
    source: z.string(),
    firstSeen: timestamp,
    lastSeen: timestamp,
    state: z
      .enum(["active", "loaded", "earlier"])
      .describe("`active`: the version that runs. `loaded`: in a rule folder, but another version runs."),
  })
  .meta({ id: "RuleVersion", description: "The text of a rule as it was loaded at some time." });
export type RuleVersion = Readonly<z.infer<typeof ruleVersion>>;

const side = z.enum(["both", "left", "right"]);
const diffOf = <T extends z.ZodType>(item: T) => z.array(z.object({ side, item }));

export const ruleComparison = z
  .object({
    left: ruleVersion,
    right: ruleVersion,
    text: z.array(comparedLine).describe("The lines of both files."),
    predicates: diffOf(z.string()),
    exclusions: diffOf(z.string()),
    indicators: diffOf(z.object({ field: z.string(), value: z.string() })),
    notes: z.array(z.string()).describe("Why the structure of a version is missing, if so."),
  })
  .meta({ id: "RuleComparison", description: "Two versions of rules side by side: text and structure." });
export type RuleComparison = Readonly<z.infer<typeof ruleComparison>>;

export const ruleEvictions = z.object({ count: z.number(), last: timestamp, sentence: z.string() }).meta({
  id: "RuleEvictions",
  description: "What a rule over several events lost because the memory for such rules was full.",
});
export type RuleEvictions = Readonly<z.infer<typeof ruleEvictions>>;

export const ruleDetail = ruleSummary
  .extend({
    description: z.string(),
    query: z.string(),
    text: z.string().optional().describe("The whole file that it was loaded from."),
    falsePositives: z.array(z.string()),
    guide: z.string().optional().describe("The author's notes on investigation and setup, in Markdown."),
    references: z.array(z.string()),
    tags: z.array(z.string()),
    author: z.array(z.string()),
    license: z.string().optional(),
    structure: ruleStructure,
    filters: z
      .array(z.object({ id: z.string(), name: z.string(), source: z.string().describe("Its file.") }))
      .describe("Sigma filter documents that are part of its condition."),
    exceptionsInForce: z.array(z.object({ id: z.string(), name: z.string(), mode: z.string(), hits: z.number() })),
    playbook: z
      .object({
        id: z.string(),
        title: z.string(),
        because: playbookReason,
      })
      .optional(),
    versions: z.array(ruleVersion),
    hitsPerDay: z.array(z.object({ day: z.string(), count: z.number() })),
    evictions: ruleEvictions.optional(),
  })
  .meta({ id: "RuleDetail", description: "Everything about a rule." });
export type RuleDetail = Readonly<z.infer<typeof ruleDetail>>;

export const ruleFileIssue = z
  .object({ file: z.string(), state: z.string(), reason: z.string(), at: location.optional() })
  .meta({ id: "RuleFileIssue", description: "A file that did not load, a second version, or a copy." });
export type RuleFileIssue = Readonly<z.infer<typeof ruleFileIssue>>;

export const ruleFileIssueList = pageOf(ruleFileIssue).meta({
  id: "RuleFileIssueList",
  description: "Files in rule folders that are not in use, those that failed first.",
});

export const ruleFolders = z
  .object({
    folders: z.array(
      z.object({
        path: z.string(),
        origin: z.enum(["configured", "added"]).describe("`added`: by an analyst, so it can be removed."),
        files: z.number(),
        rules: z.number(),
        failed: z.number(),
        writable: z.boolean(),
        problem: z.string().optional(),
      }),
    ),
    issues: listOf(ruleFileIssue).describe("The first 500; `/api/v1/rule-file-issues` has all of them by page."),
  })
  .meta({ id: "RuleFolders", description: "The rule folders, and the files in them that did not become rules." });
export type RuleFolders = Readonly<z.infer<typeof ruleFolders>>;

/** Why a rule was changed, for the audit trail. */
export const ruleNote = z.string().trim().min(1, "say why").max(4000).describe("Why, for the audit trail.");

export const ruleFolderRequest = z
  .object({
    path: z.string().min(1).max(4000).describe("An absolute path on the machine where the server runs."),
    note: ruleNote,
  })
  .strict()
  .meta({ id: "RuleFolderRequest", description: "A rule folder." });

export const ruleEnabledRequest = z
  .object({ enabled: z.boolean(), note: ruleNote })
  .strict()
  .meta({ id: "RuleEnabledRequest", description: "Whether a rule runs, and why." });

export const ruleEnabled = z
  .object({ enabled: z.boolean() })
  .meta({ id: "RuleEnabled", description: "Whether a rule runs." });
