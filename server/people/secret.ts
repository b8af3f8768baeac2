import { createHash, randomBytes } from "node:crypto";

/** A new secret of 256 random bits for a link, a session or a token. Only its hash is stored. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * What is stored of a secret and looked up. A plain hash is enough for 256 random bits, and a look-up by hash reveals
 * nothing about the secret by its timing.
 */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
