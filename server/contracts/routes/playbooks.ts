import { z } from "zod";
import { attachedText } from "../attachment.ts";
import { earlierAlerts } from "../earlier-alerts.ts";
import { pageQuery } from "../page.ts";
import {
  answerRequest,
  checklistRequest,
  choosePlaybookRequest,
  playbookList,
  playbookView,
  suggestionResult,
} from "../playbook.ts";
import { playbookDetail } from "../playbook-detail.ts";
import {
  playbookCheck,
  playbookDraft,
  playbookFile,
  playbookFolders,
  playbookVersion,
  savedPlaybook,
  savePlaybookRequest,
} from "../playbook-draft.ts";
import { playbookStatistics, playbookStatisticsQuery } from "../playbook-statistics.ts";
import { queryRun } from "../query-run.ts";
import { ask, get, post, put, type Route, workProblems } from "./route.ts";

const ofPlaybook = z.object({
  playbook: z.string().max(300).optional().describe("Another playbook than that of the alert, to try it out."),
});

const stepQueryQuery = ofPlaybook.extend({
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
  choosePlaybook: {
    ...put,
    edits: "alert",
    access: "triage",
    path: "/api/v1/alerts/:id/playbook",
    summary: "Work through another playbook",
    body: choosePlaybookRequest,
    response: playbookView,
    problems: ["alert.not-found", "alert.closed", "playbook.not-found", "playbook.too-many-alerts"],
  },
  playbookDetail: {
    ...get,
    path: "/api/v1/playbooks/:playbook",
    summary: "A playbook as it is written",
    response: playbookDetail,
    problems: ["playbook.not-found"],
  },
  playbookStatistics: {
    ...get,
    path: "/api/v1/playbooks/:playbook/statistics",
    summary: "What became of the questions of a playbook, by step",
    query: playbookStatisticsQuery,
    response: playbookStatistics,
    problems: [...workProblems, "playbook.not-found"],
  },
  playbookFile: {
    ...get,
    edits: "playbook",
    path: "/api/v1/playbooks/:playbook/file",
    summary: "The file of a playbook, and former texts",
    response: playbookFile,
    problems: ["playbook.not-found"],
  },
  playbookVersion: {
    ...get,
    path: "/api/v1/playbooks/:playbook/versions/:version",
    summary: "A former text of a playbook, compared with the present one",
    response: playbookVersion,
    problems: ["playbook.not-found"],
  },
  playbookFolders: {
    ...get,
    path: "/api/v1/playbook-folders",
    summary: "The folders of playbooks, and files in them that did not load",
    response: playbookFolders,
  },
  checkPlaybook: {
    ...ask,
    path: "/api/v1/playbooks/check",
    summary: "The problems of a draft, and what it is compiled to",
    body: playbookDraft,
    response: playbookCheck,
    problems: workProblems,
  },
  savePlaybook: {
    ...post,
    edits: "playbook",
    access: "author",
    path: "/api/v1/playbook-files",
    summary: "Write a draft into a folder of playbooks and load it",
    body: savePlaybookRequest,
    response: savedPlaybook,
    problems: [
      ...workProblems,
      "playbook.invalid-draft",
      "playbook-file.unknown-folder",
      "playbook-file.exists",
      "playbook-file.not-a-playbook",
      "playbook-file.unwritable",
    ],
  },
  playbookPreview: {
    ...get,
    path: "/api/v1/playbooks/:playbook/alerts/:id",
    summary: "A playbook with the values of an alert, as if it was chosen for it; without answers",
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
    query: ofPlaybook,
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
      ...workProblems,
      "alert.not-found",
      "alert.closed",
      "playbook.not-found",
      "playbook.step-not-found",
      "playbook.unknown-evidence",
      "playbook.unknown-attachment",
      "playbook.attachments-too-large",
      "playbook.reason-needed",
    ],
  },
  attachedText: {
    ...get,
    path: "/api/v1/attachments/:hash",
    summary: "A text that was attached to an answer",
    response: attachedText,
    problems: ["attachment.not-found"],
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
