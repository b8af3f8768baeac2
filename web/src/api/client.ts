import type { z } from "zod";
import { type RouteBody, type RouteName, type RouteQuery, type RouteResponse, routes } from "#contracts/api";
import { problemDetails } from "#contracts/problem";
import { requestProblemCode } from "#contracts/problem-codes";

/**
 * What is known of a failed request. Problems that the browser finds itself have no code, and neither have those of a
 * proxy or of a newer server with codes unknown here.
 */
const failureDetails = problemDetails.partial({ type: true }).extend({
  code: requestProblemCode.optional().catch(undefined),
});
export type FailureDetails = Readonly<z.infer<typeof failureDetails>>;

/** A refused or failed request, with what a person needs: the cause, the field, and whether trying again can help. */
export class RequestError extends Error {
  readonly details: FailureDetails;

  constructor(details: FailureDetails) {
    super(details.detail ?? details.title);
    this.name = "RequestError";
    this.details = details;
  }
}

export interface RequestOptions<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: RouteQuery<N>;
  readonly body?: RouteBody<N>;
  readonly signal?: AbortSignal;
}

function pathOf(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function queryText(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) {
        search.append(name, String(item));
      }
    }
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

async function refusal(response: Response): Promise<RequestError> {
  const parsed = failureDetails.safeParse(await response.json().catch(() => undefined));
  return new RequestError(
    parsed.success ? parsed.data : { title: response.statusText || "The server refused", status: response.status },
  );
}

/** Calls one route of the table; the answer is checked against its schema. Throws `RequestError`. */
export async function request<N extends RouteName>(
  name: N,
  options: RequestOptions<N> = {},
): Promise<RouteResponse<N>> {
  const route = routes[name];
  const url = pathOf(route.path, options.params ?? {}) + queryText(options.query ?? {});
  const response = await fetch(url, {
    method: route.method.toUpperCase(),
    signal: options.signal,
    headers:
      route.method === "get"
        ? { accept: "application/json" }
        : { accept: "application/json", "content-type": "application/json" },
    body: route.method === "get" ? undefined : JSON.stringify(options.body ?? {}),
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") {
      throw cause;
    }
    throw new RequestError({
      title: "The server does not answer",
      status: 0,
      detail: "Stemma's server cannot be reached. Is it still running? What you typed is kept here.",
    });
  });
  if (!response.ok) {
    throw await refusal(response);
  }
  const parsed = route.response.safeParse(await response.json());
  if (!parsed.success) {
    throw new RequestError({
      title: "The answer of the server was not understood",
      status: 502,
      detail: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    });
  }
  // The schema that was just checked is the one that the type is inferred from.
  return parsed.data as RouteResponse<N>;
}
