import type { AlertDetail } from "#contracts/alert";
import type { alertRoutes } from "#contracts/routes/alerts";
import type { Examples } from "./example.ts";
import { alert, alertId, commandTemplate, event, host, parentKey, rule } from "./shared.ts";

const detail: AlertDetail = {
  ...alert,
  fields: event.fields,
  matched: [
    {
      text: 'process.parent.name : "WmiPrvSE.exe"',
      field: "process.parent.name",
      values: ["WmiPrvSE.exe"],
      outcome: true,
    },
  ],
  history: [],
  ruleDetail: {
    description: "The WMI provider host started a command interpreter that writes its output to a file.",
    query: 'process where process.parent.name : "WmiPrvSE.exe" and process.name : "cmd.exe"',
    falsePositives: ["Management products that run commands over WMI and capture the output."],
    references: ["https://attack.mitre.org/techniques/T1047/"],
    source: "elastic/suspicious_cmd_execution_via_wmi.toml",
  },
  similar: {
    commandTemplate,
    total: 10,
    closed: [{ reason: "benign", count: 4 }],
    escalated: 0,
    hosts: 2,
    users: 1,
    firstSeen: "2026-06-16T07:00:00.000Z",
  },
  related: { sameHost: 17, sameUser: 29, sameIncident: 11 },
  openProposals: 1,
};

const acknowledged = {
  at: "2026-06-17T12:04:10.000Z",
  actor: "lena",
  from: "open",
  to: "acknowledged",
} as const;

export const alertExamples: Examples<typeof alertRoutes> = {
  queue: {
    query: { group: "lineage", status: ["open"], severity: ["high", "critical"], limit: 1 },
    response: {
      items: [
        {
          key: parentKey,
          rank: { score: 3.2, rules: 2, severity: "high", hosts: 1, alerts: 12, rarity: 0.4 },
          status: "open",
          counts: { open: 12, acknowledged: 0, escalated: 0, closed: 0 },
          assignee: "lena",
          tags: ["inventory"],
          comments: 1,
          folded: { shape: "sTn4bq0aL9x2KcVe", incidents: 2, hosts: 2, keys: [parentKey, "Qw8mZ1rT0pYv5nLk3sXd7B"] },
          title: rule.name,
          severity: "high",
          riskScore: 73,
          latest: alert.time,
          hosts: [host],
          users: ["nordwind\\svc-inventory"],
          ruleCount: 2,
          alertCount: 12,
          alerts: [alert],
          similar: { total: 10, benign: 4 },
        },
      ],
      total: 9,
      totalAlerts: 68,
      totalIncidents: 10,
      next: "WzMsMTc4MTYwNzg0MjYyMCwicFh3NyJd",
      counts: { open: 68, acknowledged: 0, escalated: 0, closed: 0 },
      facets: {
        severity: [{ value: "high", label: "high", count: 23 }],
        rule: [{ value: rule.id, label: rule.name, count: 19 }],
        tactic: [{ value: "Execution", label: "Execution", count: 60 }],
        host: [{ value: host, label: host, count: 18 }],
        user: [{ value: "nordwind\\svc-inventory", label: "NORDWIND\\svc-inventory", count: 30 }],
        assignee: [{ value: "lena", label: "lena", count: 2 }],
        tag: [{ value: "inventory", label: "inventory", count: 1 }],
      },
      histogram: [{ from: "2026-06-16T15:00:00.000Z", to: "2026-06-16T16:00:00.000Z", count: 9 }],
    },
  },
  alert: { params: { id: alertId }, response: detail },
  transition: {
    params: { id: alertId },
    body: { to: "acknowledged" },
    response: { ...detail, status: "acknowledged", history: [acknowledged] },
  },
  incidentMembership: {
    params: { id: alertId },
    body: { removed: true, reason: "Inventory run, not part of the intrusion" },
    response: {
      ...detail,
      incidentKey: `alert:${alertId}`,
      removed: { at: "2026-06-17T12:05:00.000Z", actor: "lena", reason: "Inventory run, not part of the intrusion" },
    },
  },
};
