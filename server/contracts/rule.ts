import { z } from "zod";
import { severity, technique } from "./alert.ts";
import { ruleLanguage } from "./language.ts";
import { location, problem } from "./problem.ts";

/** A rule by its name, for lists that name rules. */
export const ruleName = z.object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage });

export const ruleSummary = ruleName.extend({
  severity,
  riskScore: z.number(),
  buildingBlock: z.boolean(),
  /** The file, relative to its rule folder. */
  source: z.string(),
  folder: z.string(),
  techniques: z.array(technique),
  tactics: z.array(z.string()),
  /** Turned off by a person: it does not run. */
  enabled: z.boolean(),
  evaluable: z.boolean(),
  /** Why it cannot be evaluated, and where its file says so. */
  reason: z.string().optional(),
  at: location.optional(),
  /** Correlations for which alone it is there: it raises no alerts of its own. */
  partOf: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
  alerts: z.number(),
  exceptions: z.number(),
  playbookId: z.string().optional(),
});
export type RuleSummary = Readonly<z.infer<typeof ruleSummary>>;

export const ruleSort = z.enum(["name", "severity", "risk", "language", "alerts", "version"]);

export const ruleQuery = z.object({
  text: z.string().max(500).optional(),
  language: z.array(ruleLanguage).default([]),
  severity: z.array(severity).default([]),
  tactic: z.array(z.string()).default([]),
  folder: z.array(z.string()).default([]),
  state: z.array(z.enum(["runs", "turned off", "not evaluable"])).default([]),
  /** Rules that look for this value in this field; both or none. */
  field: z.string().optional(),
  value: z.string().optional(),
  sort: ruleSort.default("severity"),
  /** From the least to the most. */
  ascending: z.boolean().default(false),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(500).default(100),
});
export type RuleQuery = Readonly<z.infer<typeof ruleQuery>>;

const facet = z.array(z.object({ value: z.string(), count: z.number() }));

export const rulePage = z.object({
  items: z.array(ruleSummary),
  /** Of the rules that pass the filters. */
  total: z.number(),
  loaded: z.number(),
  /** How many rules each value leaves, under all the other filters. */
  facets: z.object({ language: facet, severity: facet, tactic: facet, folder: facet, state: facet }),
});
export type RulePage = Readonly<z.infer<typeof rulePage>>;

// ── structure ───────────────────────────────────────────────────────────────────────────────────────────────────────

const predicate = z.object({ text: z.string(), field: z.string().optional() });

export const exclusion = z.object({
  text: z.string(),
  /** The selection of a Sigma rule that says it. */
  name: z.string().optional(),
  /** By Sigma's convention for names: `filter_main_` or `filter_optional_`. */
  carveOut: z.enum(["main", "optional"]).optional(),
  /** Of each field the first values, and how many it has. */
  values: z.array(z.object({ field: z.string(), values: z.array(z.string()), total: z.number() })),
});

export const stage = z.object({
  role: z.enum(["event", "stage", "missing", "until", "counted"]),
  /** Fields whose values tie the events together; `?` behind one that may be absent. */
  keys: z.array(z.string()),
  /** All of them must hold. */
  predicates: z.array(predicate),
  exclusions: z.array(exclusion),
});

export const indicator = z.object({
  field: z.string(),
  kind: z.enum(["value", "pattern", "expression", "words", "network", "bound"]),
  value: z.string(),
  /** How many other loaded rules look for the same, by language, and the first few of them. */
  shared: z.object({
    total: z.number(),
    languages: z.array(z.object({ language: ruleLanguage, count: z.number() })),
    rules: z.array(ruleName),
  }),
});

export const ruleStructure = z.object({
  form: z.string(),
  /** Longest time from the first to the last event; milliseconds. */
  span: z.number().optional(),
  /** By-fields of a grouped rule. */
  by: z.array(z.string()),
  stages: z.array(stage),
  indicators: z.array(indicator),
  /** Indicators that are left out because there are too many. */
  moreIndicators: z.number(),
});
export type RuleStructure = Readonly<z.infer<typeof ruleStructure>>;

// ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const fieldSupport = z.object({ field: z.string(), basis: z.enum(["seen", "mapping", "none"]) });

