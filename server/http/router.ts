import express, { type Router } from "express";
import { z } from "zod";
import { type Route, type RouteName, type RouteResponse, routes } from "#contracts/api";
import type { Result } from "../lib/result.ts";
import { parametersOf } from "./openapi.ts";
import { type ApiError, apiError, sendProblem, validationError } from "./problem.ts";
import { queryReader } from "./query.ts";

type Parameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Parameters<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a handler gets: everything was checked against the schemas of its route. */
export interface RouteCall<N extends RouteName> {
  readonly params: Readonly<Record<Parameters<(typeof routes)[N]["path"]>, string>>;
  readonly query: z.output<(typeof routes)[N]["query"]>;
  readonly body: z.output<(typeof routes)[N]["body"]>;
  readonly actor: string;
}

export type Handler<N extends RouteName> = (call: RouteCall<N>) => Promise<Result<Deep<RouteResponse<N>>, ApiError>>;
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** The inside passes readonly values; the wire does not care. */
type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Deep<T[Key]> }
    : T;

// A parameter is a key, an id or a name: long enough for those, too short to be a burden.
const parameter = z.string().min(1).max(2000);

/**
 * The router of the whole table: checks path, query and body, calls the handler, sends its answer. With `checkAnswers`,
 * answers are held against their schema as well (development and tests); an answer that does not fit is a bug.
 */
export function apiRouter(handlers: Handlers, actor: string, checkAnswers: boolean): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const name of Object.keys(routes) as RouteName[]) {
    mount(
      router,
      routes[name],
      handlers[name] as (call: unknown) => Promise<Result<unknown, ApiError>>,
      actor,
      checkAnswers,
    );
  }
  return router;
}

function mount(
  router: Router,
  route: Route,
  handler: (call: unknown) => Promise<Result<unknown, ApiError>>,
  actor: string,
  checkAnswers: boolean,
): void {
  const readQuery = queryReader(route.query);
  const querySchema = route.query instanceof z.ZodObject ? route.query.strict() : route.query;
  const paramsSchema = z.object(Object.fromEntries(parametersOf(route.path).map((name) => [name, parameter])));
  router[route.method](route.path, async (request, response) => {
    const params = paramsSchema.safeParse({ ...request.params });
    if (!params.success) {
      return sendProblem(response, validationError(params.error, "path"));
    }
    const query = querySchema.safeParse(readQuery(request.query));
    if (!query.success) {
      return sendProblem(response, validationError(query.error, "query"));
    }
    if (route.method !== "get" && !request.is("application/json")) {
      return sendProblem(response, apiError(415, "The body must be application/json."));
    }
    const body = route.body.safeParse(route.method === "get" ? {} : request.body);
    if (!body.success) {
      return sendProblem(response, validationError(body.error, "body"));
    }
    const answer = await handler({ params: params.data, query: query.data, body: body.data, actor });
    if (!answer.ok) {
      return sendProblem(response, answer.error);
    }
    if (checkAnswers) {
      // `parse` throws: an answer that breaks its own contract is a bug, not an expected failure.
      route.response.parse(JSON.parse(JSON.stringify(answer.value)));
    }
    response.set("Cache-Control", "no-store").type("application/json");
    response.send(JSON.stringify(answer.value));
  });
}
