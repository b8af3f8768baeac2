import type { z } from "zod";
import {
  type Route,
  type RouteBody,
  type RouteName,
  type RouteQuery,
  type RouteResponse,
  routes,
} from "#contracts/api";
import { problemDetails } from "#contracts/problem";
import { requestProblemCode } from "#contracts/problem-codes";
import { readsResumed } from "./paused-reads.ts";

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
  status === 401 && (code === undefined || code === "sign-in.required" || code === "sign-in.disabled");

export interface RequestOptions<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: RouteQuery<N>;
  readonly body?: RouteBody<N>;
  readonly signal?: AbortSignal;
  /** The read that shows what this change edits: it is refused if that has changed since (docs/decisions/0042). */
  readonly seen?: Seen;
}

/** A read by its route and path parameters. */
export interface Read {
  readonly name: RouteName;
  readonly params?: Readonly<Record<string, string>>;
}

/** A read with what was seen of it; without a tag, the latest response counts. */
export interface Seen extends Read {
  readonly tag?: string | undefined;
}

/** What the latest response to a read has shown. */
export function seenNow(read: Read): Seen {
  return { name: read.name, ...(read.params && { params: read.params }), tag: tags.get(tagKey(read)) };
}

/** Reads whose entity tags are kept; the oldest is dropped first. A change without one is made in any case. */
const mostTags = 500;
const tags = new Map<string, string>();

function tagKey({ name, params }: Read): string {
  return JSON.stringify([name, params ?? {}]);
}

function keepTag(read: Read, tag: string | null): void {
  const key = tagKey(read);
  tags.delete(key);
  if (tag !== null) {
    tags.set(key, tag);
  }
  const [oldest] = tags.keys();
  if (tags.size > mostTags && oldest !== undefined) {
    tags.delete(oldest);
  }
}

function headersOf({ method, file }: Route, seen: Seen | undefined): Readonly<Record<string, string>> {
  const tag = seen === undefined ? undefined : (seen.tag ?? tags.get(tagKey(seen)));
  return {
    accept: [...(file ?? ["application/json"]), "application/problem+json"].join(", "),
    ...(method === "get" ? {} : { "content-type": "application/json" }),
    ...(tag === undefined ? {} : { "if-match": tag }),
  };
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

/** Calls a route. Throws `RequestError` if it is refused. */
async function respond<N extends RouteName>(name: N, options: RequestOptions<N>): Promise<Response> {
  const route: Route = routes[name];
  if (route.method === "get" && route.access !== "public") {
    await readsResumed();
    options.signal?.throwIfAborted();
  }
  const url = pathOf(route.path, options.params ?? {}) + queryText(options.query ?? {});
  const response = await fetch(url, {
    method: route.method.toUpperCase(),
    signal: options.signal,
    headers: headersOf(route, options.seen),
    body: route.method === "get" ? undefined : JSON.stringify(options.body ?? {}),
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") {
      throw cause;
    }
    throw new RequestError({
      title: "Server not reachable",
      status: 0,
      detail: `Check that the Stemma server is running.${route.method === "get" ? "" : " Your input is kept."}`,
    });
  });
  if (!response.ok) {
    const refused = await refusal(response);
    if (options.seen !== undefined && refused.details.conflict !== undefined) {
      // The conflict is shown, so sending the change again means it.
      keepTag(options.seen, refused.details.conflict.current);
    }
    throw refused;
  }
  return response;
}

/** A file of a route that answers with one, under the name that the server gives it. */
export async function requestFile<N extends RouteName>(
  name: N,
  options: RequestOptions<N> = {},
): Promise<{ readonly name: string; readonly text: string }> {
  const response = await respond(name, options);
  const [, given] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "") ?? [];
  return { name: given ?? name, text: await response.text() };
}

/** Calls a route and checks the response against its schema. Throws `RequestError`. */
export async function request<N extends RouteName>(
  name: N,
  options: RequestOptions<N> = {},
): Promise<RouteResponse<N>> {
  const route: (typeof routes)[N] & Route = routes[name];
  const response = await respond(name, options);
  const parsed = route.response.safeParse(await response.json());
  if (!parsed.success) {
    throw new RequestError({
      title: "Unexpected server response",
      status: 502,
      detail: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    });
  }
  const read = route.method === "get" ? { name, params: options.params } : options.seen;
  if (route.edits !== undefined && read !== undefined) {
    // The response to a change shows the new state of what the read showed.
    keepTag(read, response.headers.get("etag"));
  }
  // The type is inferred from the schema that was just checked.
  return parsed.data as RouteResponse<N>;
}
