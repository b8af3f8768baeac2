import type { ShiftReport } from "#contracts/shift-report";

const report: ShiftReport = {
  range: { from: "2026-06-17T06:00:00.000Z", to: "2026-06-17T14:00:00.000Z" },
  madeAt: "2026-06-17T14:02:10.000Z",
  opened: { alerts: 41, incidents: 6, newIncidents: 5 },
  closed: {
    alerts: 8,
    incidents: 2,
    byReason: [
      { reason: "benign", alerts: 5, incidents: 1 },
      { reason: "false-positive", alerts: 3, incidents: 1 },
    ],
    byVerdict: [{ verdict: "benign", alerts: 8, incidents: 2 }],
    againstVerdict: 0,
  },
  escalated: { alerts: 33, incidents: 1 },
  reopened: { alerts: 0, incidents: 0 },
  triage: {
    alerts: { count: 41, acted: 38, median: 540_000, p90: 2_700_000, waiting: 3, automatic: 0 },
    incidents: { count: 5, acted: 4, median: 420_000, p90: 2_700_000, waiting: 1, automatic: 0 },
  },
  open: {
    alerts: 36,
    incidents: 2,
    byStatus: [
      { status: "escalated", alerts: 33, incidents: 1 },
      { status: "acknowledged", alerts: 0, incidents: 0 },
      { status: "open", alerts: 3, incidents: 1 },
    ],
  },
  rules: {
    items: [
      {
        id: "stemma.wmi-provider-host-shell",
        name: "Command shell of the WMI provider host",
        severity: "high",
        raised: 12,
        incidents: 2,
        closed: { total: 3, falsePositive: 1 },
      },
    ],
    total: 1,
  },
  matrix: [
    {
      tactic: "Execution",
      alerts: 12,
      techniques: [{ id: "T1047", name: "Windows Management Instrumentation", alerts: 12, incidents: 2 }],
    },
  ],
  handedOver: {
    items: [
      {
        key: "b3f0c2:4d2",
        title: "Command shell of the WMI provider host",
        severity: "high",
        status: "escalated",
        assignee: "lena",
        alerts: 33,
        since: "2026-06-17T06:12:30.000Z",
        left: { outcome: "malicious", required: 17, answered: 15 },
      },
    ],
    total: 1,
  },
  exceptions: [],
};

export const shiftReportExample = {
  query: { from: report.range.from, to: report.range.to, zone: "Europe/Berlin" },
  response: { report, markdown: "# Shift report\n\n2026-06-17 08:00 to 2026-06-17 16:00 (Europe/Berlin)…\n" },
};
