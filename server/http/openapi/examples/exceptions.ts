import type { Breadth, ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { exceptionRoutes } from "#contracts/routes/exceptions";
import type { Examples } from "./example.ts";
import { alert, alertId, host, rule, ruleId, span, user } from "./shared.ts";

export const draft: ExceptionDraft = {
  name: "Inventory collection",
  reason: "Change 4711: the inventory service queries every host",
  ruleIds: [ruleId],
  entries: [
    {
      type: "wildcard",
      field: "process.command_line",
      value: 'cmd.exe /Q /c "*\\\\Inventory\\\\collect.cmd" 1> C:\\\\Windows\\\\Temp\\\\*.txt 2>&1',
      operator: "included",
      case: "insensitive",
    },
    { type: "match", field: "user.name", value: user.name, operator: "included", case: "insensitive" },
  ],
  mode: "enforced",
  fromAlert: alertId,
};

const breadth: Breadth = {
  score: 12,
  level: "narrow",
  reasons: [{ entry: 0, weight: "good", text: "process.command_line: a fixed command with two variable parts." }],
};

const saved: ExceptionRecord = {
  ...draft,
  id: "cb8a61a0-21d6-46b0-9728-f12660ea78c4",
  createdAt: "2026-06-17T12:10:00.000Z",
  createdBy: "lena",
  hits: 5,
  lastHit: alert.time,
  breadth,
};

const hit = "WzE3ODE2MDQwMDAwMDAsInIiLCJwIl0";

const token = "bmBK0gaoIpO3MoTjIE7mEfRCg5AenFqn4xDI_nalUY0";

export const exceptionExamples: Examples<typeof exceptionRoutes> = {
  exceptions: {
    query: { state: ["enforced", "due"], hits: "some", sort: "hits", limit: 50 },
    response: { items: [saved], total: 1, all: 1, owners: ["lena"], ruleIds: [ruleId] },
  },
  exception: { params: { id: saved.id }, response: saved },
  exceptionDraft: {
    params: { id: alertId },
    response: {
      draft: { ...draft, reason: "" },
      because: ["The command line with its variable parts as wildcards.", "The account of the confirmed workflow."],
      fields: [{ field: "process.command_line", values: [alert.process.commandLine ?? ""], named: true }],
    },
  },
  exceptionDryRun: {
    body: draft,
    response: {
      token,
      ranAt: "2026-06-17T12:09:00.000Z",
      eventsTested: 1947,
      eventsMatched: 5,
      span,
      closesNow: [alert],
      wouldHide: [],
      totals: { closesNow: 1, wouldHide: 0, otherRules: 0 },
      otherRules: [],
      perDay: [{ day: "2026-06-16", count: 1 }],
      hosts: [{ value: host, count: 1 }],
      users: [{ value: "nordwind\\svc-inventory", count: 1 }],
      rules: [{ value: rule.name, count: 1 }],
      confirmedMalicious: [],
      entryMatches: [1, 8],
      breadth,
      milliseconds: 12,
    },
  },
  saveException: { body: { draft, dryRunToken: token }, response: { exception: saved, closed: 1 } },
  disableException: {
    params: { id: saved.id },
    body: { reason: "The service was retired" },
    response: { ...saved, disabledAt: "2026-06-30T08:00:00.000Z" },
  },
  enableException: { params: { id: saved.id }, body: { reason: "The service is back" }, response: saved },
  deleteException: {
    params: { id: saved.id },
    body: { reason: "Never needed again" },
    response: { ...saved, disabledAt: "2026-06-30T08:00:00.000Z", deletedAt: "2026-07-02T08:00:00.000Z" },
  },
  exceptionVersions: {
    params: { id: saved.id },
    response: {
      items: [
        {
          at: "2026-06-30T08:00:00.000Z",
          actor: "lena",
          action: "exception.disable",
          reason: "The service was retired",
          changes: ["Disabled"],
        },
        {
          at: saved.createdAt,
          actor: "lena",
          action: "exception.save",
          reason: saved.reason,
          version: 1,
          changes: ["Enforced from the start", "Closed 1 alert"],
        },
      ],
      total: 2,
    },
  },
  exceptionHealth: {
    params: { id: saved.id },
    response: {
      ...{ state: "enforced", dueForReview: false, hits: 5, firstHit: alert.time, lastHit: alert.time },
      perDay: [{ day: "2026-06-16", count: 5 }],
      rules: [{ value: ruleId, count: 5 }],
      ...{ writtenAt: saved.createdAt, since: 2 },
      news: { hosts: [{ value: "ws-31", count: 2 }], users: [], commandLines: [] },
      eventsMissing: 0,
    },
  },
  hiddenHits: {
    params: { id: saved.id },
    response: {
      items: [
        {
          ...{ id: hit, rule: { id: ruleId, name: rule.name }, eventId: "5f1c0f2b", time: alert.time },
          ...{ countedAt: "2026-06-18T06:00:00.000Z", host, user: "nordwind\\svc-inventory" },
          ...{ commandLine: alert.process.commandLine, state: "hidden", stillHidden: false },
        },
      ],
      total: 5,
    },
  },
  giveBack: {
    params: { id: saved.id },
    body: { hits: [hit], reopen: true, reason: "It covered the host of the intrusion" },
    response: {
      ...{ considered: 1, raised: 1, reopened: 0, inQueue: 0, stillHidden: 0, alerts: [alertId], left: [] },
      ...{ totals: { left: 0 }, recomputed: [] },
    },
  },
};
