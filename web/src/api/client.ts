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

/** A refused or failed request with its problem details: cause, field, status. */
export class RequestError extends Error {
  readonly details: FailureDetails;

  constructor(details: FailureDetails) {
    super(details.detail ?? details.title);
    this.name = "RequestError";
    this.details = details;
  }
}

/** Whether the request was refused because nobody is signed in; a wrong password has the same status. */
export const isSignedOut = ({ details: { status, code } }: RequestError): boolean =>
  status === 401 && (code === undefined || code === "sign-in.required");

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
    parsed.success ? parsed.data : { title: response.statusText || "Request refused", status: response.status },
  );
}

/** Calls a route and checks the response against its schema. Throws `RequestError`. */
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
      title: "Server not reachable",
      status: 0,
      detail: "Check that the Stemma server is running. Your input is kept.",
    });
  });
  if (!response.ok) {
    throw await refusal(response);
  }
  const parsed = route.response.safeParse(await response.json());
  if (!parsed.success) {
    throw new RequestError({
      title: "Unexpected server response",
      status: 502,
      detail: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    });
  }
  // The type is inferred from the schema that was just checked.
  return parsed.data as RouteResponse<N>;
}
