import { changeStream, changesQuery } from "../changes.ts";
import { get, type Route } from "./route.ts";

/** What others change, as server-sent events. Not in the route table: its response never ends. */
export const changesRoute = {
  ...get,
  path: "/api/v1/changes",
  summary: "What is changed from now on, and who has the same incidents open, as server-sent events",
  query: changesQuery,
  response: changeStream,
  problems: ["changes.too-many-streams", "changes.too-many-own-streams"],
} as const satisfies Route;
