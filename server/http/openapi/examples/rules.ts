import type { ruleRoutes } from "#contracts/routes/rules";
import type { RuleFileIssue, RuleFolders, RuleSummary, RuleVersion } from "#contracts/rule";
import type { RuleDraft, RuleRunView } from "#contracts/rule-draft";
import type { RuleStructure } from "#contracts/rule-structure";
import type { Example, Examples } from "./example.ts";
import { alert, commandLine, eventId, host, processKey, rule, ruleId, span, user } from "./shared.ts";

const folder = "/opt/stemma/rules";

const summary: RuleSummary = {
  ...rule,
  severity: "high",
  riskScore: 73,
  buildingBlock: false,
  source: "elastic/suspicious_cmd_execution_via_wmi.toml",
  folder,
  techniques: alert.techniques,
  tactics: ["Execution"],
  enabled: true,
  evaluable: true,
  alerts: 19,
  exceptions: 0,
  guidePlaybookId: "guide-wmi-output-capture",
};

const version: RuleVersion = {
  ruleId,
  hash: "14d3c8713a4d8423b07ab276019dee2710054e5d5765190f56e33c0ed4399c9c",
  version: rule.version,
  name: rule.name,
  source: summary.source,
  firstSeen: "2026-06-17T12:00:00.000Z",
  lastSeen: "2026-06-17T12:00:00.000Z",
  state: "active",
};

const structure: RuleStructure = {
  form: "single events",
  by: [],
  stages: [
    {
      role: "event",
      keys: [],
      predicates: [{ text: 'process.name : "cmd.exe"', field: "process.name" }],
      exclusions: [],
    },
  ],
  indicators: [
    {
      field: "process.parent.name",
      kind: "value",
      value: "WmiPrvSE.exe",
      shared: { total: 0, languages: [], rules: [] },
    },
  ],
  moreIndicators: 0,
};

const folders: RuleFolders = {
  folders: [{ path: folder, origin: "configured", files: 16, rules: 16, failed: 0, writable: true }],
  issues: { items: [], total: 0 },
};

const draft: RuleDraft = {
  language: "kql",
  text: "process.name: odd.exe",
  id: "odd-process",
  name: "Odd process",
  description: "",
  severity: "low",
  riskScore: 21,
};

const run: RuleRunView = {
  id: "016cb1d3-e671-4350-86a8-10c35b204755",
  state: "done",
  events: 1947,
  span,
  until: span.to,
  milliseconds: 44,
  exact: true,
  rules: [
    {
      rule,
      hits: 19,
      listed: [
        { eventIds: [eventId], time: alert.time, host, user: user.name, process: "cmd.exe", commandLine, processKey },
      ],
    },
  ],
  coverage: "1,947 events are stored for this time, from security, sysmon.",
};

const issue: RuleFileIssue = {
  file: "/srv/team-rules/broken.toml",
  state: "failed",
  reason: "name: expected string",
  at: { line: 3, column: 1 },
};

const folderExample: Example<typeof ruleRoutes.addRuleFolder> = {
  body: { path: "/srv/team-rules", note: "Rules of the cloud team, reviewed in change 4720" },
  response: {
    ...folders,
    folders: [
      ...folders.folders,
      { path: "/srv/team-rules", origin: "added", files: 4, rules: 3, failed: 1, writable: false },
    ],
    issues: { items: [issue], total: 1 },
  },
};

