import type { batchRoutes } from "#contracts/routes/batches";
import type { Examples } from "./example.ts";

const id = "019b0b3e5c10-2f6b4a7e-0f0c-4b7e-8a53-6d3a0e0c7b11";
const undo = "019b0b3f1a40-8c1d2e3f-4a5b-4c6d-9e7f-0a1b2c3d4e5f";
const everything = { severity: [], host: [], user: [], tactic: [], assignee: [], tag: [] };
const filter = {
  ...everything,
  ...{ status: ["open" as const], rule: ["2b1f3c0e-6a0b-4f5e-9c55-0d6f6e3f8a10"] },
  ...{ unassigned: false, buildingBlocks: false },
};
const of = [{ kind: "filter" as const, filter }];
const action = {
  kind: "close",
  reason: "false-positive",
  note: "The inventory tool was updated.",
  override: "The vendor confirmed the command lines.",
} as const;
const nothing = { incidents: 0, alerts: 0 };
const waiting = {
  id,
  action,
  state: "waiting",
  actor: "lena",
  account: "4f0c1d36-6a52-4d3c-9a52-0f4f8f6f0b53",
  startedAt: "2026-06-17T12:04:10.000Z",
  changedAt: "2026-06-17T12:04:10.000Z",
  done: nothing,
  changed: nothing,
  left: [],
} as const;
const done = {
  ...waiting,
  state: "done",
  changedAt: "2026-06-17T12:04:31.000Z",
  endedAt: "2026-06-17T12:04:31.000Z",
  covered: { incidents: 2140, alerts: 8123 },
  done: { incidents: 2140, alerts: 8123 },
  changed: { incidents: 2137, alerts: 8114 },
  left: [{ code: "workflow.same-status", text: "It was like that already.", incidents: 3, alerts: 9 }],
} as const;
const running = {
  ...done,
  state: "running",
  endedAt: undefined,
  done: { incidents: 520, alerts: 2000 },
  changed: { incidents: 520, alerts: 2000 },
  left: [],
} as const;

export const batchExamples: Examples<typeof batchRoutes> = {
  batches: { query: {}, response: { items: [{ ...done, left: [...done.left] }], total: 1 } },
  startBatch: { body: { action, of, scope: "alerts" }, response: { ...waiting, left: [] } },
  previewBatch: {
    body: { of, scope: "alerts" },
    response: { incidents: 2140, alerts: 8123, statuses: { open: 8114, acknowledged: 0, escalated: 0, closed: 9 } },
  },
  batch: { params: { id }, response: { ...running, left: [] } },
  batchLeft: {
    params: { id },
    query: { code: "workflow.same-status" },
    response: {
      items: [
        {
          code: "workflow.same-status",
          text: "It was like that already.",
          incident: "019b0b3e5c10-4d2c",
          alert: "019b0b3e5c10-77aa",
          now: {
            rule: { id: "2b1f3c0e-6a0b-4f5e-9c55-0d6f6e3f8a10", name: "Suspicious Service Created" },
            ...{ severity: "medium", host: "ws-07", status: "closed" },
          },
        },
      ],
      total: 9,
      next: "WyJ3b3JrZmxvdy5zYW1lLXN0YXR1cyIsMCwxXQ.3f2a9c10",
    },
  },
  cancelBatch: { params: { id }, body: {}, response: { ...running, left: [] } },
  resumeBatch: { params: { id }, body: {}, response: { ...running, left: [] } },
  undoBatch: {
    params: { id },
    body: {},
    response: {
      ...{ ...waiting, left: [] },
      id: undo,
      action: { kind: "undo", batch: id },
      covered: done.changed,
    },
  },
};
