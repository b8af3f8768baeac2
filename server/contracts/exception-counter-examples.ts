import { z } from "zod";
import { alertSummary } from "./alert.ts";
import { exceptionDraft } from "./exception.ts";
import { exceptionEntry } from "./exception-entry.ts";

const entries = z.array(exceptionEntry).min(1).max(50);

const changedField = z.object({
  field: z.string(),
  before: z.string().optional().describe("Absent: the event has no such field."),
  after: z.string(),
});

export const mutantKind = z
  .enum([
    "other-payload",
    "appended-command",
    "other-arguments",
    "path-traversal",
    "other-folder-in-command",
    "other-parent-path",
    "other-parent-command",
    "other-folder",
    "renamed-program",
    "other-account",
    "other-host",
    "other-hash",
    "double-blanks",
    "other-case",
    "other-time",
  ])
  .meta({ id: "MutantKind", description: "How a counter-example differs from the alert's event." });
export type MutantKind = z.infer<typeof mutantKind>;

/** An edit of a draft that was tried out. */
export const narrowing = z
  .object({ text: z.string(), entries, alternatives: z.array(entries).max(20).optional() })
  .meta({
    id: "Narrowing",
    description: "Other entries for a draft, tried out: the alert is still covered, the counter-example is not.",
  });
export type Narrowing = Readonly<z.infer<typeof narrowing>>;

export const mutant = z
  .object({
    kind: mutantKind,
    text: z.string().describe("What was changed, in words."),
    changed: z.array(changedField).min(1),
    hidden: z.boolean().describe("Whether the exception would hide it."),
    expected: z
      .enum(["hidden", "raised", "either"])
      .describe("`hidden`: it is the same activity. `raised`: it is not. `either`: it depends; an update looks alike."),
    narrowing: narrowing.optional().describe("Only where it is hidden and is not the same activity."),
  })
  .meta({ id: "Mutant", description: "An event that is like the alert's but for one change." });
export type Mutant = Readonly<z.infer<typeof mutant>>;

const distant = z
  .object({
    alert: alertSummary.optional(),
    event: z.object({ id: z.string(), time: z.string(), host: z.string().optional() }).optional(),
    distance: z.number().describe("From 0, the same, to 1, different in every compared field."),
    differs: z.array(
      z.object({
        field: z.string(),
        here: z.string().optional().describe("Of the alert that the exception starts from."),
        there: z.string().optional(),
      }),
    ),
  })
  .meta({
    id: "DistantMatch",
    description: "Something stored that the exception covers and that is unlike the alert.",
  });
export type DistantMatch = Readonly<z.infer<typeof distant>>;

export const counterExamples = z
  .object({
    matchesAlert: z.boolean().describe("Whether the exception matches the event of the alert that it starts from."),
    mutants: z.array(mutant),
    notMade: z.array(z.object({ kind: mutantKind, reason: z.string() })).describe("Changes that could not be made."),
    distant: z.array(distant).max(20).describe("Least alike first, each difference once."),
    compared: z.object({ alerts: z.number(), events: z.number() }).describe("How many were looked at."),
    truncationReason: z.string().optional(),
  })
  .meta({ id: "CounterExamples", description: "What an exception would hide that is not the confirmed activity." });
export type CounterExamples = Readonly<z.infer<typeof counterExamples>>;

export const counterExamplesRequest = z
  .object({ draft: exceptionDraft.describe("With `fromAlert`: its event is what is changed.") })
  .strict()
  .meta({ id: "CounterExamplesRequest", description: "A draft that is tried with counter-examples." });
