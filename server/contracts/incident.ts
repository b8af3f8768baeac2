import { z } from "zod";
import { alertStatus, alertSummary, closeReason, transition, transitionRequest } from "./alert.ts";
import { listOf, pageOf } from "./page.ts";
import { answer, answerRequest, answerValue, verdictOutcome } from "./playbook.ts";
import { timestamp } from "./time.ts";

/** The incident: alerts of one activity, and what people do about them together. See docs/decisions/0061. */

const reasonText = z.string().trim().max(4000);

export const incidentScope = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("incident") }).strict(),
    z.object({ kind: z.literal("process"), key: z.string().min(1).max(500) }).strict(),
    z.object({ kind: z.literal("alerts"), ids: z.array(z.string().min(1).max(200)).min(1).max(1000) }).strict(),
  ])
  .meta({ id: "IncidentScope", description: "Which alerts of an incident a change is about." });
export type IncidentScope = Readonly<z.infer<typeof incidentScope>>;

export const incidentTransitionRequest = transitionRequest
  .extend({ scope: incidentScope.default({ kind: "incident" }) })
  .meta({
    id: "IncidentTransitionRequest",
    description: "A change of the status of an incident. Alerts that already have the status are left as they are.",
  });
export type IncidentTransitionRequest = Readonly<z.infer<typeof incidentTransitionRequest>>;

export const incidentComment = z
  .object({
    id: z.string(),
    at: timestamp,
    actor: z.string(),
    text: z.string(),
    mentions: z.array(z.string()).describe("Names of the people that the text mentions."),
  })
  .meta({ id: "IncidentComment", description: "A comment on an incident." });
export type IncidentComment = Readonly<z.infer<typeof incidentComment>>;

export const commentRequest = z
  .object({ text: z.string().trim().min(1).max(10_000).describe("`@name` mentions a person.") })
  .strict()
  .meta({ id: "CommentRequest", description: "A comment to add." });

export const assigneeRequest = z
  .object({ assignee: z.string().trim().min(1).max(100).optional().describe("A person's name. Absent: nobody.") })
  .strict()
  .meta({ id: "AssigneeRequest", description: "Who works on the incident." });

/** Letters, digits and a few signs, so that a tag can be typed into a filter. */
export const incidentTag = z
  .string()
  .trim()
  .min(1)
  .max(50)
  .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._:/+-]*$/u, "may have letters, digits, blanks and the characters . _ : / + -");

export const tagsRequest = z
  .object({ tags: z.array(incidentTag).max(50) })
  .strict()
  .meta({ id: "TagsRequest", description: "All tags that the incident has from now on." });

export const splitRequest = z
  .object({ alerts: z.array(z.string().min(1).max(200)).min(1).max(1000), reason: reasonText.default("") })
  .strict()
  .meta({ id: "SplitRequest", description: "Alerts that become an incident of their own." });
export type SplitRequest = Readonly<z.infer<typeof splitRequest>>;

export const mergeRequest = z
  .object({
    incident: z.string().min(1).max(500).describe("Key of the incident to merge into this one."),
    reason: reasonText.default(""),
  })
  .strict()
  .meta({ id: "MergeRequest", description: "Another incident that belongs to the same activity." });
export type MergeRequest = Readonly<z.infer<typeof mergeRequest>>;

export const unmergeRequest = z
  .object({ reason: reasonText.default("") })
  .strict()
  .meta({ id: "UnmergeRequest", description: "Why merged incidents are separated again." });

export const incidentReopening = z
  .object({ at: timestamp, alertId: z.string(), ruleName: z.string(), text: z.string() })
  .meta({ id: "IncidentReopening", description: "The alert that joined a closed incident and reopened it." });

export const incidentClosing = z
  .object({
    at: timestamp,
    actor: z.string(),
    reason: closeReason,
    note: z.string().optional(),
    overridden: z.literal(true).optional().describe("Set if it was closed against the verdict."),
    duplicateOf: z.string().optional().describe("The alert that it was closed as a duplicate of."),
  })
  .meta({ id: "IncidentClosing", description: "Who closed an incident, and as what." });

/** What lists and the incident itself show of the work on it. */
export const incidentWork = z
  .object({
    assignee: z.string().optional(),
    tags: z.array(z.string()),
    comments: z.array(incidentComment).describe("Oldest first."),
    closed: incidentClosing.optional().describe("The last closing of the whole incident."),
    reopened: incidentReopening.optional().describe("Set if an alert joined after it was closed."),
  })
  .meta({ id: "IncidentWork", description: "What people did about an incident as a whole." });

export const statusCounts = z
  .object({ open: z.number(), acknowledged: z.number(), escalated: z.number(), closed: z.number() })
  .meta({ id: "StatusCounts", description: "Alerts by status." });
export type StatusCounts = Readonly<z.infer<typeof statusCounts>>;

