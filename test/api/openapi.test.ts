import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Route, type RouteName, routes, subjects } from "#contracts/api";
import { problemDetails } from "#contracts/problem";
import { problemsOf } from "#contracts/routes/route";
import { examples } from "../../server/http/openapi/examples/all.ts";
import { pathParametersOf } from "../../server/http/path-parameters.ts";
import { problemStatus } from "../../server/http/problem-status.ts";
import { startApi, type TestApi } from "./workbench.ts";

const names = Object.keys(routes) as RouteName[];

const content = z.record(
  z.string(),
  z.object({
    schema: z.object({ $ref: z.string() }),
    example: z.unknown().optional(),
    examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
  }),
);
const operationSchema = z.object({
  operationId: z.string(),
  tags: z.array(z.string()).length(1),
  summary: z.string().regex(/^[A-Z].*[^.]$/),
  parameters: z.array(
    z.object({ name: z.string(), in: z.enum(["path", "query", "header"]), description: z.string().optional() }),
  ),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: content.default({}) })),
});
const documentSchema = z.object({
  openapi: z.literal("3.1.0"),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
    securitySchemes: z.object({
      session: z.object({ type: z.literal("apiKey"), in: z.literal("cookie"), name: z.string() }),
    }),
  }),
});

let api: TestApi;
let text: string;
let document: z.infer<typeof documentSchema>;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
  const response = await request(api.workbench.url).get("/api/v1/openapi.json").set("Cookie", api.cookie);
  text = response.text;
  document = documentSchema.parse(response.body);
});
afterAll(() => api.stop());

const operationOf = (name: RouteName) => {
  const path = routes[name].path.replace(/:([a-z]+)/g, "{$1}");
  return operationSchema.parse(document.paths[path]?.[routes[name].method]);
};

describe("the OpenAPI document", () => {
  it("names the conditions of each route: If-None-Match for reads, If-Match for edits", () => {
    for (const name of names) {
      const { method, changes }: Route = routes[name];
      const edits = (routes[name] as Route).edits;
      const headers = operationOf(name).parameters.filter((parameter) => parameter.in === "header");
      const expected = method === "get" ? ["If-None-Match"] : changes && edits !== undefined ? ["If-Match"] : [];
      expect([name, headers.map((header) => header.name)]).toEqual([name, expected]);
    }
  });

  it("names the cookie that signing in sets", () => {
    expect(document.components.securitySchemes.session.name).toBe(api.cookie.split("=")[0]);
  });

  it("groups the routes by subject", () => {
    expect(document.tags.map(({ name }) => name)).toEqual(Object.keys(subjects));
    for (const [tag, subject] of Object.entries(subjects)) {
      for (const name of Object.keys(subject.routes) as (keyof typeof subject.routes)[]) {
        expect([name, operationOf(name).tags]).toEqual([name, [tag]]);
      }
    }
  });

  it("has a component for every reference, and a reference to every component", () => {
    const referenced = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id));
    expect([...referenced].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
  });

  it("describes every component", () => {
    const bare = Object.entries(document.components.schemas).filter(
      ([, schema]) => schema["description"] === undefined,
    );
    expect(bare.map(([id]) => id)).toEqual([]);
  });

  it.each(names)("lists every parameter and refusal of %s", (name) => {
    const { parameters, responses } = operationOf(name);
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    expect(inPath.map((parameter) => parameter.name)).toEqual(pathParametersOf(routes[name].path));
    expect(inPath.filter(({ description }) => description === undefined)).toEqual([]);
    const codes = Object.entries(responses).flatMap(([status, response]) =>
      Object.keys(response.content["application/problem+json"]?.examples ?? {}).map((code) => [code, Number(status)]),
    );
    expect(codes.toSorted()).toEqual(
      problemsOf(routes[name])
        .map((code) => [code, problemStatus[code]])
        .toSorted(),
    );
  });
});

describe("the examples of the OpenAPI document", () => {
  it.each(names)("%s: fit the schemas of the route", (name) => {
    const { params = {}, query = {}, body, response } = examples[name];
    const route = routes[name];
    expect(Object.keys(params)).toEqual(pathParametersOf(route.path));
    expect((route.query as z.ZodObject).strict().parse(query)).toMatchObject(query);
    expect(body === undefined).toBe(route.method === "get");
    expect(body === undefined ? undefined : route.body.parse(body)).toEqual(
      body === undefined ? undefined : expect.objectContaining(body),
    );
    // Parsing drops fields that a schema does not know.
    const sent = JSON.parse(JSON.stringify(response));
    expect(route.response.parse(sent)).toEqual(sent);
  });

  it.each(names)("%s: are in the document", (name) => {
    const { requestBody, responses } = operationOf(name);
    const { body, response } = examples[name];
    expect(requestBody?.content["application/json"]?.example).toEqual(body);
    const route: Route = routes[name];
    for (const type of route.file ?? ["application/json"]) {
      expect(responses["200"]?.content[type]?.example).toEqual(JSON.parse(JSON.stringify(response)));
    }
    for (const [status, refusal] of Object.entries(responses).filter(([status]) => status !== "200")) {
      for (const [code, { value }] of Object.entries(refusal.content["application/problem+json"]?.examples ?? {})) {
        expect(problemDetails.strict().parse(value)).toMatchObject({ code, status: Number(status) });
      }
    }
  });
});
