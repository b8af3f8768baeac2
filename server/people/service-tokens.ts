import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Actor } from "#contracts/actor";
import type { newServiceToken } from "#contracts/people";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { TokenRecord } from "../store/people/port.ts";
import type { PeopleContext } from "./people-context.ts";
import { hashOf, newSecret } from "./secret.ts";

/** How every token begins, so that people and scanners for leaked secrets recognise one. */
const kindPrefix = "stemma_";
/** Characters of the secret that lists show. */
const prefixLength = kindPrefix.length + 6;
const day = 86_400_000;

/** Creates a token. Its secret is returned once and not stored. */
export async function addServiceToken(
  { store, now }: PeopleContext,
  { name, scopes, days }: z.output<typeof newServiceToken>,
  actor: Actor,
): Promise<{ readonly token: TokenRecord; readonly secret: string }> {
  const at = now();
  const secret = `${kindPrefix}${newSecret()}`;
  const token: TokenRecord = {
    id: randomUUID(),
    hash: hashOf(secret),
    name,
    scopes: [...new Set(scopes)],
    prefix: secret.slice(0, prefixLength),
    createdAt: at,
    createdBy: actor.name,
    expiresAt: days === undefined ? undefined : at + days * day,
    lastUsedAt: undefined,
    lastUsedFrom: undefined,
  };
  await store.write(async ({ people, audit }) => {
    await people.putToken(token);
    await audit.append({
      at,
      actor,
      action: "service-token.created",
      subject: { kind: "service-token", id: token.id },
      after: { name, scopes: token.scopes, prefix: token.prefix, expiresAt: token.expiresAt },
    });
  });
  return { token, secret };
}

/** Revokes a token: at once on this server, within seconds on others. Revoking it again changes nothing. */
export async function revokeServiceToken(
  { store, now, sessions }: PeopleContext,
  id: string,
  actor: Actor,
): Promise<Result<TokenRecord, RequestProblem>> {
  const result = await store.write(async ({ people, audit }) => {
    const token = await people.token(id);
    if (token === undefined) {
      return fail<RequestProblem>({
        code: "service-token.not-found",
        message: `There is no service token "${id.slice(0, 200)}"`,
      });
    }
    if (token.revokedAt !== undefined) {
      return ok(token);
    }
    const revoked = { ...token, revokedAt: now() };
    await people.putToken(revoked);
    await audit.append({
      at: now(),
      actor,
      action: "service-token.revoked",
      subject: { kind: "service-token", id },
      before: { name: token.name, prefix: token.prefix },
    });
    return ok(revoked);
  });
  sessions.changed();
  return result;
}
