import type { RequestProblem } from "#contracts/problem";
import { type Role, role } from "#contracts/roles";
import { fail, ok, type Result } from "../lib/result.ts";
import type { PersonRecord } from "../store/people/port.ts";
import type { StoreTransaction } from "../store/port.ts";
import type { Identity } from "./identity-provider.ts";
import { differences, endAll, newAccount, subjectOf } from "./people.ts";
import { actorOf, type ClientPlace, type PeopleContext } from "./people-context.ts";
import { refused } from "./refusals.ts";
import { freeUserName, type SignedIn } from "./sign-in.ts";

/** What the groups of a person at the identity provider stand for. */
export interface GroupRoles {
  readonly roles: ReadonlyMap<string, Role>;
  readonly defaultRole: Role | undefined;
}

/** The highest role of the groups. */
export function roleOf(groups: readonly string[], { roles, defaultRole }: GroupRoles): Role | undefined {
  const found = groups.map((group) => roles.get(group)).filter((one) => one !== undefined);
  return role.options.findLast((one) => found.includes(one)) ?? defaultRole;
}

/**
 * Signs in somebody whom the identity provider vouches for. The account is made at the first time; name and role follow
 * the provider at every sign-in. Without a role nobody signs in, and sessions from before end.
 */
export async function signInWithIdentity(
  context: PeopleContext,
  identity: Identity,
  groupRoles: GroupRoles,
  place: ClientPlace,
): Promise<Result<SignedIn, RequestProblem>> {
  const granted = roleOf(identity.groups, groupRoles);
  const result = await context.store.write(async (transaction) => {
    const stored = await transaction.people.externalPerson(identity.issuer, identity.subject);
    if (stored?.disabled === true) {
      return fail(refused("This account is disabled"));
    }
    if (granted === undefined) {
      if (stored !== undefined) {
        await withdraw(context, transaction, stored, place);
      }
      return fail(refused("None of your groups at the identity provider has a role here"));
    }
    const person = await followProvider(context, transaction, stored, { ...identity, role: granted }, place);
    const session = { method: "oidc", idToken: identity.idToken, ...place } as const;
    return ok(await context.sessions.start(transaction, person, session));
  });
  context.sessions.changed();
  return result;
}

/** Adds the account, or changes what the provider has changed; records either. */
async function followProvider(
  { now }: PeopleContext,
  transaction: StoreTransaction,
  stored: PersonRecord | undefined,
  { issuer, subject, userName, name, role: granted }: Identity & { readonly role: Role },
  place: ClientPlace,
): Promise<PersonRecord> {
  const { people, audit } = transaction;
  const at = now();
  if (stored === undefined) {
    const free = await freeUserName(transaction, userName, "external");
    const external = { issuer, subject };
    const added = newAccount({ userName: free, name, role: granted, external, createdBy: "identity provider" }, at);
    await people.putPerson(added);
    await audit.append({
      at,
      actor: actorOf(added, "oidc", place),
      action: "person.added",
      subject: subjectOf(added),
      after: { userName: free, name, role: granted, ...external },
    });
    return added;
  }
  if (stored.name === name && stored.role === granted) {
    return stored;
  }
  const changed = { ...stored, name, role: granted, version: stored.version + 1 };
  await people.putPerson(changed);
  await audit.append({
    at,
    actor: actorOf(changed, "oidc", place),
    action: "person.changed",
    subject: subjectOf(changed),
    ...differences(stored, changed),
  });
  return changed;
}

/** Ends the sessions of somebody who has no role any more. */
async function withdraw(
  context: PeopleContext,
  transaction: StoreTransaction,
  person: PersonRecord,
  place: ClientPlace,
): Promise<void> {
  const ended = await endAll(context, transaction, person.id);
  if (ended.length > 0) {
    await transaction.audit.append({
      at: context.now(),
      actor: actorOf(person, "oidc", place),
      action: "session.ended",
      subject: subjectOf(person),
      before: { sessions: ended.length },
      after: { reason: "no group with a role" },
    });
  }
}
