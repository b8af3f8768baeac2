import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Actor } from "#contracts/actor";
import type { newPerson, personChange } from "#contracts/people";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { PeopleReader, PersonRecord, SessionRecord } from "../store/people/port.ts";
import type { StoreTransaction } from "../store/port.ts";
import { type Link, replaceLink } from "./links.ts";
import type { PeopleContext } from "./people-context.ts";

/** People as an administrator manages them. */

export interface Invited {
  readonly person: PersonRecord;
  readonly link: Link;
}

/** A new local account; `undefined` values of a change are not part of the audit record. */
export function newAccount(
  values: Pick<PersonRecord, "userName" | "name" | "role" | "external" | "createdBy">,
  now: number,
): PersonRecord {
  return { id: randomUUID(), ...values, disabled: false, createdAt: now, version: 1 };
}

/** Adds a local account with a link for the first sign-in. */
export async function addPerson(
  context: PeopleContext,
  { userName, name, role, note }: z.output<typeof newPerson>,
  actor: Actor,
): Promise<Result<Invited, RequestProblem>> {
  const now = context.now();
  return context.store.write(async (transaction) => {
    const { people, audit } = transaction;
    if ((await people.personNamed(userName)) !== undefined) {
      return fail<RequestProblem>({
        code: "person.exists",
        message: `There is already an account with the user name "${userName}"`,
        at: { field: "userName" },
      });
    }
    const person = newAccount({ userName, name, role, external: undefined, createdBy: actor.name }, now);
    await people.putPerson(person);
    const link = await replaceLink(people, person, now);
    await audit.append({
      at: now,
      actor,
      action: "person.added",
      subject: subjectOf(person),
      after: { userName, name, role, note },
    });
    return ok({ person, link });
  });
}

/** Changes the name or role of a person, or disables them, which ends their sessions. */
export async function changePerson(
  context: PeopleContext,
  id: string,
  { note, ...change }: z.output<typeof personChange>,
  actor: Actor,
  expected?: Expected,
): Promise<Result<PersonRecord, RequestProblem>> {
  let ended: readonly SessionRecord[] = [];
  const result = await context.store.write(async (transaction) => {
    const { people, audit } = transaction;
    const person = await people.person(id);
    if (person === undefined) {
      return fail(personNotFound(id));
    }
    const subject = { kind: "person", ids: [id] };
    const conflict = await conflictWith(audit, subject, expected, ({ action }) => action === "person.changed");
    if (conflict !== undefined) {
      return fail(conflict);
    }
    const changed: PersonRecord = {
      ...person,
      name: change.name ?? person.name,
      role: change.role ?? person.role,
      disabled: change.disabled ?? person.disabled,
      version: person.version + 1,
    };
    const refusal = (await changeRefusal(people, person, changed, actor)) ?? undefined;
    if (refusal !== undefined) {
      return fail(refusal);
    }
    await people.putPerson(changed);
    if (changed.disabled && !person.disabled) {
      ended = await endAll(context, transaction, person.id);
    }
    const { before, after } = differences(person, changed);
    await audit.append({
      at: context.now(),
      actor,
      action: "person.changed",
      subject: subjectOf(person),
      before,
      after: { ...after, note },
    });
    return ok(changed);
  });
  context.sessions.changed();
  if (result.ok && result.value.disabled) {
    context.sessions.endedByDisabling(ended);
  } else if (result.ok) {
    context.sessions.enabled(id);
  }
  return result;
}

/** A new sign-in link for a person. */
export async function invitePerson(
  context: PeopleContext,
  id: string,
  actor: Actor,
): Promise<Result<Invited, RequestProblem>> {
  const now = context.now();
  return context.store.write(async ({ people, audit }) => {
    const person = await people.person(id);
    if (person === undefined) {
      return fail(personNotFound(id));
    }
    if (person.external !== undefined) {
      return fail(externalPerson);
    }
    if (person.disabled) {
      return fail<RequestProblem>({
        code: "person.disabled",
        message: `${person.name} is disabled and cannot sign in`,
        remedy: "Enable the account first.",
      });
    }
    const link = await replaceLink(people, person, now);
    await audit.append({ at: now, actor, action: "person.invited", subject: subjectOf(person) });
    return ok({ person, link });
  });
}

export function personNotFound(id: string): RequestProblem {
  return { code: "person.not-found", message: `There is no person "${id.slice(0, 200)}"` };
}

export const externalPerson: RequestProblem = {
  code: "person.external",
  message: "This account comes from the identity provider, which manages how the person signs in",
};

export const subjectOf = ({ id }: PersonRecord) => ({ kind: "person", id });

/** Removes all sessions of a person that have not expired; returns them. */
export async function endAll(
  { sessions }: PeopleContext,
  { people }: Pick<StoreTransaction, "people">,
  id: string,
): Promise<readonly SessionRecord[]> {
  const ended = await people.sessions(id, { ...sessions.open(), usedSince: 0 });
  await people.removeSessions(ended.map((session) => session.id));
  return ended;
}

async function changeRefusal(
  people: PeopleReader,
  person: PersonRecord,
  changed: PersonRecord,
  actor: Actor,
): Promise<RequestProblem | undefined> {
  const losesRights = changed.role !== person.role || (changed.disabled && !person.disabled);
  if (losesRights && actor.origin?.account === person.id) {
    return {
      code: "access.denied",
      message: "Nobody can change their own role or disable their own account",
      remedy: "Ask another administrator.",
    };
  }
  if (changed.role !== person.role && person.external !== undefined) {
    return { ...externalPerson, message: "The role of this person comes from the groups at the identity provider" };
  }
  const isAdministrator = ({ role, disabled }: PersonRecord) => role === "administrator" && !disabled;
  if (isAdministrator(person) && !isAdministrator(changed) && (await people.otherAdministrators(person.id)) === 0) {
    return {
      code: "person.last-administrator",
      message: `${person.name} is the only administrator`,
      remedy: "Make somebody else administrator first.",
    };
  }
  return undefined;
}

/** The values that a change changed, before and after it. */
export function differences(before: PersonRecord, after: PersonRecord) {
  const names = (["name", "role", "disabled"] as const).filter((name) => before[name] !== after[name]);
  const pick = (person: PersonRecord) => Object.fromEntries(names.map((name) => [name, person[name]]));
  return { before: pick(before), after: pick(after) };
}
