import { z } from "zod";
import { attachment, attachmentLimits, attachmentRequest } from "./attachment.ts";
import { pageOf } from "./page.ts";
import { queryTarget } from "./query-run.ts";
import { answerValue, suggestedAnswer } from "./suggested-answer.ts";
import { timestamp } from "./time.ts";

export { type AnswerValue, answerValue, type SuggestedAnswer } from "./suggested-answer.ts";

const evidenceKind = z.enum(["event", "alert", "process", "session", "field"]);
const evidenceId = z
  .string()
  .max(500)
  .describe("The id or key; for a field of the alert its name, or `name: value` for one of its values.");

export const evidence = z
  .object({
    kind: evidenceKind,
    id: evidenceId,
    label: z.string().max(2000).describe("What the store has under that id, in words of the server."),
  })
  .strict()
  .meta({ id: "Evidence", description: "What is pinned to an answer." });
export type Evidence = Readonly<z.infer<typeof evidence>>;

export const evidenceReference = z
  .object({
    kind: evidenceKind,
    id: evidenceId,
    label: z.string().max(2000).optional().describe("Ignored: the server names what it has stored."),
  })
  .strict()
  .meta({ id: "EvidenceReference", description: "What to pin to an answer. It must be stored." });
export type EvidenceReference = Readonly<z.infer<typeof evidenceReference>>;

export const answer = z
  .object({
    stepId: z.string(),
    value: answerValue,
    note: z.string(),
    evidence: z.array(evidence),
    attachments: z.array(attachment).optional().describe("Results from elsewhere that were pasted; absent: none."),
    actor: z.string(),
    at: timestamp,
    proposal: z
      .object({ id: z.string(), by: z.string(), client: z.string().optional() })
      .optional()
      .describe("The proposal that the analyst took: its id, who proposed, and the program that did."),
    suggested: suggestedAnswer.optional().describe("Absent: the evidence suggested nothing."),
    conflict: z
      .literal(true)
      .optional()
      .describe(
        "Set if the answer contradicts what was suggested, or lowers concern on missing data. It has a reason.",
      ),
  })
  .meta({ id: "Answer", description: "The recorded answer to a step." });
export type Answer = Readonly<z.infer<typeof answer>>;

export const answerRequest = z
  .object({
    value: answerValue,
    note: z.string().max(10_000).default(""),
    evidence: z.array(evidenceReference).max(200).default([]),
    attachments: z.array(attachmentRequest).max(attachmentLimits.perAnswer).optional(),
  })
  .strict()
  .meta({ id: "AnswerRequest", description: "An answer to a step." });
export type AnswerRequest = Readonly<z.infer<typeof answerRequest>>;

export const suggestion = z
  .object({ value: answerValue, because: z.array(z.string()), evidence: z.array(evidence) })
  .meta({ id: "Suggestion", description: "The answer that the evidence supports, with reasons." });
export type Suggestion = Readonly<z.infer<typeof suggestion>>;

export const suggestionResult = z
  .object({ suggestion: suggestion.optional().describe("Absent if the evidence supports no answer.") })
  .meta({ id: "SuggestionResult", description: "The suggested answer to a step, if there is one." });

export const fieldOrigin = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.enum(["process", "parent", "grandparent"]),
      processKey: z.string(),
      certain: z.boolean().describe("False: several processes fit as the parent, and this is the best of them."),
    }),
    z.object({ kind: z.literal("session"), sessionKey: z.string(), certain: z.literal(true) }),
  ])
  .meta({ id: "FieldOrigin", description: "What in the process graph a value was taken from." });
export type FieldOrigin = Readonly<z.infer<typeof fieldOrigin>>;

export const stepView = z
  .object({
    id: z.string(),
    question: z.string(),
    topic: z.string().describe("What it asks, across playbooks: an incident asks each topic about a subject once."),
    about: z.enum(["process", "session", "incident"]).describe("What an answer holds for."),
    why: z.string().optional().describe("Why the question matters."),
    focus: z
      .array(
        z.object({
          field: z.string(),
          values: z.array(z.string()),
          origin: fieldOrigin.optional().describe("Set if no record of the alert has the field, but the graph does."),
        }),
      )
      .describe("Fields to look at, with their values. No values: neither the alert nor the graph has the field."),
    hints: z.array(z.string()),
    raises: z.array(z.string()).describe("What an answer that raises concern looks like."),
    lowers: z.array(z.string()).describe("What an answer that lowers concern looks like."),
    anchor: z.boolean().describe("All anchor steps must lower concern before an alert can be closed as benign."),
    clears: z.boolean().describe("Whether an answer that lowers concern outweighs answers that raise it."),
    required: z.boolean().describe("Whether the verdict waits for its answer."),
    queries: z.array(z.object({ id: z.string(), label: z.string(), target: queryTarget })),
    osquery: z
      .array(
        z.object({
          label: z.string(),
          sql: z.string().describe("With the values of the alert filled in."),
          missing: z.array(z.string()).describe("Fields that the alert lacks: their templates are left as they are."),
        }),
      )
      .describe("Queries to run on the host with osquery."),
    details: z.array(z.string()).describe("What else the source says about the step, in Markdown."),
    answer: answer.optional(),
  })
  .meta({ id: "Step", description: "One step of a playbook, for one alert." });
export type StepView = Readonly<z.infer<typeof stepView>>;

