import { z } from "zod";
import { type ExceptionRecord, exceptionRecord } from "./exception.ts";
import { pageOf, pageQuery } from "./page.ts";
import { timestamp } from "./time.ts";

/** What happens to an exception after it was saved: its list, history, health, and giving back what it hid. */

const exceptionState = z.enum(["shadow", "waiting", "enforced", "expired", "disabled", "deleted"]).meta({
  id: "ExceptionState",
  description:
    "The mode of an exception that is in force, or why it is not. `waiting`: in shadow mode until a second person decides.",
});
export type ExceptionState = z.infer<typeof exceptionState>;

type Lived = Pick<ExceptionRecord, "mode" | "deletedAt" | "disabledAt" | "expires" | "approval">;

/** The state of an exception at `now` (epoch milliseconds). */
export function exceptionStateAt(record: Lived, now: number): ExceptionState {
  if (record.deletedAt !== undefined) {
    return "deleted";
  }
  if (record.disabledAt !== undefined) {
    return "disabled";
  }
  if (record.expires !== undefined && Date.parse(record.expires) <= now) {
    return "expired";
  }
  return record.approval !== undefined && record.approval.decision === undefined ? "waiting" : record.mode;
}

const sortKeys = ["created", "name", "hits", "last-hit", "expires", "breadth"] as const;

export const exceptionQuery = pageQuery.extend({
  text: z.string().max(200).optional().describe("Words of the name, the reason, the entries or the author."),
  rule: z.string().optional().describe("Id of a rule in the scope."),
  owner: z.string().optional().describe("Who saved or last edited it."),
  state: z
    .array(z.enum([...exceptionState.options, "due"]))
    .optional()
    .describe("`due` are those due for review. Without a state: all but deleted ones."),
  breadth: z.array(z.enum(["narrow", "acceptable", "broad"])).optional(),
  hits: z.enum(["some", "none"]).optional().describe("Those that matched, or those that never did."),
  olderThan: z.number().int().min(0).max(36_500).optional().describe("Saved at least so many days ago."),
  sort: z.enum(sortKeys).default("created").describe("`name` ascends; all others begin with the newest or highest."),
});
export type ExceptionQuery = Readonly<z.output<typeof exceptionQuery>>;

export const exceptionPage = pageOf(exceptionRecord)
  .extend({
    all: z.number().describe("Exceptions that are not deleted, whatever the filters."),
    owners: z.array(z.string()).describe("Who saved or last edited any of them."),
    ruleIds: z.array(z.string()).describe("The rules that any of them names."),
  })
  .meta({ id: "ExceptionPage", description: "Exceptions that pass the filters, in the order asked for." });
export type ExceptionPage = Readonly<z.infer<typeof exceptionPage>>;

const exceptionVersion = z
  .object({
    at: timestamp,
    actor: z.string(),
    action: z.string().describe("What was done, such as `exception.edit`."),
    reason: z.string().optional(),
    version: z.number().optional().describe("The version that it made."),
    changes: z.array(z.string()).describe("What changed, one sentence each."),
  })
  .meta({ id: "ExceptionVersion", description: "One change of an exception." });
export type ExceptionVersion = Readonly<z.infer<typeof exceptionVersion>>;

export const exceptionVersions = pageOf(exceptionVersion).meta({
  id: "ExceptionVersions",
  description: "What was done to an exception, newest first, from the audit trail.",
});

const valueCount = z.object({ value: z.string(), count: z.number() });

export type ExceptionVersions = Readonly<z.infer<typeof exceptionVersions>>;

