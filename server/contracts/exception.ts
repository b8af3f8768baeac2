import { z } from "zod";
import { alertSummary } from "./alert.ts";

const common = {
  field: z.string().min(1).max(200),
  operator: z.enum(["included", "excluded"]),
  /** `sensitive` is how Elastic compares keyword fields. */
  case: z.enum(["sensitive", "insensitive"]),
};

/** Entry types and operators as in Elastic's exception lists; the case mode is always explicit. */
export const exceptionEntry = z.discriminatedUnion("type", [
  z.object({ type: z.literal("match"), value: z.string().min(1).max(8000), ...common }).strict(),
  z
    .object({ type: z.literal("match_any"), values: z.array(z.string().min(1).max(8000)).min(1).max(500), ...common })
    .strict(),
  /** `*` any run, `?` one character, `\` escapes. */
  z.object({ type: z.literal("wildcard"), value: z.string().min(1).max(8000), ...common }).strict(),
  z.object({ type: z.literal("exists"), ...common }).strict(),
]);
export type ExceptionEntry = Readonly<z.infer<typeof exceptionEntry>>;

export const exceptionMode = z.enum(["shadow", "enforced"]);

export const exceptionDraft = z
  .object({
    name: z.string().min(1).max(200),
    reason: z.string().max(4000),
    ruleIds: z.array(z.string().min(1)).min(1).max(100),
    /** All must hold. */
    entries: z.array(exceptionEntry).min(1).max(50),
    mode: exceptionMode,
    /** ISO 8601; the exception is ignored from then on. */
    expires: z.iso.datetime().optional(),
    /** Demanded when the breadth is `broad`. */
    breadthReason: z.string().max(4000).optional(),
    fromAlert: z.string().optional(),
  })
  .strict();
export type ExceptionDraft = Readonly<z.infer<typeof exceptionDraft>>;

export const breadth = z.object({
  /** 0 (one exact situation) to 100 (everything the rule finds). */
  score: z.number(),
  level: z.enum(["narrow", "acceptable", "broad", "refused"]),
  reasons: z.array(
    z.object({ entry: z.number().optional(), weight: z.enum(["good", "warning", "refusal"]), text: z.string() }),
  ),
});
export type Breadth = Readonly<z.infer<typeof breadth>>;

const tally = z.object({ value: z.string(), count: z.number() });

export const dryRun = z.object({
  /** Proof for the save that this very draft was seen; changes with the draft. */
  token: z.string(),
  ranAt: z.string(),
  /** Stored events that were tested, of all that are stored, and their time span. */
  eventsTested: z.number(),
  eventsMatched: z.number(),
  span: z.object({ from: z.string(), to: z.string() }).optional(),
  /** Alerts of these rules that are open now and would be closed by saving. */
  closesNow: z.array(alertSummary),
  /** Alerts already closed or of other status that it would have hidden. */
  wouldHide: z.array(alertSummary),
  totals: z.object({ closesNow: z.number(), wouldHide: z.number(), otherRules: z.number() }),
  /** Alerts of rules outside the scope that rest on the same events: shown so that nobody is surprised; not hidden. */
  otherRules: z.array(alertSummary),
  perDay: z.array(z.object({ day: z.string(), count: z.number() })),
  hosts: z.array(tally),
  users: z.array(tally),
  rules: z.array(tally),
  /** In red: alerts once confirmed malicious that it would hide. */
  confirmedMalicious: z.array(alertSummary),
  /** How many of the rules' stored alerts each entry matches alone. */
  entryMatches: z.array(z.number()),
  breadth,
  truncationReason: z.string().optional(),
  milliseconds: z.number(),
});
export type DryRun = Readonly<z.infer<typeof dryRun>>;

export const exceptionRecord = exceptionDraft.extend({
  id: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  disabledAt: z.string().optional(),
  hits: z.number(),
  lastHit: z.string().optional(),
  breadth,
});
export type ExceptionRecord = Readonly<z.infer<typeof exceptionRecord>>;

/** Fields of the alert that may go into an entry, for the builder. */
export const draftProposal = z.object({
  draft: exceptionDraft,
  /** Why each entry was proposed. */
  because: z.array(z.string()),
  fields: z.array(z.object({ field: z.string(), values: z.array(z.string()), named: z.boolean() })),
});
export type DraftProposal = Readonly<z.infer<typeof draftProposal>>;
