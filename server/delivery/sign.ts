import { createHmac } from "node:crypto";

/** The header with the signature: what the scheme signs is the time, a dot, and the body as it is sent. */
export const signatureHeader = "Stemma-Signature";

/**
 * HMAC-SHA-256 in hex, with the time of sending, so that a receiver can refuse what somebody recorded and sent again.
 * `at` is in epoch milliseconds. See docs/decisions/0069.
 */
export function signatureOf(secret: string, at: number, body: string): string {
  const seconds = Math.floor(at / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
