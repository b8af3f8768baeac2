import { z } from "zod";
import { dryRunSoFar } from "./exception.ts";
import { timestamp } from "./time.ts";

/** Kinds of work that run apart from the requests of others. Most have the name of their route. */
export const workKind = z
  .enum([
    "find",
    "queue",
    "incidentQuestions",
    "incidentBundle",
    "hosts",
    "host",
    "users",
    "user",
    "session",
    "hunt",
    "huntExport",
    "exceptionDryRun",
    "draftException",
    "counterExamples",
    "synthesis",
    "saveException",
    "valueList",
    "fieldValues",
    "createValueList",
    "changeValueList",
    "exportExceptions",
    "importExceptions",
    "exceptionTuning",
    "approveException",
    "exceptionHealth",
    "hiddenHits",
    "giveBack",
    "stepQuery",
    "suggestion",
    "suggestedAnswers",
    "manySuggestedAnswers",
    "comparison",
    "timeline",
    "ruleReport",
    "shiftReport",
    "playbookStatistics",
    "gatherDelivery",
    "ruleSources",
    "fieldNames",
    "ruleRun",
    "audit",
    "batch",
    "batchPreview",
    "checkRule",
    "draftRule",
    "checkPlaybook",
  ])
  .meta({
    id: "WorkKind",
    description:
      "What heavy work is about: the route that asked for it, a rule run, or a draft that is read to be run or saved.",
  });
export type WorkKind = z.infer<typeof workKind>;

export const workProgress = z
  .object({
    done: z.number(),
    total: z.number().optional().describe("Absent while it is not known; may be an upper bound."),
    unit: z.enum(["events", "alerts", "rules"]),
  })
  .meta({ id: "WorkProgress", description: "How far work has come." });
export type WorkProgress = Readonly<z.infer<typeof workProgress>>;

export const workItem = z
  .object({
    id: z.string(),
    kind: workKind,
    state: z.enum(["waiting", "running"]),
    position: z.number().optional().describe("While it waits: 1 is next."),
    askedAt: timestamp,
    milliseconds: z.number().describe("How long it has been running."),
    progress: workProgress.optional(),
    dryRun: dryRunSoFar
      .optional()
      .describe("What a dry run of an exception has found until now; absent as long as it has found nothing."),
  })
  .meta({ id: "WorkItem", description: "Heavy work that was asked for and has not ended." });
export type WorkItem = Readonly<z.infer<typeof workItem>>;

export const workList = z
  .object({
    items: z.array(workItem).describe("One's own, oldest first."),
    waiting: z.number().describe("Everybody's work that waits."),
    running: z.number().describe("Everybody's work that runs."),
    workers: z.number().describe("How much can run at once."),
  })
  .meta({ id: "WorkList", description: "Heavy work of the caller, and how busy the server is." });
export type WorkList = Readonly<z.infer<typeof workList>>;
