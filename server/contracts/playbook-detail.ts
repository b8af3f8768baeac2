import { z } from "zod";
import { answerValue, checklist, playbookSummary, playbookText, relatedRule, stepView } from "./playbook.ts";
import { problem } from "./problem.ts";
import { queryTarget } from "./query-run.ts";

export const playbookDetail = playbookSummary
  .extend({
    file: z.string().describe("Relative to its folder; for a guide that of its rule."),
    folder: z.string().optional().describe("Absent for the guide of a rule."),
    decision: z.object({ benign: z.enum(["anchors", "most"]), secondAnalyst: z.boolean() }),
    steps: z.array(
      stepView.omit({ focus: true, queries: true, osquery: true, answer: true }).extend({
        focus: z.array(z.string()).describe("Fields to look at."),
        queries: z.array(z.string()).describe("Ids of queries."),
        osquery: z.array(z.object({ label: z.string(), sql: z.string() })),
      }),
    ),
    queries: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        target: queryTarget,
        from: z.string().optional().describe("Date math. Absent: from the oldest event on."),
        to: z.string().optional().describe("Date math. Absent: as far ahead of the event as back."),
        groups: z.array(z.object({ label: z.string(), text: z.string() })).describe("Joined by OR."),
      }),
    ),
    checks: z.array(
      z.object({
        id: z.string(),
        stepId: z.string(),
        on: z.string().describe("`alert`, or the id of a query."),
        where: z.string().optional().describe("EQL."),
        rows: z.string().describe("How many rows have to match."),
        suggests: answerValue,
        because: z.string(),
      }),
    ),
    closingPolicy: z.array(z.string()),
    falsePositives: z.array(z.string()),
    checklists: z.array(
      z.object({
        verdict: checklist.shape.verdict,
        title: z.string(),
        items: z.array(z.object({ id: z.string(), text: z.string() })),
      }),
    ),
    texts: z.array(playbookText),
    relatedRules: z.array(relatedRule),
    warnings: z.array(problem).describe("Mistakes that do not prevent its use."),
  })
  .meta({ id: "PlaybookDetail", description: "A playbook as it is written, without an alert." });
export type PlaybookDetail = Readonly<z.infer<typeof playbookDetail>>;
