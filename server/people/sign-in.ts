import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { type PeopleReader, type PersonRecord, userNameKey } from "../store/people/port.ts";
import type { StoreTransaction } from "../store/port.ts";
import type { SignInAttempts } from "./attempts.ts";
import type { Challenges } from "./challenges.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import type { PrintedLink } from "./links.ts";
import type { PasswordHasher } from "./password.ts";
import { differences, newAccount, subjectOf } from "./people.ts";
import { actorOf, type ClientPlace, type PeopleContext } from "./people-context.ts";
import { refused, tooManyAttempts } from "./refusals.ts";
import { hashOf } from "./secret.ts";
import type { NewSession, OpenSession } from "./sessions.ts";
import type { GroupRoles } from "./sign-in-with-identity.ts";

/** What signing in works with. */
export interface SignInContext extends PeopleContext {
  readonly attempts: SignInAttempts;
  readonly hasher: PasswordHasher;
  readonly challenges: Challenges;
  readonly printedLink: PrintedLink;
  readonly provider: SignInProvider | undefined;
  /** The name of the local administrator: whoever started the server. */
  readonly analyst: string;
}

/** The identity provider with its name for people, and what groups there stand for. */
export interface SignInProvider extends GroupRoles {
  readonly name: string;
  readonly client: IdentityProvider;
}

/** A new session with its secret, for the cookie. */
export interface SignedIn extends OpenSession {
  readonly secret: string;
}

interface NamedPeople {
  readonly people: Pick<PeopleReader, "personNamed">;
}

type SignInResult = Result<SignedIn, RequestProblem>;

/**
 * Exchanges a sign-in link for a session. The link is looked up before any limit, so that nobody can keep the holder of
 * a valid one from using it; the limit counts only links that did not work.
 */
export async function openLink(context: SignInContext, secret: string, place: ClientPlace): Promise<SignInResult> {
  const hash = hashOf(secret);
  const printed = context.printedLink.take(hash);
  if (printed !== undefined) {
    try {
      return ok(await context.store.write((transaction) => signInLocalAdministrator(context, transaction, place)));
    } catch (error) {
      printed.restore();
      throw error;
    } finally {
      context.sessions.changed();
    }
  }
  // A read first: guesses must not queue up as writes.
  const link = await context.store.people.link(hash);
  if (link !== undefined) {
    const takeLink = async ({ people }: StoreTransaction) => {
      const taken = await people.takeLink(hash);
      return taken !== undefined && context.now() < taken.expiresAt;
    };
    const signedIn = await startSession(context, link.personId, { method: "link", ...place }, takeLink);
    if (signedIn.ok) {
      return signedIn;
    }
  }
  const wait = context.attempts.linkFailed(place.address);
  return fail(
    wait === undefined
      ? { code: "sign-in.invalid-link", message: "This sign-in link is unknown, used or too old" }
      : tooManyAttempts(wait),
  );
}

/**
 * The account of whoever started the server: made at the first sign-in, and made an enabled administrator again if it
 * is not. Who can start the server can do everything with its store, so this gives no new rights; it lets somebody back
 * in after the last administrator has lost access.
 */
async function signInLocalAdministrator(
  context: SignInContext,
  transaction: StoreTransaction,
  place: ClientPlace,
): Promise<SignedIn> {
  const { people, audit } = transaction;
  const now = context.now();
  const userName = await localUserName(transaction, context.analyst);
  const stored = await people.personNamed(userName);
  const person: PersonRecord =
    stored === undefined
      ? newAccount(
          { userName, name: context.analyst, role: "administrator", external: undefined, createdBy: context.analyst },
          now,
        )
      : { ...stored, role: "administrator", disabled: false };
  const isChanged = stored !== undefined && (stored.role !== person.role || stored.disabled);
  const saved = isChanged ? { ...person, version: person.version + 1 } : person;
  await people.putPerson(saved);
  const record = { at: now, actor: actorOf(saved, "link", place), subject: subjectOf(saved) };
  if (stored === undefined) {
    await audit.append({
      ...record,
      action: "person.added",
      after: { userName, name: saved.name, role: saved.role },
    });
  } else if (isChanged) {
    await audit.append({ ...record, action: "person.changed", ...differences(stored, saved) });
  }
  return context.sessions.start(transaction, saved, { method: "link", ...place });
}

/** Whether this is the account of the printed link: whoever starts the server gets in with another one. */
export async function isLocalAdministrator({ store, analyst }: SignInContext, { id }: PersonRecord): Promise<boolean> {
  const local = await store.people.personNamed(await localUserName(store, analyst));
  return local?.id === id;
}

/** The name itself, unless somebody of the identity provider has it. */
async function localUserName({ people }: NamedPeople, analyst: string): Promise<string> {
  const named = await people.personNamed(analyst);
  return named?.external === undefined ? analyst : freeUserName({ people }, `${analyst}-local`, "local");
}

/** The user name, or with a number if somebody of another kind has it. */
export async function freeUserName(
  { people }: NamedPeople,
  userName: string,
  kind: "local" | "external",
): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? userName : `${userName}-${number}`;
    const named = await people.personNamed(candidate);
    if (named === undefined || (kind === "local" && named.external === undefined)) {
      return candidate;
    }
  }
}

/** Signs in by user name and password. Takes as long and answers the same for unknown names and disabled people. */
export async function signInWithPassword(
  context: SignInContext,
  { userName, password }: { readonly userName: string; readonly password: string },
  place: ClientPlace,
): Promise<SignInResult> {
  const attempt = context.attempts.begin(place.address, userNameKey(userName));
  if ("wait" in attempt) {
    return fail(tooManyAttempts(attempt.wait));
  }
  const person = await context.store.people.personNamed(userName);
  // Also for nobody: a query less could be measured.
  const record = await context.store.people.password(person?.id ?? "nobody");
  const matches = await context.hasher.matches(password, record);
  if (matches === undefined) {
    attempt.succeeded();
    return fail(tooManyAttempts(5_000));
  }
  if (!matches || person === undefined || person.disabled || record === undefined) {
    return fail(refused("The user name or the password is wrong"));
  }
  attempt.succeeded();
  // Parameters were raised since the password was set: this is the moment at which it is known.
  const renewed = context.hasher.isOutdated(record) ? await context.hasher.hash(password, record.changedAt) : undefined;
  return startSession(context, person.id, { method: "password", ...place }, async ({ people }) => {
    // It may have been changed meanwhile.
    const isCurrent = (await people.password(person.id))?.hash === record.hash;
    if (isCurrent && renewed !== undefined) {
      await people.putPassword(person.id, renewed);
    }
    return isCurrent;
  });
}

/**
 * Opens a session for somebody who has proved to be this person, unless they were disabled meanwhile or `confirm`
 * returns false, which runs in the same transaction.
 */
export async function startSession(
  context: PeopleContext,
  personId: string,
  session: NewSession,
  confirm: (transaction: StoreTransaction) => Promise<boolean> = async () => true,
): Promise<SignInResult> {
  const signedIn = await context.store.write(async (transaction) => {
    const person = await transaction.people.person(personId);
    const isConfirmed = await confirm(transaction);
    return person === undefined || person.disabled || !isConfirmed
      ? undefined
      : context.sessions.start(transaction, person, session);
  });
  context.sessions.changed();
  return signedIn === undefined ? fail(refused("This account cannot sign in")) : ok(signedIn);
}
