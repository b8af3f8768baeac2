import { z } from "zod";
import { eventPage } from "../event.ts";
import { chooseParentRequest, neighbourhood, parentChange, processNode, processPage } from "../lineage.ts";
import { pageQuery } from "../page.ts";
import { comparison, relatedProcesses } from "../related-processes.ts";
import { timeline, timelineRequest } from "../timeline.ts";
import { ask, get, put, type Route, workProblems } from "./route.ts";

const childrenQuery = pageQuery.extend({
  childGroup: z.string().optional().describe("Only the members of this child group."),
});
const comparisonQuery = z.object({
  days: z.number().int().min(1).max(3650).default(30).describe("How far back other runs are looked for."),
});
const processEventsQuery = pageQuery.extend({
  kind: z.string().optional().describe("Only events of this category, such as `network`."),
});

export const lineageRoutes = {
  lineage: {
    ...get,
    path: "/api/v1/alerts/:id/lineage",
    summary: "The process graph around an alert",
    response: neighbourhood,
    problems: ["alert.not-found", "process.not-found"],
  },
  process: {
    ...get,
    edits: "process",
    path: "/api/v1/processes/:key",
    summary: "One process",
    response: processNode,
    problems: ["process.not-found"],
  },
  processNeighbourhood: {
    ...get,
    path: "/api/v1/processes/:key/lineage",
    summary: "The process graph around a process",
    response: neighbourhood,
    problems: ["process.not-found"],
  },
  children: {
    ...get,
    path: "/api/v1/processes/:key/children",
    summary: "The children of a process",
    query: childrenQuery,
    response: processPage,
    problems: ["process.not-found", "request.invalid-cursor"],
  },
  processEvents: {
    ...get,
    path: "/api/v1/processes/:key/events",
    summary: "The stored events of a process",
    query: processEventsQuery,
    response: eventPage,
    problems: ["process.not-found", "request.invalid-cursor"],
  },
  timeline: {
    ...ask,
    path: "/api/v1/timeline",
    summary: "What processes did and what happened on hosts, in order of time",
    body: timelineRequest,
    response: timeline,
    problems: [...workProblems, "request.invalid-cursor"],
  },
  comparison: {
    ...get,
    path: "/api/v1/processes/:key/comparison",
    summary: "The children of a process compared with those of other runs of its image",
    query: comparisonQuery,
    response: comparison,
    problems: [...workProblems, "process.not-found"],
  },
  relatedProcesses: {
    ...get,
    path: "/api/v1/processes/:key/related-processes",
    summary: "Related processes without alerts",
    query: pageQuery,
    response: relatedProcesses,
    problems: ["process.not-found", "request.invalid-cursor"],
  },
  chooseParent: {
    ...put,
    edits: "process",
    access: "triage",
    path: "/api/v1/processes/:key/parent",
    summary: "Choose another of the possible parents of a process, or revert to the computed one",
    body: chooseParentRequest,
    response: parentChange,
    problems: ["process.not-found", "parent.not-a-candidate", "parent.not-chosen", "parent.cycle"],
  },
} as const satisfies Readonly<Record<string, Route>>;
