import { hash } from "node:crypto";

/**
 * The id that is derived from a text: 132 bits of SHA-256, in 22 characters of base64url. It never begins with `-`, so
 * that a command line does not take it for an option. See docs/decisions/0056.
 */
export function derivedId(text: string): string {
  return plainId(hash("sha256", text, "base64url").slice(0, 22));
}

/** An id as it is derived today; databases from before 2026-11-30 have some that begin with `-`. */
export function plainId(id: string): string {
  return id.startsWith("-") ? `_${id.slice(1)}` : id;
}

/** The id that was derived from the same text before 2026-11-30; undefined if it is the same. */
export function formerId(id: string): string | undefined {
  return id.startsWith("_") ? `-${id.slice(1)}` : undefined;
}
