import { z } from "zod";
import type { Actor } from "#contracts/actor";
import { type RouteName, type RouteResponse, routes } from "#contracts/api";
import type { ProblemDetails, RequestProblem } from "#contracts/problem";
import { permits } from "#contracts/roles";
import { problemsOf, type Route } from "#contracts/routes/route";
import { boundCursor, unboundCursor } from "../lib/cursor.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { accessDenied, signInRequired } from "../people/refusals.ts";
import type { Expected, Versioned } from "../store/audit/version.ts";
import { toleratingDamage, unreadableOf } from "../store/damage.ts";
import type { Caller } from "./caller.ts";
import type { Client } from "./client.ts";
import { pathParametersOf } from "./path-parameters.ts";
import { invalidRequest } from "./problem.ts";

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
  /** Absent for calls that do not come by HTTP. */
  readonly client: Client | undefined;
  /** Aborts when nobody waits for the response any more. */
  readonly signal: AbortSignal | undefined;
  /** The states that the client accepts to change; for routes that change what two people can edit. */
  readonly expected: Expected | undefined;
}

/** A file to save. */
export interface FileAnswer {
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** A hash of its content. */
  readonly hash: string;
}

type Answer<N extends RouteName> = (typeof routes)[N] extends { readonly file: readonly string[] }
  ? FileAnswer
  : (typeof routes)[N] extends { readonly edits: string }
    ? Versioned<DeepReadonly<RouteResponse<N>>>
    : DeepReadonly<RouteResponse<N>>;

export type Handler<N extends RouteName> = (call: RouteCall<N>) => Promise<Result<Answer<N>, RequestProblem>>;
export type Handlers = { readonly [N in RouteName]: Handler<N> };

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

type AnyHandler = (call: unknown) => Promise<Result<unknown, RequestProblem>>;

/** A call of a route before anything of it was checked. */
export interface UncheckedCall {
  readonly caller: Caller | undefined;
  readonly client?: Client;
  readonly signal?: AbortSignal;
  readonly params: unknown;
  readonly query: unknown;
  /** The condition of the request, or why it cannot be read. */
  readonly expected?: Result<Expected | undefined, RouteRefusal>;
  /** Why there is no body that could be read, or what was read. */
  readonly body: Result<unknown, RequestProblem>;
}

/** Why a call was refused, and which of its fields are wrong. */
export interface RouteRefusal {
  readonly problem: RequestProblem;
  readonly errors?: ProblemDetails["errors"];
}

/** The response of a route: a file, or JSON text with the version of what it shows if two people can edit that. */
export type RouteAnswer =
  | { readonly text: string; readonly version?: string; readonly file?: undefined }
  | { readonly file: FileAnswer };

export type CallRoute = (call: UncheckedCall) => Promise<Result<RouteAnswer, RouteRefusal>>;

/**
 * Every route of the table as a function. The HTTP router and the MCP server call the same ones: they are the one place
 * that enforces who may use which route, and they parse path, query and body. With `checkResponses` (development and
 * tests) responses and refusals are checked as well: one that its route does not declare is a bug.
 */
export function routeCalls(handlers: Handlers, checkResponses: boolean): Readonly<Record<RouteName, CallRoute>> {
  const names = Object.keys(routes) as RouteName[];
  // One entry per name of the table.
  return Object.fromEntries(
    names.map((name) => [name, routeCall(routes[name], handlers[name] as AnyHandler, checkResponses)]),
  ) as Record<RouteName, CallRoute>;
}

// A parameter is a key, an id or a name: this is long enough for those and bounds the rest.
const parameter = z.string().min(1).max(2000);

/** The actor of public routes, which record nothing under it. */
const nobody: Actor = { name: "nobody" };

function routeCall(route: Route, handler: AnyHandler, checkResponses: boolean): CallRoute {
  const querySchema = route.query instanceof z.ZodObject ? route.query.strict() : route.query;
  const paramsSchema = z.object(Object.fromEntries(pathParametersOf(route.path).map((name) => [name, parameter])));
  /** Lists go on without what is damaged in the store, and say so. */
  const hasUnreadable = route.response instanceof z.ZodObject && "unreadable" in route.response.shape;
  return async ({ caller, client, signal, ...input }) => {
    if (!permits(caller, route.access)) {
      return fail({ problem: caller === undefined ? signInRequired : accessDenied(route.access) });
    }
    const expected = input.expected ?? ok(undefined);
    if (!expected.ok) {
      return expected;
    }
    const params = paramsSchema.safeParse(input.params);
    if (!params.success) {
      return fail(invalidRequest(params.error, "path"));
    }
    const query = querySchema.safeParse(input.query);
    if (!query.success) {
      return fail(invalidRequest(query.error, "query"));
    }
    if (!input.body.ok) {
      return fail({ problem: input.body.error });
    }
    const body = route.body.safeParse(input.body.value);
    if (!body.success) {
      return fail(invalidRequest(body.error, "body"));
    }
    const actor = caller?.actor ?? nobody;
    const list = listOf(route, params.data, query.data);
    const asked = unbound(query.data, list);
    if (!asked.ok) {
      return fail({ problem: asked.error });
    }
    const parsed = { params: params.data, query: asked.value, body: body.data };
    const call = { ...parsed, caller, actor, client, signal, expected: expected.value };
    const { value: result, damage } = hasUnreadable
      ? await toleratingDamage(() => handler(call))
      : { value: await handler(call), damage: undefined };
    if (!result.ok) {
      const { code } = result.error;
      if (checkResponses && !problemsOf(route).includes(code)) {
        throw new Error(`${route.path} refuses a request with ${code}, which its route does not list`);
      }
      return fail({ problem: result.error });
    }
    if (route.file !== undefined) {
      // `Handler` makes sure that it is one.
      const file = result.value as FileAnswer;
      if (checkResponses) {
        route.response.parse(Buffer.from(file.bytes).toString());
      }
      return ok({ file });
    }
    // `Handler` makes sure that what two people can edit has a version.
    const { version, content } =
      route.edits === undefined ? { version: undefined, content: result.value } : (result.value as Versioned<unknown>);
    const unreadable = unreadableOf(damage);
    const text = JSON.stringify(bound(unreadable === undefined ? content : { ...Object(content), unreadable }, list));
    if (checkResponses) {
      // `parse` throws: a response that breaks its own contract is a bug, not an expected failure.
      route.response.parse(JSON.parse(text));
    }
    return ok({ text, version });
  };
}

/** Names a list with all that decides which items it has, in which order: a cursor belongs to it alone. */
function listOf({ path }: Route, params: unknown, query: unknown): string {
  return JSON.stringify([path, params, isObject(query) ? { ...query, cursor: undefined, limit: undefined } : {}]);
}

/** A query with the cursor as stores know it. */
function unbound(query: unknown, list: string): Result<unknown, RequestProblem> {
  if (!isObject(query) || typeof query["cursor"] !== "string") {
    return ok(query);
  }
  const cursor = unboundCursor(query["cursor"], list);
  return cursor.ok ? ok({ ...query, cursor: cursor.value }) : cursor;
}

/** A page with the cursor as clients get it. */
function bound(content: unknown, list: string): unknown {
  return isObject(content) && "items" in content && typeof content["next"] === "string"
    ? { ...content, next: boundCursor(content["next"], list) }
    : content;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
