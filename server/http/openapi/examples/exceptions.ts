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
  version: 1,
  createdAt: "2026-06-17T12:10:00.000Z",
  createdBy: "lena",
  hits: 5,
  lastHit: alert.time,
  breadth,
};

const token = "bmBK0gaoIpO3MoTjIE7mEfRCg5AenFqn4xDI_nalUY0";

export const exceptionExamples: Examples<typeof exceptionRoutes> = {
  exceptions: { response: { items: [saved], total: 1 } },
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
      raisesInstead: [],
      totals: { closesNow: 1, wouldHide: 0, otherRules: 0, raisesInstead: 0, regrouped: 0 },
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
  saveException: {
    body: { draft, dryRunToken: token },
    response: { exception: saved, closed: 1, batch: "0197a1c2-8f3e-7000-9000-3b1f0c6d2a11" },
  },
  disableException: {
    params: { id: saved.id },
    body: { reason: "The service was retired" },
    response: { ...saved, disabledAt: "2026-06-30T08:00:00.000Z" },
  },
};
