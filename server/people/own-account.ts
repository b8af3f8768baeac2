import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { type PersonRecord, type SessionRecord, userNameKey } from "../store/people/port.ts";
import { passwordWeakness } from "./password.ts";
import { externalPerson, subjectOf } from "./people.ts";
import { actorOf, type ClientPlace, type PeopleContext } from "./people-context.ts";
import { refused, tooManyAttempts } from "./refusals.ts";
import type { SignInContext } from "./sign-in.ts";

/** What people change of their own account, in the session that they are signed in with. */

/** Whose account it is, and the session that changes it. */
export interface OwnSession {
  readonly person: PersonRecord;
  readonly session: Pick<SessionRecord, "id" | "method">;
}

/**
 * Sets the password and ends the other sessions. The current one is needed, except in a session that was opened by a
 * link: links are for those who lost it.
 */
export async function setPassword(
  context: SignInContext,
  { person, session }: OwnSession,
  { current, password }: { readonly current?: string | undefined; readonly password: string },
  place: ClientPlace,
): Promise<Result<void, RequestProblem>> {
  if (person.external !== undefined) {
    return fail(externalPerson);
  }
  const weakness = passwordWeakness(password, person);
  if (weakness !== undefined) {
    return fail({
      code: "password.weak",
      message: `The password ${weakness}`,
      at: { field: "password" },
    });
  }
  const checked = session.method === "link" ? ok(undefined) : await checkCurrent(context, person, current, place);
  if (!checked.ok) {
    return checked;
  }
  const record = await context.hasher.hash(password, context.now());
  if (record === undefined) {
    return fail(tooManyAttempts(5_000));
  }
  await context.store.write(async ({ people, audit }) => {
    await people.putPassword(person.id, record);
    const others = (await openSessions(context, person.id, people)).filter(({ id }) => id !== session.id);
    await people.removeSessions(others.map(({ id }) => id));
    await audit.append({
      at: context.now(),
      actor: actorOf(person, session.method, place),
      action: "person.password-changed",
      subject: subjectOf(person),
      after: { endedSessions: others.length },
    });
  });
  context.sessions.changed();
  return ok(undefined);
}

async function checkCurrent(
  context: SignInContext,
  person: PersonRecord,
  current: string | undefined,
  { address }: ClientPlace,
): Promise<Result<void, RequestProblem>> {
  const stored = await context.store.people.password(person.id);
  if (stored === undefined) {
    return ok(undefined);
  }
  const attempt = context.attempts.begin(address, userNameKey(person.userName));
  if ("wait" in attempt) {
    return fail(tooManyAttempts(attempt.wait));
  }
  const matches = await context.hasher.matches(current ?? "", stored);
  if (matches === false) {
    return fail(refused("The current password is wrong"));
  }
  attempt.succeeded();
  return matches === undefined ? fail(tooManyAttempts(5_000)) : ok(undefined);
}

/** Open sessions of a person, newest first, with their last use as it is known here. */
export async function openSessions(
  { store, sessions }: PeopleContext,
  personId: string,
  people: Pick<typeof store.people, "sessions"> = store.people,
): Promise<readonly SessionRecord[]> {
  return (await people.sessions(personId, sessions.open())).map((session) => sessions.withLastUse(session));
}
