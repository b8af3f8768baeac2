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
    ],
  },
  disableException: {
    ...post,
    access: "author",
    path: "/api/v1/exceptions/:id/disable",
    summary: "Disable an exception; alerts that it closed stay closed",
    body: disableExceptionRequest,
    response: exceptionRecord,
    problems: ["exception.not-found", "exception.already-disabled"],
  },
} as const satisfies Readonly<Record<string, Route>>;