/** Whether one kind of record can satisfy a rule; of a rule over several events, one stage of it. */
export const kindSupport = z.object({
  source: z.string(),
  code: z.string(),
  action: z.string(),
  verdict: z.enum(["yes", "lacks fields"]),
  /** Fields that the rule cannot do without and this kind of record does not have. */
  lacks: z.array(z.string()),
  /** Fields that alternatives of the rule ask for; those alternatives can never hold here. */
  blind: z.array(z.string()),
  fields: z.array(fieldSupport),
  /** Records of this kind among the stored events that were looked at. */
  seen: z.number(),
});
export type KindSupport = Readonly<z.infer<typeof kindSupport>>;

export const ruleSources = z.object({
  stages: z.array(z.object({ title: z.string(), kinds: z.array(kindSupport) })),
  loaded: z.enum(["yes", "lacks fields", "no such records", "nothing stored", "not evaluable"]),
  sentence: z.string(),
  /** What "seen" rests on. */
  sampled: z.number(),
  stored: z.number(),
});
export type RuleSources = Readonly<z.infer<typeof ruleSources>>;

// ── versions ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const ruleVersion = z.object({
  ruleId: z.string(),
  hash: z.string(),
  version: z.string(),
  name: z.string(),
  source: z.string(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  state: z.enum(["active", "loaded", "earlier"]),
});
export type RuleVersion = Readonly<z.infer<typeof ruleVersion>>;

const diffOf = <T extends z.ZodType>(item: T) => z.array(z.object({ side: z.enum(["both", "left", "right"]), item }));

export const ruleComparison = z.object({
  left: ruleVersion,
  right: ruleVersion,
  /** Lines of the files; `undefined` numbers on the side that does not have the line. */
  text: z.array(
    z.object({
      side: z.enum(["both", "left", "right"]),
      line: z.string(),
      left: z.number().optional(),
      right: z.number().optional(),
    }),
  ),
  predicates: diffOf(z.string()),
  exclusions: diffOf(z.string()),
  indicators: diffOf(z.object({ field: z.string(), value: z.string() })),
  /** Why one of them has no structure. */
  notes: z.array(z.string()),
});
export type RuleComparison = Readonly<z.infer<typeof ruleComparison>>;

/** What a rule over several events lost because the memory for such rules was full. */
const ruleEvictions = z.object({ count: z.number(), last: z.string(), sentence: z.string() });
export type RuleEvictions = Readonly<z.infer<typeof ruleEvictions>>;

export const ruleDetail = ruleSummary.extend({
  description: z.string(),
  query: z.string(),
  /** The whole file that it was loaded from. */
  text: z.string().optional(),
  falsePositives: z.array(z.string()),
  /** What its author tells those who investigate it or set it up; Markdown. */
  guide: z.string().optional(),
  references: z.array(z.string()),
  tags: z.array(z.string()),
  author: z.array(z.string()),
  license: z.string().optional(),
  structure: ruleStructure,
  exceptionsInForce: z.array(z.object({ id: z.string(), name: z.string(), mode: z.string(), hits: z.number() })),
  playbook: z.object({ id: z.string(), title: z.string(), own: z.boolean() }).optional(),
  versions: z.array(ruleVersion),
  hitsPerDay: z.array(z.object({ day: z.string(), count: z.number() })),
  evictions: ruleEvictions.optional(),
});
export type RuleDetail = Readonly<z.infer<typeof ruleDetail>>;

// ── folders ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const ruleFolders = z.object({
  folders: z.array(
    z.object({
      path: z.string(),
      origin: z.enum(["configured", "added"]),
      files: z.number(),
      rules: z.number(),
      failed: z.number(),
      writable: z.boolean(),
      problem: z.string().optional(),
    }),
  ),
  /** Files that did not load, and second versions and copies; at most 500. */
  issues: z.array(z.object({ file: z.string(), state: z.string(), reason: z.string(), at: location.optional() })),
  issuesTotal: z.number(),
});
export type RuleFolders = Readonly<z.infer<typeof ruleFolders>>;

// ── drafts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const ruleDraft = z
  .object({
    language: ruleLanguage,
    /** The query; of Sigma the whole document. */
    text: z.string().min(1).max(200_000),
    /** What a file needs beside the query; Sigma documents say it themselves. */
    id: z.string().max(200).default(""),
    name: z.string().max(300).default(""),
    description: z.string().max(10_000).default(""),
    severity: severity.default("medium"),
    riskScore: z.number().min(0).max(100).default(47),
  })
  .strict();
