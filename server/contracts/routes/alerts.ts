import { alertDetail, incidentMembershipRequest, transitionRequest } from "../alert.ts";
import { queuePage, queueQuery } from "../queue.ts";
import { get, post, put, type Route, workProblems } from "./route.ts";

export const alertRoutes = {
  queue: {
    ...get,
    path: "/api/v1/queue",
    summary: "The queue: incidents, or alerts grouped otherwise",
    query: queueQuery,
    response: queuePage,
    problems: [...workProblems, "request.invalid-cursor"],
  },
  alert: {
    ...get,
    edits: "alert",
    path: "/api/v1/alerts/:id",
    summary: "One alert",
    response: alertDetail,
    problems: ["alert.not-found"],
  },
  transition: {
    ...post,
    edits: "alert",
    access: "triage",
    path: "/api/v1/alerts/:id/transition",
    summary: "Acknowledge, escalate, close or reopen an alert",
    body: transitionRequest,
    response: alertDetail,
    problems: [
      "alert.not-found",
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
  incidentMembership: {
    ...put,
    edits: "alert",
    access: "triage",
    path: "/api/v1/alerts/:id/incident-membership",
    summary: "Remove an alert from its incident, or restore it",
    body: incidentMembershipRequest,
    response: alertDetail,
    problems: ["alert.not-found", "incident.same-membership"],
  },
} as const satisfies Readonly<Record<string, Route>>;
