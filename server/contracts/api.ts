import { z } from "zod";
import {
  alertDetail,
  incidentDetail,
  incidentMembershipRequest,
  queuePage,
  queueQuery,
  transitionRequest,
} from "./alert.ts";
import { auditRecord } from "./audit.ts";
import { eventView, pageOf, rawRecord } from "./event.ts";
import { draftProposal, dryRun, exceptionDraft, exceptionRecord } from "./exception.ts";
import { ingestSummary } from "./ingest.ts";
import { ruleLanguage } from "./language.ts";
import { neighbourhood, processNode } from "./lineage.ts";
import { hostPage, hostSummary, sessionPage, userPage, userSummary } from "./pivot.ts";
import { answerRequest, coverage, playbookSummary, playbookView, queryRun, suggestion } from "./playbook.ts";
import { comparison, relatedProcesses } from "./related-processes.ts";
import {
  draftCheck,
  ruleComparison,
  ruleDetail,
  ruleDraft,
  ruleFolders,
  ruleName,
  rulePage,
  ruleQuery,
  ruleReport,
  ruleRun,
  ruleRunRequest,
  ruleSources,
  saveRuleRequest,
} from "./rule.ts";

const none = z.object({});
const cursor = z.object({ cursor: z.string().optional(), limit: z.number().int().min(1).max(500).optional() });

export const me = z.object({
  analyst: z.string(),
  version: z.string(),
  store: z.string(),
  sample: z.boolean(),
  empty: z.boolean(),
});

export const huntRequest = z
  .object({
    language: ruleLanguage,
    query: z.string().min(1).max(200_000),
    from: z.string().optional(),
    to: z.string().optional(),
    limit: z.number().int().min(1).max(1000).default(200),
  })
  .strict();
export const huntResult = z.object({
  rows: z.array(eventView),
  total: z.number(),
  /** False when the scan stopped early; `truncationReason` says why. */
  exact: z.boolean(),
  truncationReason: z.string().optional(),
  tested: z.number(),
  milliseconds: z.number(),
  coverage: z.array(coverage),
  emptyReason: z.string().optional(),
});
export type HuntResult = Readonly<z.infer<typeof huntResult>>;

export const auditQuery = cursor.extend({ kind: z.string().optional(), id: z.string().optional() });
export const auditPage = pageOf(auditRecord).extend({
  chain: z.object({ intact: z.boolean(), checked: z.number(), brokenAt: z.number().optional() }),
});

/**
 * Every route of the API in one table: the router, the OpenAPI document, the web client and the permission tests are
 * derived from it. `params` stand in the path; `query` values arrive as text and repeat for lists; `changes` marks
 * requests that need a same-origin header and leave an audit record.
 */
export interface Route {
  readonly method: "get" | "post" | "put";
  readonly path: string;
  readonly summary: string;
  readonly changes: boolean;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly response: z.ZodType;
}

function read<P extends string, Q extends z.ZodType, R extends z.ZodType>(
  path: P,
  summary: string,
  query: Q,
  response: R,
) {
  return { method: "get", path, summary, changes: false, query, body: none, response } as const;
}
function ask<P extends string, B extends z.ZodType, R extends z.ZodType>(
  path: P,
  summary: string,
  body: B,
  response: R,
) {
  return { method: "post", path, summary, changes: false, query: none, body, response } as const;
}
function change<M extends "post" | "put", P extends string, B extends z.ZodType, R extends z.ZodType>(
  method: M,
  path: P,
  summary: string,
  body: B,
  response: R,
) {
  return { method, path, summary, changes: true, query: none, body, response } as const;
}

