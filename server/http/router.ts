import express, { type Request, type Response, type Router } from "express";
import { type Route, type RouteName, routes } from "#contracts/api";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { accountDisabled, signInRequired } from "../people/refusals.ts";
import type { CallRoute } from "./call-route.ts";
import { callerOf } from "./caller.ts";
import { clientOf, type SessionCookie } from "./client.ts";
import { entityTagOf, expectedBy, isKnown } from "./conditions.ts";
import { signInRequiredFor } from "./identify.ts";
import { pathParametersOf } from "./path-parameters.ts";
import { sendProblem } from "./problem.ts";
import { queryReader } from "./query.ts";

export type { Handlers } from "./call-route.ts";

/**
 * The router of the route table: reads each request, calls its route and sends the result. `isDisabled`: whether the
 * session with a secret ended because its person was disabled.
 */
export function apiRouter(
  calls: Readonly<Record<RouteName, CallRoute>>,
  cookie: SessionCookie,
  isDisabled: (secret: string) => boolean,
): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const methods = new Map<string, string[]>();
  for (const name of Object.keys(routes) as RouteName[]) {
    const { method, path } = routes[name];
    router[method](path, endpoint(routes[name], calls[name], cookie, isDisabled));
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

function endpoint(route: Route, call: CallRoute, cookie: SessionCookie, isDisabled: (secret: string) => boolean) {
  const readQuery = queryReader(route.query);
  return async (request: Request, response: Response): Promise<void> => {
    const client = clientOf(request, response, cookie);
    const result = await call({
      caller: callerOf(response),
      client,
      signal: whileWaitedFor(response),
      params: { ...request.params },
      query: readQuery(request.query),
      expected: expectedBy(route, request.headers),
      body: bodyOf(request),
    });
    if (response.destroyed) {
      return;
    }
    if (!result.ok) {
      const { problem, errors } = result.error;
      if (problem !== signInRequired) {
        return sendProblem(response, problem, errors);
      }
      const wasDisabled = client.session !== undefined && isDisabled(client.session);
      return sendProblem(response, wasDisabled ? accountDisabled : signInRequiredFor(request));
    }
    const tag = entityTagOf(result.value);
    response.set({ "Cache-Control": "no-store", ETag: tag });
    if (isKnown(request.headers["if-none-match"], tag)) {
      response.status(304).end();
    } else if (result.value.file === undefined) {
      response.type("application/json").send(result.value.text);
    } else {
      const { name, type, bytes } = result.value.file;
      response.set("Content-Disposition", `attachment; filename="${name}"`).type(type);
      response.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    }
  };
}

/** Aborts when the connection closes before the response is complete. */
function whileWaitedFor(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) {
      controller.abort();
    }
  });
  return controller.signal;
}

function bodyOf(request: Request): Result<unknown, RequestProblem> {
  if (request.method === "GET" || request.method === "HEAD") {
    return ok({});
  }
  return request.is("application/json")
    ? ok(request.body)
    : fail({ code: "request.unsupported-media-type", message: "The body must be application/json" });
}
