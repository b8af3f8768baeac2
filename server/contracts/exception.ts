import { z } from "zod";
import { alertSummary } from "./alert.ts";
import { exceptionOrigin } from "./elastic-exception.ts";
import { breadth, measuredBreadth } from "./exception-breadth.ts";
import { exceptionEntry } from "./exception-entry.ts";
import { approval, broadPolicy, draftNote, redStop } from "./exception-gate.ts";
import { raisedInstead, soFarFields } from "./exception-replay.ts";
import { timeSpan, timestamp } from "./time.ts";

export const exceptionMode = z.enum(["shadow", "enforced"]).meta({
  id: "ExceptionMode",
  description: "`enforced` hides alerts. `shadow` counts what it would hide and hides nothing.",
});

const allOf = z.array(exceptionEntry).min(1).max(50);

const draftFields = z
  .object({
    name: z.string().min(1).max(200),
    reason: z.string().max(4000),
    ruleIds: z.array(z.string().min(1)).max(100).describe("The rules that the exception applies to."),
    ruleTags: z.array(z.string().min(1).max(200)).max(50).optional().describe("Also all rules with one of these tags."),
    allRules: z.literal(true).optional().describe("Applies to every rule, in place of `ruleIds` and `ruleTags`."),
    os: z
      .array(z.enum(["windows", "linux", "macos"]))
      .min(1)
      .optional()
      .describe("Only on these operating systems."),
    hosts: z
      .array(z.string().min(1).max(300))
      .min(1)
      .max(1000)
      .optional()
      .describe("Only on these hosts, by any of their names; `*` matches any characters."),
    hostList: z.string().max(200).optional().describe("Only on the hosts of this value list."),
    step: z
      .number()
      .int()
      .min(1)
      .max(50)
      .optional()
      .describe(
        "Of rules over sequences: hides events from this step only. Rules without such a step are not affected.",
      ),
    entries: allOf.describe("All must match."),
    alternatives: z
      .array(allOf)
      .max(20)
      .optional()
      .describe("Further groups of entries: the exception matches if all entries of any group match."),
    mode: exceptionMode,
    expires: z.iso.datetime().optional().describe("From then on the exception is ignored."),
    reviewBy: z.iso.datetime().optional().describe("From then on the exception is listed as due for review."),
    breadthReason: z.string().max(4000).optional().describe("Required if the breadth is `broad`."),
    fromAlert: z.string().optional().describe("The alert that the exception was written from."),
    exchange: exceptionOrigin.optional().describe("Where it was imported from, if it was."),
  })
  .strict();

export const exceptionDraft = draftFields
  .refine(({ ruleIds, ruleTags = [], allRules }) => allRules === true || ruleIds.length + ruleTags.length > 0, {
    path: ["ruleIds"],
    message: "Name a rule or a tag of rules, or apply the exception to all rules",
  })
  .meta({ id: "ExceptionDraft", description: "An exception that is not saved yet." });
export type ExceptionDraft = Readonly<z.infer<typeof exceptionDraft>>;

/** What of an exception is its draft. */
export const draftOfException = draftFields.strip();

/** Which rules an exception applies to, in a few words. */
export function scopeWords({
  ruleIds,
  ruleTags = [],
  allRules,
}: Pick<ExceptionDraft, "ruleIds" | "ruleTags" | "allRules">): string {
  const named = ruleIds.length === 1 ? "1 rule" : `${ruleIds.length} rules`;
  const parts = [
    ...(ruleIds.length > 0 ? [named] : []),
    ...(ruleTags.length > 0 ? [`rules tagged ${ruleTags.join(", ")}`] : []),
  ];
  return allRules === true ? "all rules" : parts.join(" and ");
}

const valueCount = z.object({ value: z.string(), count: z.number() });

