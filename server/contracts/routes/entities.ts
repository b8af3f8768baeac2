import { z } from "zod";
import { pageQuery } from "../page.ts";
import { hostList, hostPage, sessionPage, userList, userPage } from "../pivot.ts";
import { get, type Route, workProblems } from "./route.ts";

export const entityRoutes = {
  hosts: {
    ...get,
    path: "/api/v1/hosts",
    summary: "Hosts by page, the highest risk first",
    query: pageQuery,
    response: hostList,
    problems: [...workProblems, "request.invalid-cursor"],
  },
  host: {
    ...get,
    path: "/api/v1/hosts/:key",
    summary: "One host: alerts, logons, sessions, processes, risk and coverage",
    response: hostPage,
    problems: [...workProblems, "host.not-found"],
  },
  users: {
    ...get,
    path: "/api/v1/users",
    summary: "Users by page, the highest risk first",
    query: pageQuery,
    response: userList,
    problems: [...workProblems, "request.invalid-cursor"],
  },
  user: {
    ...get,
    path: "/api/v1/users/:key",
    summary: "One user: alerts, logons, sessions, processes and risk",
    query: z.object({
      host: z
        .string()
        .max(500)
        .optional()
        .describe("The host of the record that names the user: SYSTEM of one host is not that of another."),
    }),
    response: userPage,
    problems: [...workProblems, "user.not-found"],
  },
  session: {
    ...get,
    path: "/api/v1/sessions/:key",
    summary: "One logon session: how it was opened, what ran in it, where it led",
    response: sessionPage,
    problems: [...workProblems, "session.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;
