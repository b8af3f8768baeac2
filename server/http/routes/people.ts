import type { SignInMethod } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import { type Permission, rolePermissions } from "#contracts/roles";
import { fail, ok, type Result } from "../../lib/result.ts";
import { endSession } from "../../people/end-session.ts";
import { type OwnSession, openSessions, setPassword } from "../../people/own-account.ts";
import {
  addPasskey,
  hasPasskeys,
  newPasskeyOptions,
  passkeySignInOptions,
  removePasskey,
  signInWithPasskey,
} from "../../people/passkeys.ts";
import { addPerson, changePerson, type Invited, invitePerson, personNotFound } from "../../people/people.ts";
import { addServiceToken, revokeServiceToken } from "../../people/service-tokens.ts";
import { isLocalAdministrator, type SignedIn, signInWithPassword } from "../../people/sign-in.ts";
import { personViews, sessionView, tokenView } from "../../people/views.ts";
import { withVersion } from "../../store/audit/version.ts";
import type { PersonRecord } from "../../store/people/port.ts";
import type { Caller } from "../caller.ts";
import type { Client } from "../client.ts";
import type { AppContext } from "../context.ts";
import { oidcPath } from "../oidc-pages.ts";
import type { Handlers } from "../router.ts";

const pageSize = 100;

/** Signing in and out, and one's own account. */
export function accountHandlers(
  context: AppContext,
): Pick<Handlers, "signInOptions" | "signInWithPassword" | "signOut" | "ownAccount" | "setPassword" | "endOwnSession"> {
  const { people } = context;
  const signInUrl = () => `${context.url().replace(/\/$/, "")}/sign-in`;
  return {
    signInOptions: async ({ client }) =>
      ok({
        password: true,
        passkey: client !== undefined && hasPasskeys(client),
        oidc: people.provider && { name: people.provider.name, url: oidcPath },
      }),
    signInWithPassword: async ({ body, client }) => {
      const browser = present(client);
      return signedInView(context, "password", await signInWithPassword(people, body, browser), browser);
    },
    signOut: async ({ actor, caller, client }) => {
      const own = ownSessionOf(caller);
      present(client).signOut();
      const ended = await endSession(people, own.personId, own.sessionId, actor);
      const idToken = ended.ok ? ended.value.idToken : undefined;
      const url = idToken === undefined ? undefined : await people.provider?.client.endSessionUrl(idToken, signInUrl());
      return ok({ url });
    },
    ownAccount: async ({ caller }) => ok(await ownAccountView(context, await ownSession(context, caller))),
    setPassword: async ({ body, caller, client }) => {
      const own = await ownSession(context, caller);
      const set = await setPassword(people, own, body, present(client));
      return set.ok ? ok(await ownAccountView(context, own)) : set;
    },
    endOwnSession: async ({ params, actor, caller }) => {
      const { personId, sessionId } = ownSessionOf(caller);
      const ended = await endSession(people, personId, params.session, actor);
      return ended.ok ? ok({ items: await sessionViews(context, personId, sessionId) }) : ended;
    },
  };
}

/** Signing in with passkeys, and those of one's own account. */
export function passkeyHandlers(
  context: AppContext,
): Pick<Handlers, "passkeySignInOptions" | "signInWithPasskey" | "newPasskeyOptions" | "addPasskey" | "removePasskey"> {
  const { people } = context;
  return {
    passkeySignInOptions: async ({ client }) => passkeySignInOptions(people, present(client)),
    signInWithPasskey: async ({ body, client }) => {
      const browser = present(client);
      const signedIn = await signInWithPasskey(people, body, browser, browser);
      return signedInView(context, "passkey", signedIn, browser);
    },
    newPasskeyOptions: async ({ caller, client }) =>
      newPasskeyOptions(people, await ownSession(context, caller), present(client)),
    addPasskey: async ({ body, caller, client }) => {
      const own = await ownSession(context, caller);
      const browser = present(client);
      const added = await addPasskey(people, own, body, browser, browser);
      return added.ok ? ok(await ownAccountView(context, own)) : added;
    },
    removePasskey: async ({ params, caller, client }) => {
      const own = await ownSession(context, caller);
      const removed = await removePasskey(people, own, params.passkey, present(client));
      return removed.ok ? ok(await ownAccountView(context, own)) : removed;
    },
  };
}

/** Sets the cookie of a new session, or logs why there is none. */
async function signedInView(
  context: AppContext,
  method: SignInMethod,
  signedIn: Result<SignedIn, RequestProblem>,
  browser: Client,
) {
  if (!signedIn.ok) {
    context.refused({ method, address: browser.address, code: signedIn.error.code });
    return signedIn;
  }
  browser.signIn(signedIn.value.secret);
  return ok(await ownAccountView(context, signedIn.value));
}

