import { z } from "zod";
import type { Editable } from "../conflict.ts";
import type { RequestProblemCode } from "../problem-codes.ts";
import type { RouteAccess } from "../roles.ts";

/** One route. The router, the OpenAPI document, the web client and the tests of all routes are derived from these. */
export interface Route {
  readonly method: "get" | "post" | "put";
  /** Parameters are written as `:name`. */
  readonly path: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Whether it changes something and therefore leaves an audit record. */
  readonly changes: boolean;
  /** Who may use it. See docs/decisions/0038. */
  readonly access: RouteAccess;
  /**
   * What it reads or changes, if two people can edit that: its `ETag` has the version, and a change accepts `If-Match`.
   * See docs/decisions/0042.
   */
  readonly edits?: Editable;
  /** Values arrive as text; a list repeats its name. */
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  /** Of a file: its text. */
  readonly response: z.ZodType;
  /** Media types, if it answers with a file to save instead of JSON. */
  readonly file?: readonly string[];
  /** Codes of the refusals that are particular to this route; those that every route shares are not listed. */
  readonly problems: readonly RequestProblemCode[];
}

const none = z.object({});
const common = { query: none, body: none, problems: [] } as const;

/** A plain read. */
export const get = { ...common, method: "get", changes: false, access: "read" } as const;
/** A question with a body: changes nothing. */
export const ask = { ...common, method: "post", changes: false, access: "read" } as const;
/** Changes that leave an audit record. Each names its `access`. */
export const post = { ...common, method: "post", changes: true } as const;
export const put = { ...common, method: "put", changes: true } as const;

export const emptyBody = z.object({}).strict().meta({ id: "EmptyBody", description: "An object without fields." });

/** Codes of the refusals that every route shares. */
const sharedProblems = [
  "request.invalid",
  "request.malformed",
  "request.headers-too-large",
  "request.too-slow",
  "request.unknown-host",
  "request.invalid-forwarding",
  "request.not-through-proxy",
  "sign-in.required",
  "sign-in.disabled",
  "access.denied",
  "server.internal-error",
  "store.unavailable",
  "store.outcome-unknown",
  "store.busy",
  "store.read-only",
  "store.disk-full",
  "store.damaged",
  "store.failed",
  "store.credentials-refused",
  "store.not-found",
  "store.not-a-database",
] as const satisfies readonly RequestProblemCode[];

/** Codes of the refusals that all routes with a body share. */
const bodyProblems = [
  "request.cross-origin",
  "request.unsupported-media-type",
  "request.too-large",
] as const satisfies readonly RequestProblemCode[];

/** Codes of the refusals that all routes share whose work runs in a worker. */
export const workProblems = [
  "work.cancelled",
  "work.too-many",
  "work.queue-full",
  "work.out-of-memory",
  "work.too-long",
] as const satisfies readonly RequestProblemCode[];

/** Every code that a route refuses requests with. */
export function problemsOf({ method, changes, edits, problems }: Route): readonly RequestProblemCode[] {
  return [
    ...sharedProblems,
    ...(method === "get" ? [] : bodyProblems),
    ...(changes && edits !== undefined ? (["request.conflict"] as const) : []),
    ...problems,
  ];
}
