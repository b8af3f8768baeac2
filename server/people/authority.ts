import type { RequestProblem } from "#contracts/problem";
import { permits, type Rights, type RouteAccess, rolePermissions, scopePermissions } from "#contracts/roles";
import type { PeopleReader } from "../store/people/port.ts";
import { accessDenied, accountDisabled, signInRequired } from "./refusals.ts";

/** Who asked for a change, and what that needs. */
export interface Authority {
  /** Id of a person or service token. */
  readonly account: string;
  /** Id of the session; absent for service tokens. */
  readonly session: string | undefined;
  readonly access: RouteAccess;
}

/**
 * Why somebody may not make a change any more, in the words of the door; asked again in the transaction of changes that
 * had to wait. A session that is only idle since still counts.
 */
export async function refusalOf(
  people: Pick<PeopleReader, "person" | "sessions" | "token">,
  { account, session, access }: Authority,
  now: number,
): Promise<RequestProblem | undefined> {
  if (session !== undefined && (await people.person(account))?.disabled === true) {
    return accountDisabled;
  }
  const rights =
    session === undefined ? await rightsOfToken(people, account, now) : await rightsOf(people, account, session, now);
  if (permits(rights, access)) {
    return undefined;
  }
  return rights === undefined ? signInRequired : accessDenied(access);
}

async function rightsOf(
  people: Pick<PeopleReader, "person" | "sessions">,
  id: string,
  session: string,
  now: number,
): Promise<Rights | undefined> {
  const person = await people.person(id);
  const open = await people.sessions(id, { now, usedSince: 0 });
  return person === undefined || !open.some((one) => one.id === session)
    ? undefined
    : { role: person.role, permissions: new Set(rolePermissions[person.role]) };
}

async function rightsOfToken(
  people: Pick<PeopleReader, "token">,
  id: string,
  now: number,
): Promise<Rights | undefined> {
  const token = await people.token(id);
  return token === undefined || token.revokedAt !== undefined || now >= (token.expiresAt ?? Number.POSITIVE_INFINITY)
    ? undefined
    : { permissions: new Set(token.scopes.flatMap((scope) => scopePermissions[scope])) };
}
