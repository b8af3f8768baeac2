import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Route } from "#contracts/api";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Expected } from "../store/audit/version.ts";
import type { RouteAnswer, RouteRefusal } from "./call-route.ts";

/** Conditional requests (RFC 9110, section 13). See docs/decisions/0042. */

interface EntityTag {
  readonly weak: boolean;
  /** Without the quotation marks. */
  readonly value: string;
}

/**
 * The strong entity tag of a response: a hash of its text, and before that the version of what it shows if two people
 * can edit that. Other parts of a response change without anybody's edit, so `If-Match` compares only the version.
 */
export function entityTagOf(answer: RouteAnswer): string {
  if (answer.file !== undefined) {
    return `"${answer.file.hash}"`;
  }
  const { text, version } = answer;
  const content = hash("sha256", text, "base64url").slice(0, 22);
  return `"${version === undefined ? "" : `${version}.`}${content}"`;
}

const entityTag = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** A list of entity tags; undefined if it is malformed. */
export function parseEntityTags(header: string): "*" | readonly EntityTag[] | undefined {
  if (header.trim() === "*") {
    return "*";
  }
  // A tag can contain commas: only those outside of quotation marks separate.
  const parts = header.match(/(?:"[^"]*"|[^",])+/g) ?? [];
  const found = parts.map((part) => part.trim()).filter((part) => part !== "");
  const tags = found.map((part) => entityTag.exec(part));
  return found.length === 0 || tags.includes(null) || (header.match(/"/g) ?? []).length !== found.length * 2
    ? undefined
    : tags.map((match) => ({ weak: match?.[1] !== undefined, value: match?.[2] ?? "" }));
}

/** The states that a request expects, or why its conditions cannot be read. */
export function expectedBy(route: Route, headers: IncomingHttpHeaders): Result<Expected | undefined, RouteRefusal> {
  const [ifMatch, ifNoneMatch] = [headers["if-match"], headers["if-none-match"]];
  if (ifNoneMatch !== undefined && route.method !== "get") {
    return refuse("If-None-Match", "`If-None-Match` is for GET");
  }
  if (ifNoneMatch !== undefined && parseEntityTags(ifNoneMatch) === undefined) {
    return refuse("If-None-Match", "`If-None-Match` is neither `*` nor a list of entity tags");
  }
  if (ifMatch === undefined) {
    return ok(undefined);
  }
  if (!route.changes || route.edits === undefined) {
    return refuse("If-Match", "`If-Match` is for changes of what two people can edit; this is none");
  }
  const tags = parseEntityTags(ifMatch);
  if (tags === undefined) {
    return refuse("If-Match", "`If-Match` is neither `*` nor a list of entity tags");
  }
  // The comparison is strong, so a weak tag matches nothing.
  return ok(tags === "*" ? tags : tags.flatMap(({ weak, value }) => (weak ? [] : [value.replace(/\..*$/, "")])));
}

/** Whether the client has this response already. The comparison is weak. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const known = ifNoneMatch === undefined ? [] : (parseEntityTags(ifNoneMatch) ?? []);
  return known === "*" || known.some(({ value }) => `"${value}"` === tag);
}

function refuse(field: string, message: string): Result<never, RouteRefusal> {
  return fail({ problem: { code: "request.invalid", message }, errors: [{ field, message }] });
}
