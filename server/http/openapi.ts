import { z } from "zod";
import { type Route, routes } from "#contracts/api";
import { problemDetails } from "#contracts/problem";

type Json = Readonly<Record<string, unknown>>;

const objectSchema = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

/** Names of the `:parameters` in a path of the route table. */
export function parametersOf(path: string): readonly string[] {
  return [...path.matchAll(/:([a-z]+)/g)].map((match) => match[1] ?? "");
}

function operation(name: string, route: Route): Json {
  const query = objectSchema.parse(schemaOf(route.query, "input"));
  const problem = {
    description: "Refused",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return {
    operationId: name,
    summary: route.summary,
    parameters: [
      ...parametersOf(route.path).map((parameter) => ({
        name: parameter,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      ...Object.entries(query.properties).map(([parameter, schema]) => ({
        name: parameter,
        in: "query",
        required: query.required.includes(parameter),
        schema,
        explode: true,
      })),
    ],
    ...(route.method === "get"
      ? {}
      : {
          requestBody: { required: true, content: { "application/json": { schema: schemaOf(route.body, "input") } } },
        }),
    responses: {
      200: { description: "Done", content: { "application/json": { schema: schemaOf(route.response, "output") } } },
      default: problem,
    },
    ...(route.changes ? { description: "Changes something: leaves an audit record; needs an Origin header." } : {}),
  };
}

/** The OpenAPI 3.1 document of the route table. */
export function openApi(version: string, cookieName: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:([a-z]+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Stemma", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    security: [{ session: [] }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemDetails, "output") },
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: cookieName } },
    },
  };
}