export const incidentHistoryEntry = z
  .object({
    at: timestamp.describe("When the alert was detected, or the change was made."),
    alert: z
      .object({ id: z.string(), ruleName: z.string(), host: z.string(), processName: z.string().optional() })
      .optional()
      .describe("Absent: the change is of the incident as a whole."),
    change: transition.optional().describe("A change of the alert. Absent for an alert: it was raised."),
    work: z
      .object({ actor: z.string(), action: z.string(), text: z.string() })
      .optional()
      .describe("A change of the incident as a whole, in words."),
  })
  .meta({ id: "IncidentHistoryEntry", description: "One entry in the history of an incident." });
export type IncidentHistoryEntry = Readonly<z.infer<typeof incidentHistoryEntry>>;

export const incidentDetail = pageOf(alertSummary)
  .extend({
    key: z.string(),
    title: z.string(),
    status: alertStatus.describe("Escalated if one of its alerts is, else open, acknowledged or closed likewise."),
    counts: statusCounts,
    work: incidentWork,
    merged: z
      .array(z.object({ key: z.string(), alerts: z.number(), at: timestamp, actor: z.string(), reason: z.string() }))
      .describe("The lineages whose incidents were merged here by hand."),
    removed: listOf(alertSummary).describe(
      "Alerts of the same lineage root that analysts removed from the incident; at most as many as `limit`.",
    ),
    hosts: z.array(z.string()),
    history: z.array(incidentHistoryEntry).describe("Of the incident and of the alerts on this page, oldest first."),
    historyTruncationReason: z.string().optional().describe("Why changes of the incident are missing there, if so."),
  })
  .meta({
    id: "IncidentDetail",
    description: "An incident: its alerts across rules and hosts, newest first, the work on it, and its history.",
  });
export type IncidentDetail = Readonly<z.infer<typeof incidentDetail>>;

const questionProcess = z.object({
  key: z.string().describe("The process, or the alert if its process is not known."),
  name: z.string().optional(),
  pid: z.number().optional(),
  host: z.string(),
  commandLine: z.string().optional(),
  alertIds: z.array(z.string()).describe("Alerts whose playbook asks the question."),
  required: z.boolean().optional().describe("Whether a playbook requires the answer for this process."),
  answer: answer.optional(),
});

export const incidentQuestion = z
  .object({
    id: z.string(),
    text: z.string(),
    topic: z.string().describe("The steps of these alerts with this topic ask it."),
    about: z.enum(["process", "session", "incident"]).describe("What an answer holds for."),
    subject: z.string().describe("What it is asked of, in words."),
    required: z.boolean(),
    anchor: z.boolean(),
    state: z.enum(["open", "partly", "answered"]).describe("`partly`: not for all of its processes."),
    value: answerValue.optional().describe("The answer that all of its processes share."),
    /** Where its text, queries and suggestion are shown. */
    lead: z.object({ alertId: z.string(), stepId: z.string() }).describe("The alert and step to open for it."),
    processes: z.array(questionProcess),
  })
  .meta({
    id: "IncidentQuestion",
    description: "A question that playbooks of several alerts share: asked once for processes of one kind.",
  });
export type IncidentQuestion = Readonly<z.infer<typeof incidentQuestion>>;

export const incidentVerdict = z
  .object({
    outcome: verdictOutcome,
    recommendation: z.enum(["continue", "close", "escalate"]),
    text: z.string().describe("Why, in one sentence."),
    required: z.number().describe("Required questions."),
    answered: z
      .number()
      .describe("Required questions that are answered for every process for which they are required."),
    alerts: z
      .object({ undetermined: z.number(), benign: z.number(), suspicious: z.number(), malicious: z.number() })
      .describe("Its alerts by their own verdict."),
  })
  .meta({ id: "IncidentVerdict", description: "What the answers so far say about the incident." });
export type IncidentVerdict = Readonly<z.infer<typeof incidentVerdict>>;

export const incidentQuestions = z
  .object({
    key: z.string(),
    questions: z.array(incidentQuestion).describe("In the order in which to answer them."),
    verdict: incidentVerdict,
    withoutPlaybook: z.number().describe("Alerts for which no playbook is loaded."),
    alerts: z.number().describe("Alerts of the incident."),
  })
  .meta({ id: "IncidentQuestions", description: "What has been answered about an incident, and what is left." });
export type IncidentQuestions = Readonly<z.infer<typeof incidentQuestions>>;

export const incidentAnswerRequest = answerRequest
  .extend({
    processes: z
      .array(z.string().min(1).max(500))
      .min(1)
      .max(10_000)
      .describe("Keys of the processes that it is given for, as listed in the question."),
  })
  .meta({ id: "IncidentAnswerRequest", description: "An answer to a question of an incident." });
export type IncidentAnswerRequest = Readonly<z.infer<typeof incidentAnswerRequest>>;
