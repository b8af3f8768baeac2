import { z } from "zod";
import { signInMethod } from "../actor.ts";
import { auditPage, auditQuery } from "../audit.ts";
import { coverageList } from "../coverage.ts";
import { delivery, deliveryList, deliveryQuery } from "../delivery.ts";
import { findQuery, findResult } from "../find.ts";
import { ingestList } from "../ingest.ts";
import { pageQuery } from "../page.ts";
import { permissions, role } from "../roles.ts";
import { shiftReportAnswer, shiftReportQuery } from "../shift-report.ts";
import { workList } from "../work.ts";
import { ask, emptyBody, get, post, type Route, workProblems } from "./route.ts";

export const me = z
  .object({
    analyst: z.string().describe("The name of who is signed in, as the audit trail records it."),
    person: z.string().optional().describe("The id of the person; absent for a service token."),
    method: signInMethod.describe("How they signed in."),
    role: role.optional().describe("Absent for a service token."),
    permissions: z.array(z.enum(permissions)).describe("What the role or the scopes of the token include."),
    version: z.string().describe("The version of Stemma."),
    store: z.string().describe("The kind of store and where it is."),
    sample: z.boolean().describe("Whether the store holds the bundled sample."),
    empty: z.boolean().describe("Whether the store has no events."),
  })
  .meta({ id: "Me", description: "Who is signed in, and the state of the store." });

export type Me = z.infer<typeof me>;

export const workbenchRoutes = {
  find: {
    ...get,
    path: "/api/v1/find",
    summary: "Find alerts, hosts, users, programs, addresses, hashes and rules by a few characters",
    query: findQuery,
    response: findResult,
    problems: workProblems,
  },
  me: { ...get, path: "/api/v1/me", summary: "Who is signed in, and the state of the store", response: me },
  ingests: {
    ...get,
    path: "/api/v1/ingests",
    summary: "Ingests by page, newest first",
    query: pageQuery,
    response: ingestList,
    problems: ["request.invalid-cursor"],
  },
  coverage: {
    ...get,
    path: "/api/v1/coverage",
    summary: "The time that each log of each host covers, by page",
    query: pageQuery,
    response: coverageList,
    problems: ["request.invalid-cursor"],
  },
  audit: {
    ...get,
    path: "/api/v1/audit",
    summary: "The audit trail, with the verification of its hash chain",
    query: auditQuery,
    response: auditPage,
    problems: [...workProblems, "request.invalid-cursor"],
  },
  shiftReport: {
    ...get,
    path: "/api/v1/reports/shift",
    summary: "What happened over a time range, as values and as Markdown",
    query: shiftReportQuery,
    response: shiftReportAnswer,
    problems: workProblems,
  },
  deliveries: {
    ...get,
    path: "/api/v1/deliveries",
    summary: "Escalations that are sent to receivers, newest first",
    query: deliveryQuery,
    response: deliveryList,
    problems: ["request.invalid-cursor"],
  },
  sendDeliveryAgain: {
    ...post,
    access: "triage",
    path: "/api/v1/deliveries/:id/send-again",
    summary: "Send an escalation again that could not be delivered",
    body: emptyBody,
    response: delivery,
    problems: ["delivery.not-found", "delivery.not-failed"],
  },
  work: {
    ...get,
    path: "/api/v1/work",
    summary: "One's own searches, dry runs and reports in progress, and how busy the server is",
    response: workList,
  },
  cancelWork: {
    ...ask,
    path: "/api/v1/work/:id/cancel",
    summary: "Cancel one's own work; the request that asked for it is refused",
    body: emptyBody,
    response: workList,
    problems: ["work.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;
