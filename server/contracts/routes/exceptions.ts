import {
  disableExceptionRequest,
  dryRun,
  exceptionDraft,
  exceptionList,
  exceptionRecord,
  savedException,
  saveExceptionRequest,
  suggestedDraft,
} from "../exception.ts";
import { counterExamples, counterExamplesRequest } from "../exception-counter-examples.ts";
import { draftRequest } from "../exception-draft.ts";
import { synthesis, synthesisRequest } from "../exception-synthesis.ts";
import { pageQuery } from "../page.ts";
import { ask, get, post, type Route, workProblems } from "./route.ts";

export const exceptionRoutes = {
  exceptions: {
    ...get,
    path: "/api/v1/exceptions",
    summary: "Exceptions by page, newest first",
    query: pageQuery,
    response: exceptionList,
    problems: ["request.invalid-cursor"],
  },
  exception: {
    ...get,
    edits: "exception",
    path: "/api/v1/exceptions/:id",
    summary: "One exception",
    response: exceptionRecord,
    problems: ["exception.not-found"],
  },
  exceptionDraft: {
    ...get,
    path: "/api/v1/alerts/:id/exception-draft",
    summary: "The narrowest exception for an alert, to start from",
    response: suggestedDraft,
    problems: ["alert.not-found"],
  },
  draftException: {
    ...ask,
    path: "/api/v1/exceptions/drafts",
    summary: "The narrowest exception for several alerts, to start from",
    body: draftRequest,
    response: suggestedDraft,
    problems: [...workProblems, "alert.not-found", "exception.too-different"],
  },
  counterExamples: {
    ...ask,
    path: "/api/v1/exceptions/counter-examples",
    summary: "What an exception would hide that is not the activity of its alert",
    body: counterExamplesRequest,
    response: counterExamples,
    problems: [...workProblems, "alert.not-found", "exception.no-alert"],
  },
  synthesis: {
    ...ask,
    path: "/api/v1/exceptions/synthesis",
    summary: "The narrowest exception that covers some alerts and none of others",
    body: synthesisRequest,
    response: synthesis,
    problems: [...workProblems, "alert.not-found"],
  },
  exceptionDryRun: {
    ...ask,
    access: "propose",
    path: "/api/v1/exceptions/dry-run",
    summary: "What an exception would do to the stored events and alerts",
    body: exceptionDraft,
    response: dryRun,
    problems: workProblems,
  },
  saveException: {
    ...post,
    access: "author",
    path: "/api/v1/exceptions",
    summary: "Save an exception after its dry run, and close the alerts that it named",
    body: saveExceptionRequest,
    response: savedException,
    problems: [
      ...workProblems,
      "rule.not-found",
      "exception.expired",
      "exception.dry-run-stale",
      "exception.too-broad",
      "exception.breadth-reason-missing",
      "proposal.not-found",
      "proposal.not-open",
      "proposal.other-alert",
    ],
  },
  disableException: {
    ...post,
    edits: "exception",
    access: "author",
    path: "/api/v1/exceptions/:id/disable",
    summary: "Disable an exception; alerts that it closed stay closed",
    body: disableExceptionRequest,
    response: exceptionRecord,
    problems: ["exception.not-found", "exception.already-disabled"],
  },
} as const satisfies Readonly<Record<string, Route>>;
