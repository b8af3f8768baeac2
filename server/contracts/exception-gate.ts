import { z } from "zod";
import { exceptionEntry } from "./exception-entry.ts";
import { timestamp } from "./time.ts";

/** What stands between a draft and its enforcement. See docs/decisions/0085. */

export const draftNote = z
  .object({
    field: z.string().describe("The path in the draft, such as `entries.0.value`."),
    group: z.number().optional().describe("0: `entries`; from 1 on: a group of `alternatives`. Absent: no entry."),
    entry: z.number().optional().describe("Index of the entry in its group."),
    weight: z.enum(["error", "warning", "hint"]).describe("With an `error` the draft cannot be saved."),
    text: z.string(),
    fix: exceptionEntry.optional().describe("The entry as it was probably meant."),
  })
  .meta({ id: "DraftNote", description: "Something odd about a draft, found without running it." });
export type DraftNote = Readonly<z.infer<typeof draftNote>>;

export const broadPolicy = z
  .enum(["refuse", "reason", "second-person"])
  .meta({ id: "BroadPolicy", description: "What a broad exception needs: STEMMA_BROAD_EXCEPTIONS." });
export type BroadPolicy = z.infer<typeof broadPolicy>;

const group = z.array(exceptionEntry).min(1).max(50);

export const redStop = z
  .object({
    total: z.number().describe("Alerts judged malicious that the exception would have hidden."),
    because: z
      .array(z.object({ alert: z.string(), text: z.string() }))
      .describe("Why, of those in `confirmedMalicious`."),
    narrowing: z
      .discriminatedUnion("kind", [
        z.object({
          kind: z.literal("found"),
          entries: group,
          alternatives: z.array(group).optional(),
          text: z.string().describe("What was added, in words."),
        }),
        z.object({ kind: z.literal("none"), text: z.string() }),
      ])
      .describe("Entries that still hide the other alerts, but none of those; or why there are none."),
  })
  .meta({
    id: "RedStop",
    description: "Alerts judged malicious keep an exception from being enforced until it leaves them out.",
  });
export type RedStop = Readonly<z.infer<typeof redStop>>;

export const approval = z
  .object({
    wants: z.literal("enforced"),
    reasons: z.array(z.string()).describe("Why it needs a second person."),
    requestedBy: z.string(),
    requestedAt: timestamp,
    account: z.string().optional().describe("The account that asked."),
    note: z.string().optional().describe("Why it should be enforced although it hides alerts judged malicious."),
    decision: z
      .object({ kind: z.enum(["approved", "rejected"]), by: z.string(), at: timestamp, reason: z.string() })
      .optional()
      .describe("Absent: it waits for a second person."),
  })
  .meta({ id: "Approval", description: "An exception that a second person has to enforce." });
export type Approval = Readonly<z.infer<typeof approval>>;

const reason = z.string().trim().min(1).max(4000);

export const approveExceptionRequest = z
  .object({ dryRunToken: z.string().describe("The `token` of a dry run of the exception, enforced."), reason })
  .strict()
  .meta({ id: "ApproveExceptionRequest", description: "Why a second person enforces an exception." });

export const rejectExceptionRequest = z
  .object({ reason })
  .strict()
  .meta({ id: "RejectExceptionRequest", description: "Why a second person leaves an exception in shadow mode." });
