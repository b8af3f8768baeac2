import type { SignInMethod } from "#contracts/actor";
import type { Person, ServiceToken, SignInSession } from "#contracts/people";
import type { PersonAccess, PersonRecord, SessionRecord, TokenRecord } from "../store/people/port.ts";
import type { PeopleContext } from "./people-context.ts";
import type { Sessions } from "./sessions.ts";

/** Records as the API shows them. */

const iso = (time: number) => new Date(time).toISOString();
const isoIfAny = (time: number | undefined) => (time === undefined ? undefined : iso(time));

function personView(record: PersonRecord, access: PersonAccess | undefined): Person {
  const methods: readonly (readonly [SignInMethod, boolean])[] = [
    ["link", access?.link === true],
    ["password", access?.password === true],
    ["passkey", (access?.passkeys ?? 0) > 0],
    ["oidc", record.external !== undefined],
  ];
  return {
    id: record.id,
    userName: record.userName,
    name: record.name,
    role: record.role,
    state: record.disabled ? "disabled" : record.lastSignInAt === undefined ? "invited" : "active",
    source: record.external === undefined ? "local" : "oidc",
    methods: methods.filter(([, usable]) => usable && !record.disabled).map(([method]) => method),
    createdAt: iso(record.createdAt),
    createdBy: record.createdBy,
    lastSignInAt: isoIfAny(record.lastSignInAt),
    sessions: record.disabled ? 0 : (access?.sessions ?? 0),
    version: record.version,
  };
}

/** People with their ways to sign in and open sessions, in one query for all of them. */
export async function personViews(
  { store, sessions }: PeopleContext,
  records: readonly PersonRecord[],
): Promise<readonly Person[]> {
  const access = await store.people.access(
    records.map(({ id }) => id),
    sessions.open(),
  );
  return records.map((record) => personView(record, access.get(record.id)));
}

export function sessionView(session: SessionRecord, sessions: Sessions, current: string | undefined): SignInSession {
  const { id, method, address, userAgent, startedAt, lastUsedAt, expiresAt } = sessions.withLastUse(session);
  return {
    id,
    method,
    address,
    userAgent,
    startedAt: iso(startedAt),
    lastUsedAt: iso(lastUsedAt),
    expiresAt: iso(expiresAt),
    current: id === current,
  };
}

export function tokenView(token: TokenRecord): ServiceToken {
  return {
    id: token.id,
    name: token.name,
    scopes: [...token.scopes],
    prefix: token.prefix,
    createdAt: iso(token.createdAt),
    createdBy: token.createdBy,
    expiresAt: isoIfAny(token.expiresAt),
    lastUsedAt: isoIfAny(token.lastUsedAt),
    lastUsedFrom: token.lastUsedFrom,
    revokedAt: isoIfAny(token.revokedAt),
  };
}
