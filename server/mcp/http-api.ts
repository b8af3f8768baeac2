import type { z } from "zod";
import { type Route, type RouteName, type RouteResponse, routes } from "#contracts/api";
import { problemDetails } from "#contracts/problem";
import { parseJson } from "../lib/parse-json.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Api, ApiCall, ApiRefusal } from "./api.ts";

export interface HttpApiOptions {
  /** The address of the server, such as `https://stemma.example`. */
  readonly url: string;
  /** The secret of a service token. */
  readonly token: string;
  readonly fetch?: typeof fetch;
}

/** The API of a server over HTTP, with a service token. Redirects are not followed: they would leak the token. */
export function httpApi({ url, token, fetch: send = fetch }: HttpApiOptions): Api {
  return {
    async call<N extends RouteName>(name: N, call: ApiCall<N>, signal?: AbortSignal) {
      const route: Route = routes[name];
      const [dots] =
        Object.entries<unknown>(call.params ?? {}).find(([, value]) => value === "." || value === "..") ?? [];
      if (dots !== undefined) {
        // As part of an address these lead to another route, however they are encoded.
        return fail({ code: "request.invalid", detail: `${dots}: nothing has this id.` });
      }
      const isRead = route.method === "get";
      let response: Response;
      let text: string;
      try {
        response = await send(addressOf(url, route, call), {
          method: route.method.toUpperCase(),
          headers: {
            accept: "application/json",
            authorization: `Bearer ${token}`,
            ...(isRead ? {} : { "content-type": "application/json" }),
          },
          body: isRead ? undefined : JSON.stringify(call.body ?? {}),
          redirect: "error",
          signal,
        });
        text = await response.text();
      } catch (error) {
        return fail(unreachable(url, error));
      }
      // The schema of the route is that of its response.
      const schema = route.response as z.ZodType<RouteResponse<N>>;
      return response.ok ? readResponse(schema, url, text) : fail(refusalOf(response, url, text));
    },
  };
}

function addressOf(url: string, { path }: Route, { params = {}, query = {} }: ApiCall<RouteName>): URL {
  const filled = path.replace(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const address = new URL(`${url.replace(/\/+$/, "")}${filled}`);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) {
      address.searchParams.append(name, String(one));
    }
  }
  return address;
}

function readResponse<T>(schema: z.ZodType<T>, url: string, text: string): Result<T, ApiRefusal> {
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success ? ok(parsed.data) : fail(unexpected(url, "a response that this version does not know"));
}

function refusalOf(response: Response, url: string, text: string): ApiRefusal {
  const problem = problemDetails.safeParse(parseJson(text));
  if (!problem.success) {
    return unexpected(url, `status ${response.status} without a problem`);
  }
  const { code, detail = "", errors = [] } = problem.data;
  const fields = errors.map((error) => `${error.field}: ${error.message}`);
  return { code, detail: [detail, ...fields].join(" ") };
}

function unexpected(url: string, what: string): ApiRefusal {
  return {
    code: "server.unexpected-response",
    detail: `${url} answered with ${what}. Is it a Stemma server of the same version?`,
  };
}

/** `fetch` names the reason only in the cause of its error. */
function unreachable(url: string, error: unknown): ApiRefusal {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return { code: "server.unreachable", detail: `${url}: ${reason}` };
}
