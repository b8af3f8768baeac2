import { decoded, decodeRequest } from "../decoding.ts";
import { eventView, rawRecord } from "../event.ts";
import { huntExportPart, huntExportRequest, huntRequest, huntResult } from "../hunt.ts";
import { ask, get, type Route, workProblems } from "./route.ts";

export const eventRoutes = {
  event: {
    ...get,
    path: "/api/v1/events/:id",
    summary: "One stored event",
    response: eventView,
    problems: ["event.not-found"],
  },
  rawEvent: {
    ...get,
    path: "/api/v1/events/:id/raw",
    summary: "The original record of an event",
    response: rawRecord,
    problems: ["event.not-found"],
  },
  decode: {
    ...ask,
    path: "/api/v1/decode",
    summary: "Decode what is encoded in a command line or a script",
    body: decodeRequest,
    response: decoded,
  },
  hunt: {
    ...ask,
    path: "/api/v1/hunt",
    summary: "Search the stored events",
    body: huntRequest,
    response: huntResult,
    problems: [...workProblems, "query.syntax", "query.not-supported"],
  },
  huntExport: {
    ...ask,
    path: "/api/v1/hunt/export",
    summary: "The events of a search as lines of CSV or NDJSON, part by part",
    body: huntExportRequest,
    response: huntExportPart,
    problems: [...workProblems, "query.syntax", "query.not-supported", "request.invalid-cursor"],
  },
} as const satisfies Readonly<Record<string, Route>>;
