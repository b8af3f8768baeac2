import { z } from "zod";
import { bundleQuery } from "../bundle.ts";
import {
  assigneeRequest,
  commentRequest,
  incidentAnswerRequest,
  incidentDetail,
  incidentQuestions,
  incidentTransitionRequest,
  mergeRequest,
  splitRequest,
  tagsRequest,
  unmergeRequest,
} from "../incident.ts";
import { pageQuery } from "../page.ts";
import { get, post, put, type Route, workProblems } from "./route.ts";

const movedIncident = z
  .object({ key: z.string().describe("The incident to go on with.") })
  .meta({ id: "MovedIncident", description: "Where the alerts are now." });

const people = z
  .object({ names: z.array(z.string()).describe("Names, as the history shows them.") })
  .meta({ id: "Assignees", description: "Who an incident can be assigned to." });

const change = { edits: "incident", access: "triage" } as const;

const bundleFile = z.string().meta({ id: "BundleFile", description: "An evidence bundle; see `stemma verify`." });

export const incidentRoutes = {
  incident: {
    ...get,
    edits: "incident",
    path: "/api/v1/incidents/:key",
    summary: "An incident with its alerts, the work on it and its history",
    query: pageQuery,
    response: incidentDetail,
    problems: ["incident.not-found", "request.invalid-cursor"],
  },
  incidentQuestions: {
    ...get,
    edits: "incident",
    path: "/api/v1/incidents/:key/questions",
    summary: "What was answered about an incident, what is left, and the verdict",
    response: incidentQuestions,
    problems: [...workProblems, "incident.not-found"],
  },
  incidentBundle: {
    ...get,
    path: "/api/v1/incidents/:key/bundle",
    summary: "Everything about an incident as a file that can be handed over",
    query: bundleQuery,
    response: bundleFile,
    file: ["text/html", "application/json"],
    problems: [...workProblems, "incident.not-found"],
  },
  incidentAnswer: {
    ...put,
    ...change,
    path: "/api/v1/incidents/:key/questions/:question/answer",
    summary: "Answer a question for processes of an incident",
    body: incidentAnswerRequest,
    response: incidentQuestions,
    problems: [
      ...workProblems,
      "incident.not-found",
      "incident.question-not-found",
      "incident.nothing-in-scope",
      "alert.closed",
      "playbook.unknown-evidence",
      "playbook.unknown-attachment",
      "playbook.attachments-too-large",
      "playbook.reason-needed",
    ],
  },
  incidentTransition: {
    ...post,
    ...change,
    path: "/api/v1/incidents/:key/transition",
    summary: "Acknowledge, escalate, close or reopen an incident, or a part of it",
    body: incidentTransitionRequest,
    response: incidentDetail,
    problems: [
      "incident.not-found",
      "incident.nothing-in-scope",
      "workflow.same-status",
      "workflow.invalid-transition",
      "workflow.reason-missing",
      "workflow.reason-unexpected",
      "workflow.reason-not-permitted",
      "workflow.note-missing",
      "workflow.duplicate-reference-missing",
      "workflow.duplicate-invalid",
      "workflow.reason-needed",
      "workflow.verdict-not-benign",
      "workflow.verdict-not-malicious",
      "workflow.second-analyst",
    ],
  },
  incidentAssignee: {
    ...put,
    ...change,
    path: "/api/v1/incidents/:key/assignee",
    summary: "Assign an incident to somebody, or to nobody",
    body: assigneeRequest,
    response: incidentDetail,
    problems: ["incident.not-found", "incident.unknown-assignee"],
  },
  incidentTags: {
    ...put,
    ...change,
    path: "/api/v1/incidents/:key/tags",
    summary: "Replace the tags of an incident",
    body: tagsRequest,
    response: incidentDetail,
    problems: ["incident.not-found"],
  },
  incidentComment: {
    ...post,
    access: "triage",
    path: "/api/v1/incidents/:key/comments",
    summary: "Comment on an incident",
    body: commentRequest,
    response: incidentDetail,
    problems: ["incident.not-found"],
  },
  splitIncident: {
    ...post,
    ...change,
    path: "/api/v1/incidents/:key/split",
    summary: "Make alerts of an incident an incident of their own",
    body: splitRequest,
    response: movedIncident,
    problems: ["incident.not-found", "incident.nothing-in-scope", "incident.nothing-left"],
  },
  mergeIncident: {
    ...post,
    access: "triage",
    path: "/api/v1/incidents/:key/merge",
    summary: "Merge another incident into this one",
    body: mergeRequest,
    response: movedIncident,
    problems: ["incident.not-found", "incident.same-incident"],
  },
  unmergeIncident: {
    ...post,
    access: "triage",
    path: "/api/v1/incidents/:key/unmerge",
    summary: "Separate merged incidents again",
    body: unmergeRequest,
    response: movedIncident,
    problems: ["incident.not-found", "incident.not-merged"],
  },
  assignees: {
    ...get,
    path: "/api/v1/assignees",
    summary: "Who an incident can be assigned to",
    response: people,
  },
} as const satisfies Readonly<Record<string, Route>>;
