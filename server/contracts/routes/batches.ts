import {
  batch,
  batchCoverage,
  batchLeftPage,
  batchLeftQuery,
  batchPage,
  batchPreview,
  batchRequest,
} from "../batch.ts";
import { pageQuery } from "../page.ts";
import { ask, emptyBody, get, post, type Route, workProblems } from "./route.ts";

const change = { ...post, access: "triage", body: emptyBody, response: batch } as const;

export const batchRoutes = {
  batches: {
    ...get,
    path: "/api/v1/batches",
    summary: "Batches, the latest first",
    query: pageQuery,
    response: batchPage,
    problems: ["request.invalid-cursor"],
  },
  startBatch: {
    ...post,
    access: "triage",
    path: "/api/v1/batches",
    summary: "Acknowledge, escalate, close, reopen, assign or tag many incidents or alerts in one batch",
    body: batchRequest,
    response: batch,
    problems: [
      "incident.unknown-assignee",
      "workflow.note-missing",
      "workflow.reason-not-permitted",
      "workflow.duplicate-reference-missing",
      "workflow.duplicate-invalid",
      "workflow.reason-needed",
    ],
  },
  previewBatch: {
    ...ask,
    path: "/api/v1/batches/preview",
    summary: "Count what a batch would cover",
    body: batchCoverage,
    response: batchPreview,
    problems: workProblems,
  },
  batch: {
    ...get,
    path: "/api/v1/batches/:id",
    summary: "A batch and how far it has come",
    response: batch,
    problems: ["batch.not-found"],
  },
  batchLeft: {
    ...get,
    path: "/api/v1/batches/:id/left",
    summary: "What a batch left as it was, and why",
    query: batchLeftQuery,
    response: batchLeftPage,
    problems: ["batch.not-found", "request.invalid-cursor"],
  },
  cancelBatch: {
    ...change,
    path: "/api/v1/batches/:id/cancel",
    summary: "End a batch; what it has changed stays changed",
    problems: ["batch.not-found", "batch.ended"],
  },
  resumeBatch: {
    ...change,
    path: "/api/v1/batches/:id/resume",
    summary: "Go on with a batch that was interrupted",
    problems: ["batch.not-found", "batch.not-interrupted"],
  },
  undoBatch: {
    ...change,
    path: "/api/v1/batches/:id/undo",
    summary: "Restore what a batch changed and nobody has changed since, by another batch",
    problems: ["batch.not-found", "batch.running", "batch.nothing-to-undo"],
  },
} as const satisfies Readonly<Record<string, Route>>;
