import type { PlaybookStatistics } from "#contracts/playbook-statistics";

/** A playbook that was worked through on forty alerts. */
export const playbookStatisticsExample: PlaybookStatistics = {
  playbook: { id: "wmi-output-capture", title: "Command shell started over WMI with captured output", version: "2" },
  period: "90d",
  from: "2026-03-19T00:00:00.000Z",
  truncated: false,
  alerts: {
    ...{ walked: 40, open: 4, otherPlaybook: 0 },
    closed: [
      { reason: "benign", count: 31 },
      { reason: "true-positive", count: 5 },
    ],
    verdicts: [
      { outcome: "malicious", count: 4 },
      { outcome: "suspicious", count: 1 },
      { outcome: "benign", count: 31 },
    ],
    overridden: 1,
    secondAnalyst: { closed: 12, overridden: 0 },
    walk: { measured: 38, median: 312_000, p90: 1_104_000 },
  },
  steps: [
    {
      stepId: "capture",
      question: "Is this the output capture of a remote execution tool?",
      ...{ asked: 40, answered: 36, elsewhere: 2, open: 2, unanswered: 0 },
      values: [
        { value: "raises", count: 4 },
        { value: "lowers", count: 29 },
        { value: "unresolved", count: 2 },
        { value: "not-applicable", count: 1 },
      ],
      ...{ againstSuggestion: 3, withoutData: 1 },
      decided: { alerts: 36, decided: 7 },
      time: { measured: 27, median: 41_000, p90: 155_000, interrupted: 2, unpreceded: 9 },
      agreement: { pairs: 11, agreed: 8 },
      hints: ["analysts-disagree"],
    },
  ],
  former: [],
};