export type RuleDraft = Readonly<z.infer<typeof ruleDraft>>;

export const draftCheck = z.object({
  /** Places are in the text of the draft. */
  problems: z.array(problem),
  evaluable: z.boolean(),
  /** Why it cannot be evaluated, and where the text of the draft says so. */
  reason: z.string().optional(),
  at: location.optional(),
  /** As a rule file, where the draft is complete. */
  file: z.object({ name: z.string(), text: z.string() }).optional(),
  structure: ruleStructure.optional(),
});
export type DraftCheck = Readonly<z.infer<typeof draftCheck>>;

export const saveRuleRequest = z
  .object({
    draft: ruleDraft,
    folder: z.string(),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w .-]{0,120}\.(?:toml|ya?ml)$/, "expected a plain file name with .toml or .yml"),
    /** Replaces a file of this name. */
    replace: z.boolean().default(false),
  })
  .strict();

// ── runs over what is stored ────────────────────────────────────────────────────────────────────────────────────────

export const ruleRunRequest = z
  .object({
    what: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("draft"), draft: ruleDraft }).strict(),
      z
        .object({
          kind: z.literal("versions"),
          left: z.object({ ruleId: z.string(), hash: z.string() }).strict(),
          right: z.object({ ruleId: z.string(), hash: z.string() }).strict(),
        })
        .strict(),
      z.object({ kind: z.literal("all") }).strict(),
    ]),
    from: z.string().optional(),
    to: z.string().optional(),
    /** Hits listed per rule; all are counted. */
    limit: z.number().int().min(1).max(500).default(100),
  })
  .strict();
export type RuleRunRequest = Readonly<z.infer<typeof ruleRunRequest>>;

export const ruleHit = z.object({
  /** The last of them completes the finding. */
  eventIds: z.array(z.string()),
  time: z.string(),
  host: z.string(),
  user: z.string().optional(),
  process: z.string().optional(),
  commandLine: z.string().optional(),
  processKey: z.string().optional(),
});
export type RuleHit = Readonly<z.infer<typeof ruleHit>>;

export const ruleRun = z.object({
  id: z.string(),
  state: z.enum(["running", "done", "stopped", "failed"]),
  /** Stored events in the window. */
  events: z.number(),
  /** Of the stored events in the window, and how far in time the run has come. */
  span: z.object({ from: z.string(), to: z.string() }).optional(),
  until: z.string().optional(),
  milliseconds: z.number(),
  /** Whether every count is exact; `truncationReason` says why not. */
  exact: z.boolean(),
  truncationReason: z.string().optional(),
  rules: z.array(
    z.object({ rule: ruleName, hits: z.number(), listed: z.array(ruleHit), reason: z.string().optional() }),
  ),
  /** Of a comparison: what only one of the two found, and what both did. */
  comparison: z
    .object({
      both: z.number(),
      onlyLeft: z.object({ total: z.number(), listed: z.array(ruleHit) }),
      onlyRight: z.object({ total: z.number(), listed: z.array(ruleHit) }),
    })
    .optional(),
  coverage: z.string(),
});
export type RuleRunView = Readonly<z.infer<typeof ruleRun>>;

// ── quality ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const ruleFinding = z.enum([
  "not evaluable",
  "no source",
  "noisy",
  "silent",
  "fires",
  "counted by others",
  "turned off",
]);
export type RuleFinding = z.infer<typeof ruleFinding>;

export const ruleQuality = ruleName.extend({
  severity,
  finding: ruleFinding,
  reason: z.string(),
  /** Of a rule that is not evaluable: where its file says so. */
  at: location.optional(),
  source: z.string(),
  alerts: z.number(),
  open: z.number(),
  /** Fields that it needs and that no loaded source has. */
  lacks: z.array(z.string()),
  evictions: ruleEvictions.optional(),
});

export const ruleReport = z.object({
  rules: z.array(ruleQuality),
  totals: z.array(z.object({ finding: ruleFinding, count: z.number() })),
  events: z.number(),
  sampled: z.number(),
  /** By source: records among the events that were looked at. */
  sources: z.array(z.object({ source: z.string(), events: z.number() })),
});
export type RuleReport = Readonly<z.infer<typeof ruleReport>>;
