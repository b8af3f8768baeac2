import { z } from "zod";
import { pageQuery } from "../page.ts";
import {
  fieldNameList,
  ruleComparison,
  ruleDetail,
  ruleEnabled,
  ruleEnabledRequest,
  ruleFileIssueList,
  ruleFolderRequest,
  ruleFolders,
  rulePage,
  ruleQuery,
} from "../rule.ts";
import { draftCheck, ruleDraft, ruleRun, ruleRunRequest, savedRule, saveRuleRequest } from "../rule-draft.ts";
import { ruleNameList } from "../rule-name.ts";
import { ruleReport } from "../rule-report.ts";
import { ruleSources } from "../rule-structure.ts";
import { ask, emptyBody, get, post, put, type Route, workProblems } from "./route.ts";

const comparisonQuery = z.object({
  leftRule: z.string().describe("The id of the rule on the left."),
  left: z.string().describe("The hash of its version."),
  rightRule: z.string().describe("The id of the rule on the right."),
  right: z.string().describe("The hash of its version."),
});

const listRoutes = {
  rules: {
    ...get,
    path: "/api/v1/rules",
    summary: "Rules by page",
    query: ruleQuery,
    response: rulePage,
    problems: ["request.invalid-cursor"],
  },
  ruleNames: {
    ...get,
    path: "/api/v1/rule-names",
    summary: "The names of the rules by page",
    query: pageQuery,
    response: ruleNameList,
    problems: ["request.invalid-cursor"],
  },
  fieldNames: {
    ...get,
    path: "/api/v1/field-names",
    summary: "Fields that rules can use, by page",
    query: pageQuery,
    response: fieldNameList,
    problems: ["request.invalid-cursor", ...workProblems],
  },
  rule: {
    ...get,
    edits: "rule",
    path: "/api/v1/rules/:id",
    summary: "One rule",
    response: ruleDetail,
    problems: ["rule.not-found"],
  },
  ruleSources: {
    ...get,
    path: "/api/v1/rules/:id/sources",
    summary: "The data-source coverage of a rule: which records can satisfy it",
    response: ruleSources,
    problems: [...workProblems, "rule.not-found"],
  },
  ruleComparison: {
    ...get,
    path: "/api/v1/rule-comparison",
    summary: "Two versions of rules side by side",
    query: comparisonQuery,
    response: ruleComparison,
    problems: ["rule-version.not-found"],
  },
  ruleReport: {
    ...get,
    path: "/api/v1/rule-report",
    summary: "What each rule is worth on the stored data",
    response: ruleReport,
    problems: workProblems,
  },
  setRuleEnabled: {
    ...put,
    edits: "rule",
    access: "author",
    path: "/api/v1/rules/:id/enabled",
    summary: "Turn a rule on or off",
    body: ruleEnabledRequest,
    response: ruleEnabled,
    problems: ["rule.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;

const folderRoutes = {
  ruleFolders: {
    ...get,
    edits: "rule-folders",
    path: "/api/v1/rule-folders",
    summary: "The rule folders, and files in them that did not load",
    response: ruleFolders,
  },
  ruleFileIssues: {
    ...get,
    path: "/api/v1/rule-file-issues",
    summary: "Files in rule folders that are not in use, by page",
    query: pageQuery,
    response: ruleFileIssueList,
    problems: ["request.invalid-cursor"],
  },
  addRuleFolder: {
    ...post,
    edits: "rule-folders",
    access: "author",
    path: "/api/v1/rule-folders",
    summary: "Load the rules of another folder",
    body: ruleFolderRequest,
    response: ruleFolders,
    problems: ["rule-folder.invalid", "rule-folder.outside-roots"],
  },
  removeRuleFolder: {
    ...post,
    edits: "rule-folders",
    access: "author",
    path: "/api/v1/rule-folders/remove",
    summary: "Remove a folder that was added",
    body: ruleFolderRequest,
    response: ruleFolders,
    problems: ["rule-folder.invalid"],
  },
  reloadRules: {
    ...post,
    access: "author",
    path: "/api/v1/rules/reload",
    summary: "Read the rule folders again",
    body: emptyBody,
    response: ruleFolders,
  },
} as const satisfies Readonly<Record<string, Route>>;

const draftRoutes = {
  checkRule: {
    ...ask,
    path: "/api/v1/rules/check",
    summary: "The problems and the structure of a draft",
    body: ruleDraft,
    response: draftCheck,
    problems: workProblems,
  },
  saveRule: {
    ...post,
    edits: "rule",
    access: "author",
    path: "/api/v1/rule-files",
    summary: "Write a draft into a rule folder and load it",
    body: saveRuleRequest,
    response: savedRule,
    problems: [
      ...workProblems,
      "rule.invalid-draft",
      "rule-file.unknown-folder",
      "rule-file.invalid-name",
      "rule-file.exists",
      "rule-file.not-a-rule",
      "rule-file.unwritable",
    ],
  },
  startRuleRun: {
    ...ask,
    access: "author",
    path: "/api/v1/rule-runs",
    summary: "Start a run of rules over the stored events; it raises no alerts",
    body: ruleRunRequest,
    response: ruleRun,
    problems: [...workProblems, "rule-run.busy", "rule-run.version-not-loaded", "rule.invalid-draft"],
  },
  ruleRun: {
    ...get,
    path: "/api/v1/rule-runs/:id",
    summary: "The progress of a run and what it found",
    response: ruleRun,
    problems: ["rule-run.not-found"],
  },
  stopRuleRun: {
    ...ask,
    access: "author",
    path: "/api/v1/rule-runs/:id/stop",
    summary: "Stop a run",
    body: emptyBody,
    response: ruleRun,
    problems: ["rule-run.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;

export const ruleRoutes = { ...listRoutes, ...folderRoutes, ...draftRoutes };
