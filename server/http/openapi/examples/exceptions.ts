import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { Breadth } from "#contracts/exception-breadth";
import type { Approval } from "#contracts/exception-gate";
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

const covered = {
  alerts: 1,
  ruleShare: 0.125,
  allShare: 0.01,
  events: 5,
  commandLines: { count: 1 },
  templates: { count: 1 },
  parents: { count: 1 },
  hosts: { count: 1 },
  users: { count: 1 },
  rules: { count: 1 },
};

const approval: Approval = {
  wants: "enforced",
  reasons: ["It is broad (41 of 100)."],
  requestedBy: "lena",
  requestedAt: saved.createdAt,
};
const decision = { by: "tomas", at: "2026-06-17T13:00:00.000Z" } as const;
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
  fieldValues: {
    query: { field: "user.name", search: "svc" },
    response: { values: [{ value: "svc-inventory", count: 12 }], distinct: 1, alerts: 34, total: 34, present: 30 },
  },
  draftException: {
    body: { alertIds: [alertId] },
    response: {
      draft: { ...draft, reason: "" },
      because: ["The command line; only numbers, times and ids in it may differ. Nothing can be appended."],
      fields: [{ field: "process.command_line", values: [alert.process.commandLine ?? ""], named: true }],
    },
  },
  counterExamples: {
    body: { draft },
    response: {
      matchesAlert: true,
      mutants: [
        {
          kind: "other-host",
          text: "Another host",
          changed: [{ field: "host.name", before: host, after: "other-host" }],
          hidden: true,
          expected: "raised",
          narrowing: {
            text: `Add: host.name is ${host}`,
            entries: [
              ...draft.entries,
              { type: "match", field: "host.name", value: host, operator: "included", case: "insensitive" },
            ],
          },
        },
      ],
      notMade: [{ kind: "other-hash", reason: "The event has no hash of the program." }],
      distant: [
        { alert, distance: 0.25, differs: [{ field: "host.name", here: host, there: "srv-02.nordwind.example" }] },
      ],
      compared: { alerts: 12, events: 30 },
    },
  },
  synthesis: {
    body: { benign: [alertId], malicious: [] },
    response: {
      kind: "separated",
      draft: { ...draft, reason: "" },
      because: ["The command line. Nothing can be appended.", "The account that runs the workflow."],
      wider: { text: `Without: user.name is ${user.name}`, entries: draft.entries.slice(0, 1) },
      milliseconds: 4,
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
      measured: {
        alerts: 8,
        together: covered,
        entries: [covered, { ...covered, alerts: 8, ruleShare: 1, allShare: 0.08, commandLines: { count: 3 } }],
      },
      notes: [
        {
          field: "entries.0.value",
          group: 0,
          entry: 0,
          weight: "hint",
          text: "Several * in a row are one.",
        },
      ],
      broadPolicy: "reason",
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
  saveException: {
    body: { draft, dryRunToken: token },
    response: { exception: saved, closed: 1, batch: "0197a1c2-8f3e-7000-9000-3b1f0c6d2a11" },
  },
  approveException: {
    params: { id: saved.id },
    body: { dryRunToken: token, reason: "Checked with the owners of the inventory service" },
    response: {
      exception: {
        ...saved,
        approval: {
          ...approval,
          decision: { kind: "approved", ...decision, reason: "Checked with the owners of the inventory service" },
        },
      },
      closed: 1,
    },
  },
  rejectException: {
    params: { id: saved.id },
    body: { reason: "Too many hosts: name the inventory servers" },
    response: {
      ...saved,
      mode: "shadow",
      approval: {
        ...approval,
        decision: { kind: "rejected", ...decision, reason: "Too many hosts: name the inventory servers" },
      },
    },
  },
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
