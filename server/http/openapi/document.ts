import { z } from "zod";
import { type Route, type RouteName, routes, subjects } from "#contracts/api";
import { permits, scopePermissions } from "#contracts/roles";
import { changesRoute } from "#contracts/routes/changes";
import { pathParametersOf } from "../path-parameters.ts";
import { changesExample, lastEventId, streamResponse } from "./changes.ts";
import { examples } from "./examples/all.ts";
import type { Example } from "./examples/example.ts";
import { refusalsOf } from "./refusals.ts";
import { componentsFor, type Json, referenceTo, requestSchemaOf } from "./schemas.ts";

/** The OpenAPI 3.1 document of the route table, for a server whose session cookie has this name. */
export function openApi(version: string, cookieName: string): Json {
  const operations = [
    ...Object.entries(subjects).flatMap(([tag, subject]) =>
      Object.keys(subject.routes).map((name) => operationOf(name as RouteName, tag)),
    ),
    streamOperation(),
  ];
  const paths: Record<string, Record<string, Json>> = {};
  for (const { path, method, operation } of operations) {
    paths[path] = { ...paths[path], [method]: operation };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Stemma",
      version,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      description:
        "The HTTP API of the workbench. Requests other than GET that are made with a session need an `Origin` header " +
        "with the server's own address. " +
        "Times are ISO 8601 in UTC. Lists that come in pages have `next`: the `cursor` of the next page.",
    },
    servers: [{ url: "/", description: "The server that this document comes from" }],
    tags: Object.entries(subjects).map(([name, { description }]) => ({ name, description })),
    security: [{ session: [] }, { token: [] }],
    paths,
    components: {
      schemas: componentsFor(
        operations.map(({ operation }) => [operation["parameters"], operation["requestBody"]]),
        operations.map(({ operation }) => operation["responses"]),
      ),
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: cookieName,
          description:
            "Set by signing in. The name ends in the configured port, because browsers share cookies between the " +
            "ports of a host.",
        },
        token: {
          type: "http",
          scheme: "bearer",
          description: "A service token, made by an administrator. Its scopes decide which routes it may use.",
        },
      },
    },
  };
}

interface Operation {
  readonly path: string;
  readonly method: Route["method"];
  readonly operation: Json;
}

function operationOf(name: RouteName, tag: string): Operation {
  const route: Route = routes[name];
  const example: Example<Route> = examples[name];
  return {
    path: route.path.replace(/:([a-z]+)/g, "{$1}"),
    method: route.method,
    operation: {
      operationId: name,
      tags: [tag],
      summary: route.summary,
      ...(route.changes ? { description: "Leaves an audit record." } : {}),
      ...securityOf(route),
      parameters: [...pathParameters(route, example), ...queryParameters(route, example), ...conditionHeaders(route)],
      ...(route.method === "get"
        ? {}
        : {
            requestBody: {
              required: true,
              content: { "application/json": { schema: referenceTo(route.body), example: example.body } },
            },
          }),
      responses: {
        200: {
          description: "Done",
          headers: { ETag: { description: entityTagDescription(route), schema: { type: "string" } } },
          content: Object.fromEntries(
            (route.file ?? ["application/json"]).map((type) => [
              type,
              { schema: referenceTo(route.response), example: example.response },
            ]),
          ),
        },
        ...(route.method === "get"
          ? { 304: { description: "The response has not changed since that of `If-None-Match`." } }
          : {}),
        ...refusalsOf(route),
      },
    },
  };
}

/** The route whose response never ends. */
function streamOperation(): Operation {
  const { path, method, summary } = changesRoute;
  return {
    path,
    method,
    operation: {
      operationId: "changes",
      tags: ["Workbench"],
      summary,
      parameters: [...queryParameters(changesRoute, changesExample), lastEventId],
      responses: { 200: streamResponse, ...refusalsOf(changesRoute) },
    },
  };
}

/** Where it differs from the document's: nobody has to sign in to sign in, and some routes are for people only. */
function securityOf({ access }: Route): Json {
  if (access === "public") {
    return { security: [] };
  }
  const forTokens = Object.values(scopePermissions).some((held) => permits({ permissions: new Set(held) }, access));
  return forTokens ? {} : { security: [{ session: [] }] };
}

function conditionHeaders(route: Route): readonly Json[] {
  const header = (name: string, description: string): Json => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  if (route.method === "get") {
    return [header("If-None-Match", "The `ETag` of an earlier response: if it is still the same, the answer is 304.")];
  }
  return route.changes && route.edits !== undefined
    ? [header("If-Match", "The `ETag` of what was seen: if it was changed since, the change is refused with 409.")]
    : [];
}

function entityTagDescription({ edits }: Route): string {
  return edits === undefined ? "Of this response." : "Of this response; it has the version for `If-Match`.";
}

/** What the parameter after a segment of a path names. */
const parameterDescriptions: Readonly<Record<string, string>> = {
  alerts: "Id of an alert",
  attachments: "SHA-256 of the text, as attachments name it",
  batches: "Id of a batch",
  checklist: "Id of a checklist item",
  events: "Id of an event",
  exceptions: "Id of an exception",
  hosts: "Name of a host",
  passkeys: "Id of a passkey",
  people: "Id of a person",
  playbooks: "Id of a playbook; `guide-` and the id of a rule for its guide",
  processes: "Key of a process",
  proposals: "Id of a proposal",
  "saved-views": "Id of a saved view",
  "value-lists": "Id of a value list",
  deliveries: "Id of a delivery",
  queries: "Id of a query of the playbook",
  versions: "Number of the audit record with which it was saved",
  "rule-runs": "Id of a run",
  work: "Id of the work",
  rules: "Id of a rule",
  "service-tokens": "Id of a service token",
  sessions: "Key of a logon session",
  "sign-in-sessions": "Id of a sign-in session",
  steps: "Id of a step of the playbook",
  users: "Key of a user",
  incidents: "Key of an incident, as alerts and the queue name it",
  questions: "Id of a question of the incident",
};

function pathParameters({ path }: Route, { params = {} }: Example<Route>): readonly Json[] {
  const segments = path.split("/");
  return pathParametersOf(path).map((name) => ({
    name,
    in: "path",
    required: true,
    description: parameterDescriptions[segments[segments.indexOf(`:${name}`) - 1] ?? ""],
    schema: { type: "string" },
    example: params[name],
  }));
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
});

function queryParameters(route: Route, example: Example<Route>): readonly Json[] {
  const { properties, required } = objectSchema.parse(requestSchemaOf(route.query));
  const values = z.record(z.string(), z.unknown()).parse(example.query ?? {});
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    description,
    schema,
    explode: true,
    example: values[name],
  }));
}
