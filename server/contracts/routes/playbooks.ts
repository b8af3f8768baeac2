import { z } from "zod";
import { earlierAlerts } from "../earlier-alerts.ts";
import { pageQuery } from "../page.ts";
import {
  answerRequest,
  checklistRequest,
  playbookList,
  playbookView,
  queryRun,
  suggestionResult,
} from "../playbook.ts";
import { get, put, type Route, workProblems } from "./route.ts";

const stepQueryQuery = z.object({
  anchor: z.enum(["event", "detection"]).default("event").describe("The time that the window is relative to."),
  limit: z.number().int().min(1).max(500).default(50).describe("Rows listed; all hits are counted."),
});

export const playbookRoutes = {
  playbooks: {
    ...get,
    path: "/api/v1/playbooks",
    summary: "Playbooks by page",
    query: pageQuery,
    response: playbookList,
    problems: ["request.invalid-cursor"],
  },
  playbook: {
    ...get,
    edits: "alert",
    path: "/api/v1/alerts/:id/playbook",
    summary: "The playbook of an alert with its answers and verdict",
    response: playbookView,
    problems: ["alert.not-found", "playbook.not-found"],
  },
  stepQuery: {
    ...get,
    path: "/api/v1/alerts/:id/playbook/queries/:query",
    summary: "Run one query of the playbook",
    query: stepQueryQuery,
    response: queryRun,
    problems: [...workProblems, "alert.not-found", "playbook.not-found", "playbook.query-not-found"],
  },
  suggestion: {
    ...get,
    path: "/api/v1/alerts/:id/playbook/steps/:step/suggestion",
    summary: "The answer to a step that the evidence supports",
    response: suggestionResult,
    problems: [...workProblems, "alert.not-found", "playbook.not-found", "playbook.step-not-found"],
  },
  earlierAlerts: {
    ...get,
    path: "/api/v1/alerts/:id/earlier",
    summary: "Earlier alerts like this one, how they were answered, and what differs now",
    response: earlierAlerts,
    problems: ["alert.not-found"],
  },
  answer: {
    ...put,
    edits: "alert",
    access: "triage",
    path: "/api/v1/alerts/:id/playbook/steps/:step/answer",
    summary: "Record the answer to a step",
    body: answerRequest,
    response: playbookView,
    problems: [
      "alert.not-found",
      "alert.closed",
      "playbook.not-found",
      "playbook.step-not-found",
      "playbook.unknown-evidence",
    ],
  },
  checklist: {
    ...put,
    edits: "alert",
    access: "triage",
    path: "/api/v1/alerts/:id/playbook/checklist/:item",
    summary: "Tick or untick a checklist item",
    body: checklistRequest,
    response: playbookView,
    problems: ["alert.not-found", "playbook.not-found", "playbook.checklist-item-not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;