export const exceptionHealth = z
  .object({
    state: exceptionState,
    dueForReview: z.boolean(),
    hits: z.number(),
    firstHit: timestamp.optional().describe("By the times of the events, as is everything here."),
    lastHit: timestamp.optional(),
    perDay: z.array(z.object({ day: z.string(), count: z.number() })).describe("Days with hits, oldest first."),
    rules: z.array(valueCount).describe("Hits by the id of the rule."),
    writtenAt: timestamp.describe("When the current version was saved."),
    since: z.number().describe("Hits that were counted after that."),
    news: z
      .object({ hosts: z.array(valueCount), users: z.array(valueCount), commandLines: z.array(valueCount) })
      .describe(
        "What the hits counted since are about, and none of those before: hosts, users, and command lines with " +
          "their variable parts as stand-ins. The most frequent first.",
      ),
    eventsMissing: z.number().describe("Hits whose event is not stored any more."),
    truncationReason: z.string().optional(),
  })
  .meta({ id: "ExceptionHealth", description: "How an exception is used, and whether it covers something new." });
export type ExceptionHealth = Readonly<z.infer<typeof exceptionHealth>>;

const hiddenHitState = z.enum(["hidden", "closed", "in-queue", "incomplete", "lost"]).meta({
  id: "HiddenHitState",
  description:
    "`hidden`: no alert was raised. `closed`: the exception closed its alert. `in-queue`: there is an alert that the " +
    "exception does not keep closed. `incomplete`: an event of a rule over several events; whether it completes an " +
    "alert is known once the rule has run again. `lost`: it cannot be raised, for the stated reason.",
});
export type HiddenHitState = z.infer<typeof hiddenHitState>;

const hiddenHit = z
  .object({
    id: z.string().describe("What `give-back` takes."),
    rule: z.object({ id: z.string(), name: z.string() }),
    eventId: z.string(),
    time: timestamp.describe("Of the event."),
    countedAt: timestamp.optional().describe("When it was counted; absent if that was with saving."),
    host: z.string().optional(),
    user: z.string().optional(),
    commandLine: z.string().optional(),
    state: hiddenHitState,
    alertId: z.string().optional(),
    stillHidden: z.boolean().describe("Whether the exception as it is now would hide it again."),
    reason: z.string().optional().describe("Why it cannot be raised."),
  })
  .meta({ id: "HiddenHit", description: "Something that an exception matched." });
export type HiddenHit = Readonly<z.infer<typeof hiddenHit>>;

export const hiddenHits = pageOf(hiddenHit).meta({
  id: "HiddenHits",
  description: "What an exception matched, newest event first.",
});

export type HiddenHits = Readonly<z.infer<typeof hiddenHits>>;

export const giveBackRequest = z
  .object({
    hits: z
      .union([z.literal("all"), z.array(z.string().max(2000)).min(1).max(500)])
      .describe("Ids of hits, or all of them. Those that the exception still hides are left out."),
    reopen: z.boolean().describe("Whether to reopen the alerts that the exception closed."),
    reason: z.string().trim().min(1).max(4000),
  })
  .strict()
  .meta({ id: "GiveBackRequest", description: "What to bring back that an exception had hidden." });

export const giveBackResult = z
  .object({
    considered: z.number().describe("Hits that were looked at."),
    raised: z.number().describe("New alerts, with the time of their events."),
    reopened: z.number(),
    inQueue: z.number().describe("Hits that had an alert already."),
    stillHidden: z.number().describe("Hits that the exception still hides."),
    alerts: z.array(z.string()).describe("Ids of the alerts that were raised and reopened; the first 500."),
    left: z
      .array(z.object({ id: z.string(), ruleId: z.string(), eventId: z.string(), reason: z.string() }))
      .describe("Hits that raised nothing, and why; the first 500."),
    totals: z.object({ left: z.number() }),
    recomputed: z.array(z.string()).describe("By rule over several events: what was run again."),
  })
  .meta({ id: "GiveBackResult", description: "What was brought back." });
export type GiveBackResult = Readonly<z.infer<typeof giveBackResult>>;

export const stopExceptionRequest = z
  .object({ reason: z.string().trim().min(1).max(4000) })
  .strict()
  .meta({ id: "StopExceptionRequest", description: "Why an exception is enabled again or deleted." });
