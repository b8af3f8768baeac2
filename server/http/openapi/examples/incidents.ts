import type { IncidentDetail, IncidentQuestions } from "#contracts/incident";
import type { incidentRoutes } from "#contracts/routes/incidents";
import type { Examples } from "./example.ts";
import { alert, alertId, host, parentKey, processKey, rule } from "./shared.ts";

const acknowledged = {
  at: "2026-06-17T12:04:10.000Z",
  actor: "lena",
  from: "open",
  to: "acknowledged",
} as const;
const named = { id: alertId, ruleName: rule.name, host, processName: "cmd.exe" };

const incident: IncidentDetail = {
  key: parentKey,
  title: rule.name,
  status: "acknowledged",
  counts: { open: 0, acknowledged: 12, escalated: 0, closed: 0 },
  work: {
    assignee: "lena",
    tags: ["inventory"],
    comments: [
      {
        id: "4f7c5c0e-9d3a-4c0e-8a53-0d6f6f1f7b11",
        at: "2026-06-17T12:06:00.000Z",
        actor: "lena",
        text: "@sam is this your scan?",
        mentions: ["sam"],
      },
    ],
  },
  merged: [],
  items: [alert],
  total: 12,
  next: "WzE3ODE2MDc4NDI2MjAsImhvOE8iXQ",
  removed: { items: [], total: 0 },
  hosts: [host],
  history: [
    { at: alert.detectedAt, alert: named },
    { at: acknowledged.at, alert: named, change: acknowledged },
    {
      at: "2026-06-17T12:05:00.000Z",
      work: { actor: "lena", action: "incident.assigned", text: "Assigned to lena" },
    },
  ],
};

const questions: IncidentQuestions = {
  key: parentKey,
  questions: [
    {
      id: "qZ3vF0m1Qm0Tj0aKx",
      text: "What was the command meant to do?",
      topic: "shell operation",
      about: "process",
      subject: "cmd.exe under WmiPrvSE.exe",
      required: true,
      anchor: true,
      state: "open",
      lead: { alertId, stepId: "operation" },
      processes: [
        {
          key: processKey,
          name: "cmd.exe",
          pid: alert.process.pid,
          host,
          commandLine: alert.process.commandLine,
          alertIds: [alertId],
        },
      ],
    },
  ],
  verdict: {
    outcome: "undetermined",
    recommendation: "continue",
    text: "1 required question is not answered.",
    required: 1,
    answered: 0,
    alerts: { undetermined: 1, benign: 0, suspicious: 0, malicious: 0 },
  },
  withoutPlaybook: 0,
  alerts: 1,
};

const params = { key: parentKey };

export const incidentExamples: Examples<typeof incidentRoutes> = {
  incident: { params, query: { limit: 1 }, response: incident },
  incidentQuestions: { params, response: questions },
  incidentBundle: {
    params: { key: parentKey },
    query: { format: "html" },
    response: "<!doctype html>…",
  },
  incidentAnswer: {
    params: { ...params, question: "qZ3vF0m1Qm0Tj0aKx" },
    body: { value: "raises", note: "It reads who is logged on.", processes: [processKey] },
    response: questions,
  },
  incidentTransition: { params, body: { to: "acknowledged", scope: { kind: "incident" } }, response: incident },
  incidentAssignee: { params, body: { assignee: "lena" }, response: incident },
  incidentTags: { params, body: { tags: ["inventory"] }, response: incident },
  incidentComment: { params, body: { text: "@sam is this your scan?" }, response: incident },
  splitIncident: {
    params,
    body: { alerts: [alertId], reason: "Another job of the same service" },
    response: { key: "split:0b7a7f0e-53a1-4f0c-9a55-1f2c0f4b8f10" },
  },
  mergeIncident: {
    params,
    body: { incident: "host:srv-02.nordwind.example", reason: "The same run" },
    response: { key: "merged:5d0e4a56-0d7c-4f2e-9d0b-6a4b1b7b7c21" },
  },
  unmergeIncident: { params, body: { reason: "Two runs after all" }, response: { key: parentKey } },
  assignees: { response: { names: ["lena", "sam"] } },
};