/** People and service tokens, for administrators. */
export function peopleHandlers(
  context: AppContext,
): Pick<
  Handlers,
  | "people"
  | "person"
  | "addPerson"
  | "changePerson"
  | "invitePerson"
  | "personSessions"
  | "endSession"
  | "serviceTokens"
  | "addServiceToken"
  | "revokeServiceToken"
  | "settings"
> {
  const { people, store } = context;
  const personWithVersion = (id: string) =>
    withVersion(store.audit, { kind: "person", ids: [id] }, async () => {
      const record = await store.people.person(id);
      return record === undefined ? fail(personNotFound(id)) : ok(await personView(context, record));
    });
  return {
    people: async ({ query }) => {
      const page = await store.people.people({ ...query, limit: query.limit ?? pageSize });
      return ok({ ...page, items: await personViews(people, page.items) });
    },
    person: ({ params }) => personWithVersion(params.id),
    addPerson: async ({ body, actor }) => invitationView(context, await addPerson(people, body, actor)),
    changePerson: async ({ params, body, actor, expected }) => {
      const changed = await changePerson(people, params.id, body, actor, expected);
      return changed.ok ? personWithVersion(params.id) : changed;
    },
    invitePerson: async ({ params, actor }) => invitationView(context, await invitePerson(people, params.id, actor)),
    personSessions: async ({ params, caller }) =>
      (await store.people.person(params.id)) === undefined
        ? fail(personNotFound(params.id))
        : ok({ items: await sessionViews(context, params.id, caller?.session) }),
    endSession: async ({ params, actor, caller }) => {
      const ended = await endSession(people, params.id, params.session, actor);
      return ended.ok ? ok({ items: await sessionViews(context, params.id, caller?.session) }) : ended;
    },
    serviceTokens: async ({ query }) => {
      const page = await store.people.tokens({ ...query, limit: query.limit ?? pageSize });
      return ok({ ...page, items: page.items.map(tokenView) });
    },
    addServiceToken: async ({ body, actor }) => {
      const { token, secret } = await addServiceToken(people, body, actor);
      return ok({ token: tokenView(token), secret });
    },
    settings: async () => ok({ items: context.settings }),
    revokeServiceToken: async ({ params, actor }) => {
      const revoked = await revokeServiceToken(people, params.id, actor);
      return revoked.ok ? ok(tokenView(revoked.value)) : revoked;
    },
  };
}

/** Routes that sign in or out are called by HTTP alone. */
function present(client: Client | undefined): Client {
  if (client === undefined) {
    throw new Error("this route is for browsers");
  }
  return client;
}

/** Whose session a request belongs to. The router lets only people reach the routes that ask. */
function ownSessionOf(caller: Caller | undefined): { readonly personId: string; readonly sessionId: string } {
  if (caller?.session === undefined) {
    throw new Error("this route is for people with a session");
  }
  return { personId: caller.actor.origin.account, sessionId: caller.session };
}

async function ownSession({ store }: AppContext, caller: Caller | undefined): Promise<OwnSession> {
  const { personId, sessionId } = ownSessionOf(caller);
  const person = await store.people.person(personId);
  if (person === undefined || caller === undefined) {
    throw new Error("an open session has a person");
  }
  return { person, session: { id: sessionId, method: caller.actor.origin.method } };
}

async function ownAccountView(context: AppContext, { person, session }: OwnSession) {
  const [view, password, passkeys, sessions] = await Promise.all([
    personView(context, person),
    context.store.people.password(person.id),
    context.store.people.passkeys(person.id),
    sessionViews(context, person.id, session.id),
  ]);
  const permissions: readonly Permission[] = rolePermissions[person.role];
  const hasCredential = password !== undefined || passkeys.length > 0 || person.external !== undefined;
  return {
    person: view,
    permissions,
    hasPassword: password !== undefined,
    lacksCredential: !hasCredential && !(await isLocalAdministrator(context.people, person)),
    passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      createdAt: new Date(createdAt).toISOString(),
      lastUsedAt: lastUsedAt === undefined ? undefined : new Date(lastUsedAt).toISOString(),
    })),
    sessions,
  };
}

async function personView({ people }: AppContext, record: PersonRecord) {
  const [view] = await personViews(people, [record]);
  if (view === undefined) {
    throw new Error("one view per record");
  }
  return view;
}

async function sessionViews({ people }: AppContext, personId: string, current: string | undefined) {
  return (await openSessions(people, personId)).map((session) => sessionView(session, people.sessions, current));
}

async function invitationView(context: AppContext, invited: Result<Invited, RequestProblem>) {
  if (!invited.ok) {
    return invited;
  }
  const { person, link } = invited.value;
  return ok({
    person: await personView(context, person),
    link: `${context.url().replace(/\/$/, "")}/sign-in?token=${link.secret}`,
    expiresAt: new Date(link.expiresAt).toISOString(),
  });
}
