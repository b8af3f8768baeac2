import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import type { RouteName, RouteResponse } from "#contracts/api";
import { fail, ok } from "../lib/result.ts";
import type { Api, ApiCall, ApiRefusal } from "../mcp/api.ts";
import { mcpServer } from "../mcp/server.ts";
import { answerMcpRequest } from "../mcp/streamable-http.ts";
import type { CallRoute, RouteAnswer, RouteRefusal } from "./call-route.ts";
import { type Caller, callerOf } from "./caller.ts";
import { expectedProblem } from "./error-handler.ts";
import { authorityOf } from "./forwarding.ts";
import { sendProblem } from "./problem.ts";
import { requestIdOf } from "./request-log.ts";
import { crossOriginReason } from "./same-origin.ts";

/**
 * Lets only programs with a service token pass: a cookie does not count here, so no page in a browser can use the
 * session of a person. What a token may do is decided by the routes that the tools call.
 */
export function mcpGuard(): RequestHandler {
  return (request, response, next) => {
    const { origin, "sec-fetch-site": site } = request.headers;
    const fromBrowser = origin !== undefined || site !== undefined;
    const reason = fromBrowser ? crossOriginReason({ ...request.headers, host: authorityOf(request) }) : undefined;
    if (reason !== undefined) {
      return sendProblem(response, { code: "request.cross-origin", message: reason });
    }
    if (callerOf(response)?.actor.origin.method !== "token") {
      return sendProblem(response.set("WWW-Authenticate", 'Bearer realm="stemma"'), {
        code: "sign-in.required",
        message: "The MCP server needs a service token that is valid",
        remedy: "Send it as `Authorization: Bearer …`. An administrator creates one.",
      });
    }
    if (request.method !== "POST") {
      return sendProblem(response.set("Allow", "POST"), {
        code: "request.method-not-allowed",
        message: "The MCP server keeps no sessions and opens no streams: send POST",
      });
    }
    next();
  };
}

/** The MCP server over streamable HTTP. Its tools call the routes of this process, as the caller of the request. */
export function mcpEndpoint(
  calls: Readonly<Record<RouteName, CallRoute>>,
  { version, log }: { readonly version: string; readonly log: Logger },
): RequestHandler {
  return async (request: Request, response: Response) => {
    if (Array.isArray(request.body)) {
      return sendProblem(response, { code: "request.malformed", message: "Send one message, not a batch" });
    }
    const onError = (error: unknown) => log.error({ event: "mcp.failed", id: requestIdOf(response), err: error });
    const api = routesApi(calls, callerOf(response), onError);
    response.set("Cache-Control", "no-store");
    await answerMcpRequest(request, response, request.body, (client) => mcpServer({ api, version, client, onError }));
  };
}

function routesApi(
  calls: Readonly<Record<RouteName, CallRoute>>,
  caller: Caller | undefined,
  onError: (error: unknown) => void,
): Api {
  return {
    async call<N extends RouteName>(name: N, call: ApiCall<N>, signal?: AbortSignal) {
      const { params = {}, query, body } = call;
      try {
        const result = await calls[name]({ caller, signal, params, query: query ?? {}, body: ok(body ?? {}) });
        // The route wrote it, so it has the type of the response.
        return result.ok ? ok(contentOf(result.value) as RouteResponse<N>) : fail(refusalOf(result.error));
      } catch (error) {
        const problem = expectedProblem(error);
        if (problem === undefined) {
          onError(error);
          return fail({ code: "server.internal-error", detail: "The log of the server has the details." });
        }
        return fail(refusalOf({ problem }));
      }
    },
  };
}

function contentOf(answer: RouteAnswer): unknown {
  return answer.file === undefined ? JSON.parse(answer.text) : Buffer.from(answer.file.bytes).toString();
}

function refusalOf({ problem, errors = [] }: RouteRefusal): ApiRefusal {
  const { code, message, remedy } = problem;
  const fields = errors.map((error) => `${error.field}: ${error.message}`);
  return { code, detail: [message, remedy, ...fields].filter(Boolean).map(asSentence).join(" ") };
}

function asSentence(text = ""): string {
  return `${text.replace(/\.$/, "")}.`;
}
