import { hash } from "node:crypto";
import type { Bundle, BundleSections } from "#contracts/bundle";
import { bundleHashes } from "../../server/evidence/seal.ts";

const pasted = '[{"name":"<b>ADMIN$</b>"}]\r\n';
const pastedHash = hash("sha256", pasted, "hex");

const at = "2026-03-04T10:00:00.000Z";
const source = {
  eventId: "e1",
  file: "a.evtx",
  offset: 512,
  channel: "Security",
  code: "4688",
  recordId: "7",
  time: at,
};
const process = { key: "p1", name: "cmd.exe", pid: 4, host: "host-a", commandLine: 'cmd.exe /c "\u202ecod.exe"' };
const user = { name: "lena", domain: "CORP" };
const rule = { id: "r1", name: "Odd <shell>", version: "1", language: "eql" as const };
const technique = { id: "T1059", name: "Command and Scripting Interpreter", tactic: "Execution" };
const activity = { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 };

const node = {
  ...process,
  user,
  start: at,
  placeholder: false,
  sources: [source],
  childGroup: "g",
  activity,
  childCount: 1,
  alerts: [{ id: "a1", ruleName: rule.name, severity: "high" as const, status: "open" as const, buildingBlock: false }],
};

const sections: BundleSections = {
  incident: {
    ...{ key: "p1", title: rule.name, status: "escalated", from: at, to: "2026-03-04T11:30:00.000Z" },
    counts: { open: 0, acknowledged: 0, escalated: 1, closed: 0 },
    work: {
      assignee: "lena",
      tags: ["wmi"],
      comments: [{ id: "c1", at, actor: "lena", text: "two\nlines", mentions: [] }],
      reopened: { at, alertId: "a1", ruleName: rule.name, text: "An alert joined." },
    },
    hosts: ["host-a"],
    users: ["CORP\\lena"],
    techniques: [{ ...technique, alerts: 1 }],
    merged: [{ key: "p9", alerts: 1, at, actor: "lena", reason: "same" }],
    removed: [{ id: "a9", ruleName: "Other", at, actor: "lena", reason: "not part of it" }],
    history: [
      { at, alert: { id: "a1", ruleName: rule.name, host: "host-a" } },
      { at, work: { actor: "lena", action: "incident.comment", text: "two\nlines" } },
    ],
  },
  answers: {
    verdict: {
      ...{ outcome: "suspicious", recommendation: "escalate", text: "1 of 1 alerts is not explained.", required: 1 },
      ...{ answered: 1, alerts: { undetermined: 0, benign: 0, suspicious: 1, malicious: 0 } },
    },
    reasons: [{ outcome: "suspicious", text: "One step raises concern.", alerts: 1 }],
    flips: [{ question: "q1", to: "lowers", outcome: "benign" }],
    questions: [
      {
        ...{ id: "q1", text: "What did it do?", topic: "t", about: "process", subject: "cmd.exe", required: true },
        ...{ anchor: true, state: "answered", value: "raises", lead: { alertId: "a1", stepId: "s1" } },
        processes: [
          {
            ...process,
            alertIds: ["a1"],
            answer: {
              ...{ stepId: "s1", value: "raises", note: "seen", actor: "lena", at },
              evidence: [{ kind: "event", id: "e1", label: "Security 4688" }],
              attachments: [{ title: "net <share>", source: "osquery", sha256: pastedHash, bytes: pasted.length }],
            },
          },
        ],
      },
    ],
    withoutPlaybook: 0,
  },
  alerts: [
    {
      ...{ id: "a1", rule, severity: "high", riskScore: 50, time: at, detectedAt: at, host: "host-a", user, process },
      ...{ path: [], incidentKey: "p1", status: "escalated", message: "odd", buildingBlock: false },
      ...{ techniques: [technique], sources: [source], events: ["e1"], outcome: "suspicious" },
      matched: [{ text: 'process.name == "cmd.exe"', field: "process.name", values: ["cmd.exe"], outcome: true }],
    },
  ],
  rules: [
    {
      ...rule,
      alerts: 1,
      loaded: {
        ...{ severity: "high", description: "A shell.", query: "process where true", source: "odd.toml" },
        ...{ falsePositives: ["tests"], references: ["https://example.com"], techniques: [technique] },
      },
      versions: [{ version: "1", hash: "0a", source: "odd.toml", firstSeen: at, lastSeen: at }],
    },
  ],
  processes: {
    nodes: [
      {
        ...node,
        role: "alert",
        decoded: { decodings: [{ steps: ["base64"], text: "dir", cut: false }], undecoded: [] },
      },
      {
        ...{ ...node, key: "p2", name: "conhost.exe", alerts: [], role: "descendant" },
        parent: { key: "p1", certainty: "pid-time", why: "by process id" },
      },
    ],
    sessions: [
      {
        ...{ key: "s1", host: "host-a", logonId: "0x1", user, logonType: 3, logonTypeName: "network", opened: at },
        ...{ sourceIp: "10.0.0.7", service: false, privileged: false, processCount: 1 },
      },
    ],
    links: [
      {
        ...{ from: { host: "host-b" }, to: { host: "host-a", sessionKey: "s1" }, time: at, user },
        ...{ basis: "connection", certainty: "exact", why: "same address and port", evidence: [source] },
      },
    ],
    truncations: [{ of: "p1", relation: "children", shown: 1, total: 2, why: "too many" }],
  },
  timeline: {
    kinds: [{ kind: "process", count: 1 }],
    items: [
      {
        ...{ id: "e1", time: at, host: "host-a", kind: "process", summary: "started", process, source },
        alerts: [{ id: "a1", ruleName: rule.name, severity: "high" }],
      },
    ],
  },
  coverage: [{ host: "host-a", source: "security", from: at, to: at, events: 9, within: 1 }],
  exceptions: [
    {
      why: ["same-rule"],
      exception: {
        ...{ id: "x1", name: "Inventory", reason: "known", ruleIds: ["r1"], mode: "enforced", hits: 2 },
        ...{ createdAt: at, createdBy: "lena", breadth: { score: 5, level: "narrow", reasons: [] } },
        entries: [{ type: "exists", field: "process.name", operator: "included", case: "sensitive" }],
      },
    },
  ],
  audit: {
    records: [
      {
        ...{ sequence: 3, at, actor: "lena", action: "incident.comment", subject: { kind: "incident", id: "i1" } },
        ...{ before: { tags: [] }, after: { comment: "x".repeat(300) }, previousHash: "00", hash: "ff" },
      },
    ],
    trail: { intact: true, checked: 3, head: { sequence: 3, hash: "ff" } },
  },
  records: [
    { eventId: "e1", time: at, host: "host-a", source, of: ["alert"], record: { a: 1 }, sha256: "0".repeat(64) },
  ],
  attachments: [{ sha256: pastedHash, bytes: pasted.length, text: pasted }],
};

/** A bundle with something of everything that its page can show. Its hashes of records are made up. */
export function smallBundle(): Bundle {
  const document = {
    ...({ format: "stemma-evidence-bundle", version: 1, sections } as const),
    made: { at, by: "lena", with: "Stemma test", layout: 1 },
    omitted: [{ what: "alerts", shown: 1, total: 2, why: "Made with a limit." }],
  };
  return { ...document, hashes: bundleHashes(document) };
}