export const dryRun = z
  .object({
    token: z.string().describe("Saving needs it as proof that the result of this very draft was seen."),
    ranAt: timestamp,
    eventsTested: z.number().describe("Stored events that were compared with the exception."),
    eventsMatched: z.number(),
    span: timeSpan.optional().describe("The time span of the tested events."),
    closesNow: z.array(alertSummary).describe("Open alerts that saving closes."),
    wouldHide: z.array(alertSummary).describe("Other alerts that the exception would have hidden."),
    raisesInstead: z
      .array(raisedInstead)
      .describe("Alerts of rules over several events that would be raised in place of hidden ones, the newest first."),
    totals: z
      .object({
        closesNow: z.number(),
        wouldHide: z.number(),
        otherRules: z.number(),
        raisesInstead: z.number(),
        regrouped: z
          .number()
          .describe("Alerts on none of the matching events whose events the rule would put together differently."),
      })
      .describe("Exact, also when the lists are truncated."),
    otherRules: z
      .array(alertSummary)
      .describe("Alerts of other rules on the same events. They stay: the exception does not apply to them."),
    perDay: z.array(z.object({ day: z.string(), count: z.number() })),
    hosts: z.array(valueCount),
    users: z.array(valueCount),
    rules: z.array(valueCount),
    confirmedMalicious: z
      .array(alertSummary)
      .describe("Alerts that were confirmed as malicious and would have been hidden. Treat as a warning."),
    entryMatches: z.array(z.number()).describe("By entry: how many stored alerts of the rules it matches alone."),
    breadth,
    measured: measuredBreadth.optional().describe("Absent: no alert of the rules is stored."),
    notes: z.array(draftNote).describe("What is odd about the draft itself."),
    redStop: redStop.optional().describe("Set if it would have hidden alerts judged malicious."),
    broadPolicy,
    truncationReason: z.string().optional(),
    milliseconds: z.number(),
  })
  .meta({ id: "DryRun", description: "What an exception would do to the stored events and alerts." });
export type DryRun = Readonly<z.infer<typeof dryRun>>;

export const dryRunSoFar = z
  .object({ breadth, ...soFarFields })
  .meta({ id: "DryRunSoFar", description: "What a dry run that has not ended has found until now." });
export type DryRunSoFar = Readonly<z.infer<typeof dryRunSoFar>>;

export const exceptionRecord = draftFields
  .extend({
    id: z.string(),
    version: z.number().int().min(1).default(1).describe("Changes of its draft count it up."),
    createdAt: timestamp,
    createdBy: z.string(),
    changedAt: timestamp.optional().describe("When it was edited last; absent if it never was."),
    changedBy: z.string().optional(),
    disabledAt: timestamp.optional(),
    deletedAt: timestamp.optional().describe("Deleted ones are in no list, except when asked for."),
    hits: z.number().describe("How often it matched, in shadow mode too."),
    lastHit: timestamp.optional(),
    breadth,
    approval: approval.optional().describe("Set if a second person has to enforce it, or has decided."),
  })
  .meta({ id: "Exception", description: "A saved exception." });
export type ExceptionRecord = Readonly<z.infer<typeof exceptionRecord>>;

export const suggestedDraft = z
  .object({
    draft: exceptionDraft,
    because: z.array(z.string()).describe("By entry of the draft: why it was suggested."),
    fields: z
      .array(
        z.object({
          field: z.string(),
          values: z.array(z.string()),
          named: z.boolean().describe("Whether the rule itself names the field."),
        }),
      )
      .describe("Fields of the alert that entries can use."),
  })
  .meta({ id: "SuggestedDraft", description: "The narrowest exception for an alert, to start from." });
export type SuggestedDraft = Readonly<z.infer<typeof suggestedDraft>>;

export const saveExceptionRequest = z
  .object({
    draft: exceptionDraft,
    dryRunToken: z.string().describe("The `token` of the dry run of this draft."),
    proposal: z
      .string()
      .max(100)
      .optional()
      .describe("The proposal that is taken by saving, edited or not: the exception must still hide its alert."),
    overrideReason: z
      .string()
      .trim()
      .max(4000)
      .optional()
      .describe("Asks a second person to enforce it although it hides alerts judged malicious."),
    replaces: z
      .object({
        id: z.string().min(1).max(200),
        ifMatch: z
          .string()
          .max(200)
          .optional()
          .describe("The `ETag` of the exception that was read: refused if it was changed since, as with `If-Match`."),
      })
      .strict()
      .optional()
      .describe("The exception that gets the draft as its next version. It keeps its id and its hits."),
  })
  .strict()
  .meta({ id: "SaveExceptionRequest", description: "An exception and the proof of its dry run." });

export const savedException = z
  .object({
    exception: exceptionRecord,
    closed: z.number().describe("Alerts that were closed until now."),
    batch: z
      .string()
      .optional()
      .describe("The batch that closes them, and can be undone. Absent if there is nothing to close."),
  })
  .meta({ id: "SavedException", description: "The result of saving an exception." });

export const disableExceptionRequest = z
  .object({ reason: z.string().min(1).max(4000) })
  .strict()
  .meta({ id: "DisableExceptionRequest", description: "Why an exception is disabled." });
