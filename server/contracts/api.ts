import type { z } from "zod";
import { alertRoutes } from "./routes/alerts.ts";
import { batchRoutes } from "./routes/batches.ts";
import { entityRoutes } from "./routes/entities.ts";
import { eventRoutes } from "./routes/events.ts";
import { exceptionRoutes } from "./routes/exceptions.ts";
import { incidentRoutes } from "./routes/incidents.ts";
import { lineageRoutes } from "./routes/lineage.ts";
import { peopleRoutes } from "./routes/people.ts";
import { playbookRoutes } from "./routes/playbooks.ts";
import { proposalRoutes } from "./routes/proposals.ts";
import type { Route } from "./routes/route.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { savedViewRoutes } from "./routes/saved-views.ts";
import { valueListRoutes } from "./routes/value-lists.ts";
import { workbenchRoutes } from "./routes/workbench.ts";

export type { Route } from "./routes/route.ts";

/** The API by subject, as docs/api.md and the OpenAPI document group it. */
export const subjects = {
  Workbench: {
    description: "Who is signed in, what was ingested, and what was changed.",
    routes: workbenchRoutes,
  },
  Alerts: {
    description: "The queue, and single alerts.",
    routes: alertRoutes,
  },
  Incidents: {
    description: "The alerts of one activity together: status, questions, assignee, tags, comments and history.",
    routes: incidentRoutes,
  },
  Batches: {
    description: "Changes of many incidents or alerts at once, with progress and undo.",
    routes: batchRoutes,
  },
  Lineage: {
    description: "Processes and the graphs around them.",
    routes: lineageRoutes,
  },
  Events: {
    description: "Stored events, and searches over them.",
    routes: eventRoutes,
  },
  "Saved views": {
    description: "Searches and filtered lists under a name, shared by everybody.",
    routes: savedViewRoutes,
  },
  Playbooks: {
    description: "The playbook of an alert: queries, suggestions, answers and checklists.",
    routes: playbookRoutes,
  },
  Proposals: {
    description: "Answers and exceptions that were put forward for a person to decide.",
    routes: proposalRoutes,
  },
  Exceptions: {
    description: "Expected activity that raises no alerts: drafts, dry runs and saved exceptions.",
    routes: exceptionRoutes,
  },
  "Value lists": {
    description: "Values that exceptions refer to by the id of their list.",
    routes: valueListRoutes,
  },
  Entities: {
    description: "Hosts, users and logon sessions.",
    routes: entityRoutes,
  },
  Rules: {
    description: "Loaded rules, their versions, folders and drafts, and runs over the stored events.",
    routes: ruleRoutes,
  },
  People: {
    description: "Signing in, one's own account, and people and service tokens for administrators.",
    routes: peopleRoutes,
  },
} as const satisfies Readonly<Record<string, { description: string; routes: Readonly<Record<string, Route>> }>>;

/** Every route of the API by its name. */
export const routes = {
  ...workbenchRoutes,
  ...alertRoutes,
  ...incidentRoutes,
  ...batchRoutes,
  ...lineageRoutes,
  ...eventRoutes,
  ...savedViewRoutes,
  ...valueListRoutes,
  ...playbookRoutes,
  ...proposalRoutes,
  ...exceptionRoutes,
  ...entityRoutes,
  ...ruleRoutes,
  ...peopleRoutes,
};

export type RouteName = keyof typeof routes;
export type RouteResponse<N extends RouteName> = z.infer<(typeof routes)[N]["response"]>;
export type RouteQuery<N extends RouteName> = z.input<(typeof routes)[N]["query"]>;
export type RouteBody<N extends RouteName> = z.input<(typeof routes)[N]["body"]>;
