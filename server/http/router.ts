import express, { type Request, type Response, type Router } from "express";
import { z } from "zod";
import type { Actor } from "#contracts/actor";
import { type Route, type RouteName, type RouteResponse, routes } from "#contracts/api";
import type { RequestProblem } from "#contracts/problem";
import { permits, type RouteAccess } from "#contracts/roles";
import { problemsOf } from "#contracts/routes/route";
import type { Result } from "../lib/result.ts";
import { type Caller, callerOf } from "./caller.ts";
import { pathParametersOf } from "./path-parameters.ts";
import { sendInvalid, sendProblem, signInRequired } from "./problem.ts";
import { queryReader } from "./query.ts";

type Parameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Parameters<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** The input of a handler, parsed by the schemas of its route. */
export interface RouteCall<N extends RouteName> {
  readonly params: Readonly<Record<Parameters<(typeof routes)[N]["path"]>, string>>;
  readonly query: z.output<(typeof routes)[N]["query"]>;
  readonly body: z.output<(typeof routes)[N]["body"]>;
  /** Who makes the request, as the history and the audit trail record it. */
  readonly actor: Actor;
  /** Absent only on public routes. */
  readonly caller: Caller | undefined;
}

export type Handler<N extends RouteName> = (
  call: RouteCall<N>,
) => Promise<Result<DeepReadonly<RouteResponse<N>>, RequestProblem>>;
export type Handlers = { readonly [N in RouteName]: Handler<N> };

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

type AnyHandler = (call: unknown) => Promise<Result<unknown, RequestProblem>>;

// A parameter is a key, an id or a name: this is long enough for those and bounds the rest.
const parameter = z.string().min(1).max(2000);

/**
 * The router of the route table, and the one place that enforces who may use which route. It parses path, query and
 * body, calls the handler and sends its result. With `checkResponses` (development and tests) responses and refusals
 * are checked as well: one that its route does not declare is a bug.
 */
export function apiRouter(handlers: Handlers, checkResponses: boolean): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const methods = new Map<string, string[]>();
  for (const name of Object.keys(routes) as RouteName[]) {
    const { method, path } = routes[name];
    router[method](path, endpoint(routes[name], handlers[name] as AnyHandler, checkResponses));
    methods.set(path, [...(methods.get(path) ?? []), ...(method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])]);
  }
  // Literal paths first: `/rules/reload` also matches `/rules/:id`.
  const paths = [...methods].sort(([left], [right]) => pathParametersOf(left).length - pathParametersOf(right).length);
  for (const [path, allowed] of paths) {
    router.all(path, (request, response) => {
      const allow = allowed.join(", ");
      const message = `${request.method} is not allowed here; allowed: ${allow}`;
      sendProblem(response.set("Allow", allow), { code: "request.method-not-allowed", message });
    });
  }
  return router;
}

/** The actor of public routes, which record nothing under it. */
const nobody: Actor = { name: "nobody" };

function accessDenied(access: RouteAccess): RequestProblem {
  return {
    code: "access.denied",
    message: `This needs the permission "${access}", which your role or token does not include`,
    remedy: "Ask an administrator for another role.",
  };
}

function endpoint(route: Route, handler: AnyHandler, checkResponses: boolean) {
  const readQuery = queryReader(route.query);
  const querySchema = route.query instanceof z.ZodObject ? route.query.strict() : route.query;
  const paramsSchema = z.object(Object.fromEntries(pathParametersOf(route.path).map((name) => [name, parameter])));
  return async (request: Request, response: Response): Promise<void> => {
    const caller = callerOf(response);
    if (!permits(caller?.permissions, route.access)) {
      return sendProblem(response, caller === undefined ? signInRequired : accessDenied(route.access));
    }
    const params = paramsSchema.safeParse({ ...request.params });
    if (!params.success) {
      return sendInvalid(response, params.error, "path");
    }
    const query = querySchema.safeParse(readQuery(request.query));
    if (!query.success) {
      return sendInvalid(response, query.error, "query");
    }
    if (route.method !== "get" && !request.is("application/json")) {
      return sendProblem(response, {
        code: "request.unsupported-media-type",
        message: "The body must be application/json",
      });
    }
    const body = route.body.safeParse(route.method === "get" ? {} : request.body);
    if (!body.success) {
      return sendInvalid(response, body.error, "body");
    }
    const result = await handler({
      params: params.data,
      query: query.data,
      body: body.data,
      caller,
      actor: caller?.actor ?? nobody,
    });
    if (!result.ok) {
      const { code } = result.error;
      if (checkResponses && !problemsOf(route).includes(code)) {
        throw new Error(`${route.path} refuses a request with ${code}, which its route does not list`);
      }
      return sendProblem(response, result.error);
    }
    const text = JSON.stringify(result.value);
    if (checkResponses) {
      // `parse` throws: a response that breaks its own contract is a bug, not an expected failure.
      route.response.parse(JSON.parse(text));
    }
    response.set("Cache-Control", "no-store").type("application/json").send(text);
  };
}
