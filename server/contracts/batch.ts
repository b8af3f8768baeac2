import { z } from "zod";
import { alertStatus, closeReason, severity, transitionRequest } from "./alert.ts";
import { incidentTag } from "./incident.ts";
import { pageOf, pageQuery } from "./page.ts";
import { problem } from "./problem.ts";
import { queueQuery } from "./queue.ts";
import { timestamp } from "./time.ts";

/** One change of many incidents or alerts, which the server makes in slices. See docs/decisions/0065. */

const { note, override, duplicateOf } = transitionRequest.shape;

/** The filters of the queue, without what pages and sorts it. */
export const queueFilter = queueQuery
  .omit({ cursor: true, limit: true, group: true, sort: true })
  .meta({ id: "QueueFilter", description: "The filters of the queue." });

export const batchSelection = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("filter"), filter: queueFilter }).strict(),
    z.object({ kind: z.literal("incidents"), keys: z.array(z.string().min(1).max(500)).min(1).max(10_000) }).strict(),
    z.object({ kind: z.literal("alerts"), ids: z.array(z.string().min(1).max(200)).min(1).max(10_000) }).strict(),
    z
      .object({
        kind: z.literal("left"),
        batch: z.string().min(1).max(200),
        code: z.string().min(1).max(100).optional(),
      })
      .strict()
      .describe("What another batch left as it was, for any reason or for that of the code."),
  ])
  .meta({
    id: "BatchSelection",
    description: "Alerts: those that pass filters of the queue, of incidents, by id, or what another batch left.",
  });
export type BatchSelection = Readonly<z.infer<typeof batchSelection>>;

export const batchCoverage = z
  .object({
    of: z.array(batchSelection).min(1).max(200).describe("What is in several of them is covered once."),
    scope: z
      .enum(["incidents", "alerts"])
      .default("incidents")
      .describe("`incidents`: also all other alerts of the incidents that the selected ones are in."),
  })
  .strict()
  .meta({ id: "BatchCoverage", description: "What a batch covers, as of the moment in which it starts." });
export type BatchCoverage = Readonly<z.infer<typeof batchCoverage>>;

/** Actions as they are asked for, where some texts may be missing, or as they were started. */
function actionOf<N extends z.ZodType, T extends z.ZodType>(texts: { readonly note: N; readonly tags: T }) {
  const { note, tags } = texts;
  return z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("acknowledge"), note }).strict(),
    z.object({ kind: z.literal("escalate"), note }).strict(),
    z.object({ kind: z.literal("close"), reason: closeReason, note, override, duplicateOf }).strict(),
    z.object({ kind: z.literal("reopen"), note }).strict(),
    z
      .object({ kind: z.literal("assign"), assignee: z.string().trim().min(1).max(100).optional() })
      .strict()
      .describe("Absent `assignee`: to nobody."),
    z.object({ kind: z.literal("tag"), add: tags, remove: tags }).strict(),
  ]);
}

export const batchAction = actionOf({ note, tags: z.array(incidentTag).max(50).default([]) }).meta({
  id: "BatchAction",
  description: "What a batch does to each of its incidents or alerts.",
});
export type BatchAction = Readonly<z.infer<typeof batchAction>>;

const startedAction = z
  .union([
    actionOf({ note: z.string(), tags: z.array(z.string()) }),
    z.object({ kind: z.literal("undo"), batch: z.string() }).strict(),
    z.object({ kind: z.literal("except"), exception: z.string(), name: z.string() }).strict(),
  ])
  .meta({
    id: "StartedBatchAction",
    description:
      "What a batch does; `undo`: it restores what another one changed; `except`: it closes what a new exception hides.",
  });

export const batchRequest = batchCoverage
  .extend({ action: batchAction })
  .strict()
  .meta({ id: "BatchRequest", description: "A change of many incidents or alerts at once." });
export type BatchRequest = Readonly<z.infer<typeof batchRequest>>;

export const batchPreview = z
  .object({
    incidents: z.number(),
    alerts: z.number(),
    statuses: z
      .object({ open: z.number(), acknowledged: z.number(), escalated: z.number(), closed: z.number() })
      .describe("The alerts by status."),
  })
  .meta({ id: "BatchPreview", description: "What a batch would cover if it started now. Exact." });
export type BatchPreview = Readonly<z.infer<typeof batchPreview>>;

const counts = z.object({ incidents: z.number(), alerts: z.number() });

const batchState = z.enum(["waiting", "running", "done", "cancelled", "interrupted"]).meta({
  id: "BatchState",
  description:
    "`waiting`: for its turn, or what it covers is being determined. `cancelled` and `interrupted`: what it changed " +
    "until then stays changed; an interrupted one can be resumed.",
});

export const batch = z
  .object({
    id: z.string(),
    action: startedAction,
    state: batchState,
    actor: z.string(),
    account: z.string().optional().describe("The account of the person."),
    startedAt: timestamp,
    changedAt: timestamp.describe("When it last came further."),
    endedAt: timestamp.optional(),
    covered: counts.optional().describe("Absent until it is determined."),
    done: counts.describe("How far it has come. An incident counts when all of its alerts have been dealt with."),
    changed: counts,
    left: z
      .array(counts.extend({ code: z.string(), text: z.string() }))
      .describe("What it left as it was, by the code of the reason."),
    problem: problem.optional().describe("Why it was interrupted."),
    undoneBy: z.string().optional().describe("The batch that undoes it."),
  })
  .meta({ id: "Batch", description: "A change of many incidents or alerts, and how far it has come." });
export type Batch = Readonly<z.infer<typeof batch>>;

export const batchPage = pageOf(batch).meta({ id: "BatchPage", description: "Batches, the latest first." });

export const batchLeftQuery = pageQuery.extend({
  code: z.string().min(1).max(100).optional().describe("Only what was left for this reason."),
});
export type BatchLeftQuery = Readonly<z.output<typeof batchLeftQuery>>;

const leftAlert = z
  .object({
    code: z.string().describe("The code of the reason."),
    text: z.string().describe("The reason."),
    incident: z.string().describe("The key of its incident as it is now or, if the alert is gone, as it was."),
    alert: z
      .string()
      .optional()
      .describe(
        "Its id. Where the incident was left as a whole, it is one of its alerts; absent: it had none any more.",
      ),
    now: z
      .object({
        rule: z.object({ id: z.string(), name: z.string() }),
        severity,
        host: z.string(),
        status: alertStatus,
      })
      .optional()
      .describe("The alert as it is now; absent if it is gone, or of a building-block rule."),
  })
  .meta({ id: "LeftAlert", description: "An alert, or an incident as a whole, that a batch left as it was." });
export type LeftAlert = Readonly<z.infer<typeof leftAlert>>;

export const batchLeftPage = pageOf(leftAlert).meta({
  id: "BatchLeftPage",
  description: "What a batch left as it was, by the code of the reason; alerts of one incident follow each other.",
});

/** Whether a batch waits or runs. */
export function isUnended({ state }: Pick<Batch, "state">): boolean {
  return state === "waiting" || state === "running";
}