export const verdictOutcome = z
  .enum(["undetermined", "benign", "suspicious", "malicious"])
  .meta({ id: "VerdictOutcome", description: "What the answers add up to." });
export type VerdictOutcome = z.infer<typeof verdictOutcome>;

/** Never stored: derived from the answers by the decision table in `server/playbooks/verdict.ts`. */
export const verdict = z
  .object({
    outcome: verdictOutcome,
    recommendation: z.enum(["continue", "close", "escalate"]),
    answered: z.number(),
    total: z.number(),
    rule: z
      .object({ number: z.number(), text: z.string() })
      .describe("The row of the decision table that applies: its number and its text."),
    reasons: z.array(
      z.object({
        stepId: z.string(),
        value: answerValue.optional(),
        conflict: z.literal(true).optional().describe("The answer contradicts what was suggested."),
        text: z.string(),
      }),
    ),
    flips: z
      .array(z.object({ stepId: z.string(), to: answerValue, outcome: verdictOutcome }))
      .describe("Single answers that would change the outcome."),
  })
  .meta({ id: "Verdict", description: "What the answers so far say about the alert." });
export type Verdict = Readonly<z.infer<typeof verdict>>;

export const checklist = z
  .object({
    verdict: z.enum(["benign", "suspicious", "malicious", "after-containment", "hardening"]),
    title: z.string(),
    items: z.array(z.object({ id: z.string(), text: z.string(), done: z.boolean() })),
  })
  .meta({ id: "Checklist", description: "What to do under a verdict." });

export const checklistRequest = z
  .object({ done: z.boolean() })
  .strict()
  .meta({ id: "ChecklistRequest", description: "Whether a checklist item is done." });

export const playbookOrigin = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("playbook") }),
    z.object({ kind: z.literal("guide"), ruleId: z.string() }),
    z.object({ kind: z.enum(["page", "security-onion", "dfiq"]) }),
  ])
  .meta({ id: "PlaybookOrigin", description: "What a playbook was compiled from." });
export type PlaybookOriginView = Readonly<z.infer<typeof playbookOrigin>>;

export const playbookReason = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("chosen"), by: z.string(), at: timestamp }),
    z.object({ kind: z.literal("rule") }),
    z.object({ kind: z.literal("guide") }),
    z.object({ kind: z.literal("technique"), id: z.string() }),
    z.object({ kind: z.literal("tag"), tag: z.string() }),
    z.object({ kind: z.literal("events"), label: z.string() }),
    z.object({ kind: z.literal("fallback") }),
    z.object({ kind: z.literal("preview") }),
  ])
  .meta({
    id: "PlaybookReason",
    description:
      "Why an alert has a playbook: somebody chose it, it names the rule, it is the guide of the rule, it names a " +
      "technique or a tag of the rule or the kind of event, or nothing else fits. `preview`: it does not fit and is only tried out.",
  });
export type PlaybookReason = Readonly<z.infer<typeof playbookReason>>;

export const playbookText = z.object({
  title: z.string(),
  markdown: z.string(),
  afterStep: z.string().optional().describe("The step that it follows; absent: it comes before the steps."),
});

export const relatedRule = z.object({
  name: z.string(),
  id: z.string().optional().describe("Absent: the source gives only the name."),
});

export const playbookView = z
  .object({
    id: z.string(),
    title: z.string(),
    version: z.string(),
    origin: playbookOrigin,
    because: playbookReason,
    alternatives: z
      .array(z.object({ id: z.string(), title: z.string(), because: playbookReason }))
      .describe("Other playbooks that fit the alert."),
    source: z.string(),
    summary: z.string(),
    steps: z.array(stepView),
    verdict,
    closingPolicy: z.array(z.string()).describe("What must be true before the alert can be closed."),
    falsePositives: z.array(z.string()),
    checklists: z.array(checklist),
    texts: z.array(playbookText).describe("What of the source is none of the other parts."),
    relatedRules: z.array(relatedRule),
  })
  .meta({ id: "Playbook", description: "The playbook of an alert, with its answers and the verdict." });
export type PlaybookView = Readonly<z.infer<typeof playbookView>>;

export const choosePlaybookRequest = z
  .object({
    playbook: z.string().min(1).max(300).optional().describe("Its id. Absent: the rule and the event decide again."),
    scope: z
      .enum(["alert", "rule"])
      .default("alert")
      .describe("`rule`: for all open alerts of the rule in the incident of the alert."),
  })
  .strict()
  .meta({ id: "ChoosePlaybookRequest", description: "The playbook to work through for an alert." });
export type ChoosePlaybookRequest = Readonly<z.infer<typeof choosePlaybookRequest>>;

export const playbookSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    version: z.string(),
    source: z.string(),
    summary: z.string(),
    origin: playbookOrigin,
    applies: z.object({
      ruleIds: z.array(z.string()),
      techniques: z.array(z.string()),
      tags: z.array(z.string()),
      events: z.string().optional().describe("The kind of event that it is for."),
      fallback: z.boolean(),
    }),
    steps: z.number(),
    queries: z.number(),
  })
  .meta({ id: "PlaybookSummary", description: "A playbook as lists show it." });
export type PlaybookSummary = Readonly<z.infer<typeof playbookSummary>>;

export const playbookList = pageOf(playbookSummary).meta({ id: "PlaybookList", description: "Playbooks by title." });