export const routes = {
  me: read("/api/me", "Who is signed in, and the state of the store", none, me),
  queue: read("/api/queue", "Incidents of the queue", queueQuery, queuePage),
  alert: read("/api/alerts/:id", "One alert", none, alertDetail),
  transition: change(
    "post",
    "/api/alerts/:id/transition",
    "Acknowledge, escalate, close or reopen",
    transitionRequest,
    alertDetail,
  ),
  incident: read("/api/alerts/:id/incident", "The incident of an alert, with its history", cursor, incidentDetail),
  incidentMembership: change(
    "put",
    "/api/alerts/:id/incident-membership",
    "Remove an alert from its incident, or restore it",
    incidentMembershipRequest,
    alertDetail,
  ),
  lineage: read("/api/alerts/:id/lineage", "The process graph around an alert", none, neighbourhood),
  process: read("/api/processes/:key", "One process", none, processNode),
  chooseParent: change(
    "put",
    "/api/processes/:key/parent",
    "Choose another of the possible parents of a process, or take that back",
    z.object({ parent: z.string().min(1).max(200).optional() }).strict(),
    z.object({ process: processNode, movedAlerts: z.number() }),
  ),
  processNeighbourhood: read("/api/processes/:key/lineage", "The process graph around a process", none, neighbourhood),
  children: read(
    "/api/processes/:key/children",
    "Children of a process",
    cursor.extend({ childGroup: z.string().optional() }),
    pageOf(processNode),
  ),
  comparison: read(
    "/api/processes/:key/comparison",
    "The children of a process beside those of other runs of its image",
    z.object({ days: z.number().int().min(1).max(3650).default(30) }),
    comparison,
  ),
  relatedProcesses: read(
    "/api/processes/:key/related-processes",
    "Related processes without alerts",
    z.object({
      cursor: z
        .string()
        .regex(/^\d{1,6}$/)
        .optional(),
      limit: z.number().int().min(1).max(200).default(25),
    }),
    relatedProcesses,
  ),
  processEvents: read(
    "/api/processes/:key/events",
    "Stored events of a process",
    cursor.extend({ kind: z.string().optional() }),
    pageOf(eventView),
  ),
  playbook: read(
    "/api/alerts/:id/playbook",
    "The playbook of an alert with its answers and verdict",
    none,
    playbookView,
  ),
  stepQuery: read(
    "/api/alerts/:id/playbook/queries/:query",
    "Run one query of the playbook",
    z.object({
      anchor: z.enum(["event", "detection"]).default("event"),
      limit: z.number().int().min(1).max(500).default(50),
    }),
    queryRun,
  ),
  suggestion: read(
    "/api/alerts/:id/playbook/steps/:step/suggestion",
    "What the evidence suggests for a step",
    none,
    z.object({ suggestion: suggestion.optional() }),
  ),
  answer: change("put", "/api/alerts/:id/playbook/steps/:step/answer", "Record an answer", answerRequest, playbookView),
  checklist: change(
    "put",
    "/api/alerts/:id/playbook/checklist/:item",
    "Tick or untick a response item",
    z.object({ done: z.boolean() }).strict(),
    playbookView,
  ),
  exceptionDraft: read(
    "/api/alerts/:id/exception-draft",
    "The minimum confirmed pattern of an alert",
    none,
    draftProposal,
  ),
  exceptions: read("/api/exceptions", "All exceptions", none, z.object({ items: z.array(exceptionRecord) })),
  exceptionDryRun: ask(
    "/api/exceptions/dry-run",
    "What an exception would do to what is stored",
    exceptionDraft,
    dryRun,
  ),
  saveException: change(
    "post",
    "/api/exceptions",
    "Save an exception whose dry run was seen",
    z.object({ draft: exceptionDraft, dryRunToken: z.string() }).strict(),
    z.object({ exception: exceptionRecord, closed: z.number() }),
  ),
  disableException: change(
    "post",
    "/api/exceptions/:id/disable",
    "Stop an exception",
    z.object({ reason: z.string().min(1).max(4000) }).strict(),
    exceptionRecord,
  ),
  hosts: read("/api/hosts", "All hosts", none, z.object({ items: z.array(hostSummary) })),
  host: read("/api/hosts/:key", "One host", none, hostPage),
  users: read("/api/users", "All users", none, z.object({ items: z.array(userSummary) })),
  user: read("/api/users/:key", "One user", none, userPage),
  session: read("/api/sessions/:key", "One logon session", none, sessionPage),
  rules: read("/api/rules", "Rules by page", ruleQuery, rulePage),
  ruleNames: read("/api/rule-names", "Names of all rules", none, z.object({ items: z.array(ruleName) })),
  fieldNames: read("/api/field-names", "Fields that rules may ask for", none, z.object({ items: z.array(z.string()) })),
  rule: read("/api/rules/:id", "One rule", none, ruleDetail),
  ruleSources: read("/api/rules/:id/sources", "Which records can satisfy a rule", none, ruleSources),
  ruleComparison: read(
    "/api/rule-comparison",
    "Two versions of rules side by side",
    z.object({ leftRule: z.string(), left: z.string(), rightRule: z.string(), right: z.string() }),
    ruleComparison,
  ),
  ruleReport: read("/api/rule-report", "What each rule is worth on the stored data", none, ruleReport),
  ruleFolders: read("/api/rule-folders", "The rule folders and what became of their files", none, ruleFolders),
  setRuleEnabled: change(
    "put",
    "/api/rules/:id/enabled",
    "Turn a rule on or off",
    z.object({ enabled: z.boolean(), note: z.string().max(4000).optional() }).strict(),
    z.object({ enabled: z.boolean() }),
  ),
  reloadRules: change("post", "/api/rules/reload", "Read the rule folders again", z.object({}).strict(), ruleFolders),
  addRuleFolder: change(
    "post",
    "/api/rule-folders",
    "Load the rules of another folder",
    z.object({ path: z.string().min(1).max(4000) }).strict(),
    ruleFolders,
  ),
  removeRuleFolder: change(
    "post",
    "/api/rule-folders/remove",
    "Take out a folder that was added",
    z.object({ path: z.string().min(1).max(4000) }).strict(),
    ruleFolders,
  ),
  checkRule: ask("/api/rules/check", "What is wrong with a draft, and how it is made", ruleDraft, draftCheck),
  saveRule: change(
    "post",
    "/api/rule-files",
    "Write a draft into a rule folder",
    saveRuleRequest,
    z.object({ file: z.string(), ruleId: z.string() }),
  ),
  startRuleRun: ask("/api/rule-runs", "Run rules over what is stored; raises nothing", ruleRunRequest, ruleRun),
  ruleRun: read("/api/rule-runs/:id", "How far a run is, and what it found", none, ruleRun),
  stopRuleRun: ask("/api/rule-runs/:id/stop", "Stop a run", z.object({}).strict(), ruleRun),
  playbooks: read("/api/playbooks", "All playbooks", none, z.object({ items: z.array(playbookSummary) })),
  event: read("/api/events/:id", "One stored event", none, eventView),
  rawEvent: read("/api/events/:id/raw", "The original record", none, rawRecord),
  hunt: ask("/api/hunt", "Search the stored events", huntRequest, huntResult),
  audit: read("/api/audit", "The audit trail", auditQuery, auditPage),
  ingests: read(
    "/api/ingests",
    "What was ingested",
    none,
    z.object({ items: z.array(ingestSummary), coverage: z.array(coverage) }),
  ),
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
export type RouteResponse<N extends RouteName> = z.infer<(typeof routes)[N]["response"]>;
export type RouteQuery<N extends RouteName> = z.input<(typeof routes)[N]["query"]>;
export type RouteBody<N extends RouteName> = z.input<(typeof routes)[N]["body"]>;
