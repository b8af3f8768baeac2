import { createHash } from "node:crypto";
import { z } from "zod";
import { signInMethod } from "#contracts/actor";
import { role, tokenScope } from "#contracts/roles";

// What both adapters store as JSON. Stored formats: do not rename properties. Times are epoch milliseconds. The time of
// the last use changes often and is kept beside the body, and so is what is looked up.

export const personRecord = z.object({
  id: z.string(),
  userName: z.string(),
  name: z.string(),
  role,
  /** At the identity provider: who vouches for the person, and under which identifier. Absent for local accounts. */
  external: z.object({ issuer: z.string(), subject: z.string() }).optional(),
  disabled: z.boolean(),
  createdAt: z.number(),
  createdBy: z.string(),
  lastSignInAt: z.number().optional(),
  /** One more with every change. */
  version: z.number(),
});
export type PersonRecord = Readonly<z.infer<typeof personRecord>>;

/** A scrypt hash (RFC 7914) with its parameters; salt and hash in base64url. */
export const passwordRecord = z.object({
  algorithm: z.literal("scrypt"),
  cost: z.number(),
  blockSize: z.number(),
  parallelization: z.number(),
  salt: z.string(),
  hash: z.string(),
  changedAt: z.number(),
});
export type PasswordRecord = Readonly<z.infer<typeof passwordRecord>>;

export const passkeyRecord = z.object({
  /** The credential id, in base64url. */
  id: z.string(),
  personId: z.string(),
  name: z.string(),
  /** COSE key in base64url. */
  publicKey: z.string(),
  /** The signature counter of the authenticator: it only grows, unless the key was copied. */
  counter: z.number(),
  transports: z.array(z.string()),
  createdAt: z.number(),
  lastUsedAt: z.number().optional(),
});
export type PasskeyRecord = Readonly<z.infer<typeof passkeyRecord>>;

/** A sign-in link of a person. There is at most one; a newer one replaces it. */
export const linkRecord = z.object({
  /** SHA-256 of the secret, as of all secrets here. */
  hash: z.string(),
  personId: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type LinkRecord = Readonly<z.infer<typeof linkRecord>>;

export const sessionRecord = z.object({
  id: z.string(),
  hash: z.string(),
  personId: z.string(),
  method: signInMethod,
  address: z.string(),
  userAgent: z.string().optional(),
  startedAt: z.number(),
  expiresAt: z.number(),
  /** The ID token of the sign-in: the identity provider ends its own session by it. */
  idToken: z.string().optional(),
});
export type SessionRecord = Readonly<z.infer<typeof sessionRecord>> & { readonly lastUsedAt: number };

export const tokenRecord = z.object({
  id: z.string(),
  hash: z.string(),
  name: z.string(),
  scopes: z.array(tokenScope),
  prefix: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  expiresAt: z.number().optional(),
  revokedAt: z.number().optional(),
});
export type TokenRecord = Readonly<z.infer<typeof tokenRecord>> & {
  readonly lastUsedAt: number | undefined;
  readonly lastUsedFrom: string | undefined;
};

/** User names are unique by this: without regard to case and to compatibility variants of characters. */
export function userNameKey(userName: string): string {
  return userName.normalize("NFKC").toLowerCase();
}

/** Orders people by name. Hexadecimal, because stores compare other texts differently (docs/decisions/0028). */
export function nameOrder({ name }: PersonRecord): string {
  return Buffer.from(userNameKey(name)).toString("hex");
}

/** One short key for an account at an identity provider, whose names have any length. */
export function externalKey({ issuer, subject }: NonNullable<PersonRecord["external"]>): string {
  return createHash("sha256")
    .update(JSON.stringify([issuer, subject]))
    .digest("base64url");
}