export const ruleExamples: Examples<typeof ruleRoutes> = {
  rules: {
    query: { language: ["eql"], state: ["runs"], sort: "alerts", limit: 1 },
    response: {
      items: [summary],
      total: 4,
      loaded: 16,
      facets: {
        language: [{ value: "eql", count: 4 }],
        severity: [{ value: "high", count: 2 }],
        tactic: [{ value: "Execution", count: 3 }],
        folder: [{ value: folder, count: 4 }],
        state: [{ value: "runs", count: 4 }],
        guide: [{ value: "with guide", count: 4 }],
      },
    },
  },
  ruleNames: { response: { items: [rule], total: 1 } },
  fieldNames: { response: { items: ["process.command_line", "process.name", "user.name"], total: 3 } },
  rule: {
    params: { id: ruleId },
    response: {
      ...summary,
      description: "The WMI provider host started a command interpreter that writes its output to a file.",
      query: 'process where process.parent.name : "WmiPrvSE.exe" and process.name : "cmd.exe"',
      text: '[rule]\nrule_id = "12f07955-1674-44f7-86b5-c35da0a6f41a"\n',
      falsePositives: ["Management products that run commands over WMI."],
      references: ["https://attack.mitre.org/techniques/T1047/"],
      tags: ["OS: Windows"],
      author: ["Stemma"],
      license: "Apache-2.0",
      structure,
      filters: [
        { id: "f1c1a2de-7a4e-4bb8-9d0d-3a4a0c5a9b11", name: "Deployment agents", source: "filters/agents.yml" },
      ],
      exceptionsInForce: [],
      playbook: {
        id: "wmi-output-capture",
        title: "Command shell started over WMI with captured output",
        because: { kind: "rule" },
      },
      versions: [version],
      hitsPerDay: [{ day: "2026-06-16", count: 19 }],
    },
  },
  ruleSources: {
    params: { id: ruleId },
    response: {
      stages: [
        {
          title: "the event",
          kinds: [
            {
              source: "sysmon",
              code: "1",
              action: "Process creation",
              verdict: "yes",
              lacks: [],
              blind: [],
              fields: [{ field: "process.parent.name", basis: "seen" }],
              seen: 330,
            },
          ],
        },
      ],
      loaded: "yes",
      sentence: "The stored events can satisfy it: sysmon 1, security 4688.",
      sampled: 1947,
      stored: 1947,
    },
  },
  ruleComparison: {
    query: { leftRule: ruleId, left: version.hash, rightRule: ruleId, right: version.hash },
    response: {
      left: version,
      right: version,
      text: [{ side: "both", line: "[rule]", left: 1, right: 1 }],
      predicates: [{ side: "both", item: 'process.name : "cmd.exe"' }],
      exclusions: [],
      indicators: [{ side: "both", item: { field: "process.parent.name", value: "WmiPrvSE.exe" } }],
      notes: [],
    },
  },
  ruleReport: {
    response: {
      rules: [
        {
          ...rule,
          severity: "high",
          finding: "fires",
          reason: "19 alerts.",
          source: summary.source,
          alerts: 19,
          open: 19,
        },
      ],
      totals: [{ finding: "fires", count: 1 }],
      reasons: [{ kind: "data", what: "record", count: 12, names: [{ name: "security 4698", count: 9 }] }],
      events: 1947,
      sampled: 1947,
      sources: [{ source: "sysmon", events: 1254 }],
    },
  },
  setRuleEnabled: {
    params: { id: ruleId },
    body: { enabled: false, note: "Too noisy until the inventory exception is in force" },
    response: { enabled: false },
  },
  ruleFolders: { response: folders },
  ruleFileIssues: { response: { items: [issue], total: 1 } },
  addRuleFolder: folderExample,
  removeRuleFolder: { body: { path: "/srv/team-rules", note: "Moved to the central repository" }, response: folders },
  reloadRules: { body: {}, response: folders },
  checkRule: {
    body: { language: "eql", text: "process where (" },
    response: {
      problems: [
        {
          code: "query.syntax",
          message: "expected a value, found the end of the query",
          at: { line: 1, column: 16, field: "text" },
        },
      ],
      evaluable: false,
    },
  },
  saveRule: {
    body: { draft, folder, name: "odd_process.toml", note: "Found in incident 17; tried on four weeks" },
    response: { file: `${folder}/odd_process.toml`, ruleId: "odd-process" },
  },
  startRuleRun: {
    body: { what: { kind: "all" }, from: "2026-06-16T00:00:00Z" },
    response: {
      id: run.id,
      state: "running",
      events: 0,
      milliseconds: 0,
      exact: true,
      rules: [],
      coverage: "Reading the stored events.",
    },
  },
  ruleRun: { params: { id: run.id }, response: run },
  stopRuleRun: { params: { id: run.id }, body: {}, response: { ...run, state: "stopped" } },
};
