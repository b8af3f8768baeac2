import type { workbenchRoutes } from "#contracts/routes/workbench";
import type { Examples } from "./example.ts";
import { alertId, coverage } from "./shared.ts";
import { shiftReportExample } from "./shift-report.ts";

const work = {
  items: [
    {
      id: "0b0a3b0e-6d2c-4a53-9d0c-6f1f5f6c9f21",
      kind: "exceptionDryRun",
      state: "running",
      askedAt: "2026-06-17T12:04:10.000Z",
      milliseconds: 1840,
      progress: { done: 400, total: 2_160, unit: "alerts" },
      dryRun: {
        breadth: { score: 12, level: "narrow", reasons: [] },
        tested: 400,
        closesNow: [],
        totals: { closesNow: 0, wouldHide: 3 },
      },
    },
    {
      id: "5c1c8f62-93f0-4d15-a0f5-8a44a1a1f0c7",
      kind: "ruleReport",
      state: "waiting",
      position: 2,
      askedAt: "2026-06-17T12:04:11.000Z",
      milliseconds: 0,
    },
  ],
  waiting: 2,
  running: 2,
  workers: 2,
} as const;

const receivers = ["https://chat.example/… (3f2a9c10)"];

const waitingDelivery = {
  id: "0f6f3a52-66c1-4d0e-9b0a-0b2f5d0b8e11",
  incident: "b3f0c2:4d2",
  target: receivers[0],
  at: "2026-06-17T08:30:00.000Z",
  actor: "lena",
  note: "Remote shell on srv-02, contain it",
  alerts: 33,
  state: "waiting",
  attempts: 0,
  files: [
    {
      name: "bundle-20260617T083001Z-command-shell-0f6f3a52.html",
      sha256: "9f8c0a0d8a8bbf3fd18d1e0b8a2f1f2f6b6d1a37f5a0e6f8f8c4b1d7e2a9c3b5",
    },
  ],
} as const;

const failedDelivery = {
  ...waitingDelivery,
  state: "failed",
  attempts: 10,
  endedAt: "2026-06-17T12:10:00.000Z",
  reason: "it answers 503",
} as const;

export const workbenchExamples: Examples<typeof workbenchRoutes> = {
  find: {
    query: { q: "whoami" },
    response: {
      groups: [
        {
          kind: "alert",
          items: [
            {
              kind: "alert",
              id: alertId,
              label: "Command shell of the WMI provider host",
              detail: "srv-02 · CORP\\adm-lena · open",
              matched: { what: "Command line", text: "cmd.exe /Q /c whoami 1> \\\\127.0.0.1\\ADMIN$\\__17 2>&1" },
              severity: "high",
              time: "2026-06-16T15:04:05.240Z",
            },
          ],
          total: 1,
        },
        {
          kind: "process",
          items: [
            {
              kind: "process",
              id: "whoami.exe",
              label: "whoami.exe",
              detail: "3 starts, last on srv-02",
              time: "2026-06-16T15:04:06.010Z",
            },
          ],
          total: 1,
        },
      ],
      milliseconds: 7,
    },
  },
  me: {
    response: {
      analyst: "lena",
      person: "4f0c1d36-6a52-4d3c-9a52-0f4f8f6f0b53",
      method: "password",
      role: "analyst",
      permissions: ["read", "triage"],
      version: "0.1.0",
      store: "SQLite /data/stemma.db",
      sample: true,
      empty: false,
    },
  },
  ingests: {
    response: {
      items: [
        {
          id: "79cf2358-28fc-4ece-b72f-de7b44fbe5a7",
          startedAt: "2026-06-17T12:00:00.000Z",
          actor: "lena",
          paths: ["captures/"],
          state: "done",
          files: 3,
          ignored: [{ file: "captures/README.md", reason: "not telemetry" }],
          ignoredTotal: 1,
          records: 1948,
          events: 1947,
          duplicates: 0,
          rejected: [
            {
              code: "json.syntax",
              message: "not a JSON value: Unexpected end of JSON input",
              at: { file: "captures/b.ndjson", line: 12, offset: 90_112 },
              remedy: "Export this record again. Every record of the file that can be read was kept.",
            },
          ],
          rejectedTotal: 1,
          warnings: [],
          warningsTotal: 0,
          processes: 330,
          sessions: 22,
          alerts: 68,
          suppressed: 0,
          bytes: 1_452_346,
          seconds: 0.4,
        },
      ],
      total: 1,
    },
  },
  coverage: { response: { items: [coverage], total: 1 } },
  audit: {
    query: { kind: "alert", limit: 1 },
    response: {
      items: [
        {
          sequence: 3,
          at: "2026-06-17T12:04:10.000Z",
          actor: "lena",
          action: "alert.transition",
          subject: { kind: "alert", id: alertId },
          before: { status: "open" },
          after: { status: "acknowledged" },
          previousHash: "9f8c0a0d8a8bbf3fd18d1e0b8a2f1f2f6b6d1a37f5a0e6f8f8c4b1d7e2a9c3b5",
          hash: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        },
      ],
      total: 2,
      next: "WzNd",
      chain: { intact: true, checked: 3, notes: { isKept: true, file: "stemma.db.audit", unreadable: 0 } },
    },
  },
  shiftReport: shiftReportExample,
  deliveries: {
    query: { state: "failed" },
    response: { items: [{ ...failedDelivery, files: [...failedDelivery.files] }], total: 1, receivers, evidence: true },
  },
  sendDeliveryAgain: {
    params: { id: failedDelivery.id },
    body: {},
    response: { ...waitingDelivery, files: [...waitingDelivery.files], nextAt: "2026-06-17T13:00:00.000Z" },
  },
  work: { response: work },
  cancelWork: { params: { id: work.items[0].id }, body: {}, response: { ...work, items: [work.items[1]], running: 1 } },
};
