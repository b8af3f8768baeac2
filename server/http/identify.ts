import type { Request } from "express";
import type { Logger } from "pino";
import type { RequestProblem } from "#contracts/problem";
import { rolePermissions, scopePermissions } from "#contracts/roles";
import { actorOf } from "../people/people-context.ts";
import { signInRequired, tokenRefused } from "../people/refusals.ts";
import type { Sessions } from "../people/sessions.ts";
import type { Caller, Identify } from "./caller.ts";
import { cookieOf } from "./client.ts";
import { clientAddressOf } from "./forwarding.ts";

/**
 * Service tokens begin like this. Another `Authorization` belongs to somebody else, such as a proxy in front of the
 * server, and neither signs in nor keeps a session from counting.
 */
const tokenHeader = /^Bearer (stemma_[A-Za-z0-9_-]{1,200})$/i;

/** The service token that a request carries. */
export function tokenOf({ headers }: Pick<Request, "headers">): string | undefined {
  return tokenHeader.exec(headers.authorization ?? "")?.[1];
}

/** Why a request of nobody who is known is refused. */
export function signInRequiredFor(request: Pick<Request, "headers">): RequestProblem {
  return tokenOf(request) === undefined ? signInRequired : tokenRefused;
}

/** Finds the person of the session cookie, or the service token. The role is read anew; see docs/decisions/0039. */
export function identifyBy(sessions: Sessions, cookieName: string, log: Logger): Identify {
  return async (request, options) => {
    const address = clientAddressOf(request);
    const secret = tokenOf(request);
    if (secret !== undefined) {
      const caller = await tokenCaller(sessions, secret, address, options);
      if (caller === undefined) {
        log.warn({ event: "service-token.refused", address });
      }
      return caller;
    }
    const cookie = cookieOf(request.headers.cookie, cookieName);
    const found = cookie === undefined ? undefined : await sessions.ofSecret(cookie, options);
    if (found === undefined) {
      return undefined;
    }
    const { person, session } = found;
    return {
      actor: actorOf(person, session.method, { address }),
      role: person.role,
      permissions: new Set(rolePermissions[person.role]),
      session: session.id,
    };
  };
}

async function tokenCaller(
  sessions: Sessions,
  secret: string,
  address: string,
  options: { readonly isUse: boolean } | undefined,
): Promise<Caller | undefined> {
  const token = await sessions.ofToken(secret, address, options);
  return token === undefined
    ? undefined
    : {
        actor: { name: token.name, origin: { account: token.id, method: "token", address } },
        permissions: new Set(token.scopes.flatMap((scope) => scopePermissions[scope])),
      };
}
