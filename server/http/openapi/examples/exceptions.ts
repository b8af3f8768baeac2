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
  exportExceptions: {
    body: { format: "elastic", ids: [saved.id] },
    response: {
      format: "elastic",
      fileName: "exceptions.ndjson",
      text: '{"list_id":"stemma-12f07955","name":"Exceptions for WMI","type":"detection"}\n',
      exported: 1,
      exceptions: [
        {
          id: saved.id,
          name: saved.name,
          form: "equal",
          notes: ["Compares without regard to case in .caseless fields, which Elastic Defend's mapping has."],
          proof: {
            positives: { tested: 12, hidden: 12 },
            negatives: { tested: 40, hidden: 0 },
            malicious: { tested: 2, hidden: 0 },
            differing: [],
            verdict: "equal",
            sentence: "Hides 12 of 12 events that the exception hides, and 0 of 40 others of its rules.",
          },
        },
      ],
    },
  },
  importExceptions: {
    body: {
      format: "elastic",
      file: "exceptions.ndjson",
      text:
        '{"item_id":"inventory","list_id":"wmi","type":"simple","name":"Inventory","description":"Change 4711",' +
        '"entries":[{"type":"match","field":"process.command_line","operator":"included","value":"collect.cmd"},' +
        '{"type":"match","field":"user.name","operator":"included","value":"svc-inventory"}]}',
      ruleIds: [ruleId],
      dryRun: true,
    },
    response: {
      saved: 0,
      exceptions: [
        {
          line: 1,
          name: "Inventory",
          itemId: "inventory",
          rules: 1,
          wouldHide: 5,
          malicious: 0,
          breadth: "narrow",
        },
      ],
      problems: [],
      warnings: [
        {
          code: "exchange.list-unknown",
          message: "the list wmi is not in the file",
          at: { file: "exceptions.ndjson", line: 1, field: "list_id" },
        },
      ],
      summary:
        "1 exception can be imported in shadow mode, where they hide nothing. They would hide 5 stored alerts if they were enforced.",
    },
  },
  exceptionTuning: {
    params: { id: saved.id },
    response: {
      fileName: "tuning-proposal.md",
      markdown: "# Tuning proposal: Inventory collection\n",
      exception: { id: saved.id, name: saved.name },
    },
  },
  saveException: { body: { draft, dryRunToken: token }, response: { exception: saved, closed: 1 } },
  disableException: {
    params: { id: saved.id },
    body: { reason: "The service was retired" },
    response: { ...saved, disabledAt: "2026-06-30T08:00:00.000Z" },
  },
};
