import { pageQuery } from "../page.ts";
import {
  createdServiceToken,
  effectiveSettings,
  invitation,
  newPasskey,
  newPerson,
  newServiceToken,
  ownAccount,
  passwordChange,
  passwordSignIn,
  person,
  personChange,
  personPage,
  serviceToken,
  serviceTokenPage,
  signedOut,
  signInOptions,
  signInSessionList,
  webAuthnOptions,
  webAuthnResponse,
} from "../people.ts";
import { ask, emptyBody, get, post, put, type Route } from "./route.ts";

/** Signing in and out. The pages `/sign-in…` and `/sign-out` are not part of the table: they answer with redirects. */
const signInRoutes = {
  signInOptions: {
    ...get,
    access: "public",
    path: "/api/v1/sign-in",
    summary: "How one can sign in",
    response: signInOptions,
  },
  signInWithPassword: {
    ...post,
    access: "public",
    path: "/api/v1/sign-in/password",
    summary: "Sign in with user name and password",
    body: passwordSignIn,
    response: ownAccount,
    problems: ["sign-in.refused", "sign-in.rate-limited"],
  },
  signOut: {
    ...post,
    access: "signed-in",
    path: "/api/v1/sign-out",
    summary: "End the session of this request",
    body: emptyBody,
    response: signedOut,
  },
} as const satisfies Readonly<Record<string, Route>>;

const ownRoutes = {
  ownAccount: {
    ...get,
    access: "signed-in",
    path: "/api/v1/account",
    summary: "Oneself: ways to sign in, and open sessions",
    response: ownAccount,
  },
  setPassword: {
    ...put,
    access: "signed-in",
    path: "/api/v1/account/password",
    summary: "Set one's password; other sessions end",
    body: passwordChange,
    response: ownAccount,
    problems: ["sign-in.refused", "sign-in.rate-limited", "person.external"],
  },
  endOwnSession: {
    ...post,
    access: "signed-in",
    path: "/api/v1/account/sign-in-sessions/:session/end",
    summary: "End one of one's own sessions",
    body: emptyBody,
    response: signInSessionList,
    problems: ["sign-in-session.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;

const administrationRoutes = {
  people: {
    ...get,
    access: "administer",
    path: "/api/v1/people",
    summary: "People by page",
    query: pageQuery,
    response: personPage,
    problems: ["request.invalid-cursor"],
  },
  person: {
    ...get,
    access: "administer",
    path: "/api/v1/people/:id",
    summary: "One person",
    response: person,
    problems: ["person.not-found"],
  },
  addPerson: {
    ...post,
    access: "administer",
    path: "/api/v1/people",
    summary: "Add a local account, with a link for the first sign-in",
    body: newPerson,
    response: invitation,
    problems: ["person.exists"],
  },
  changePerson: {
    ...put,
    access: "administer",
    path: "/api/v1/people/:id",
    summary: "Change the name or role of a person, or disable them",
    body: personChange,
    response: person,
    problems: ["person.not-found", "person.external", "person.last-administrator"],
  },
  invitePerson: {
    ...post,
    access: "administer",
    path: "/api/v1/people/:id/invitation",
    summary: "A new sign-in link for a person, for lost passwords and passkeys",
    body: emptyBody,
    response: invitation,
    problems: ["person.not-found", "person.external", "person.disabled"],
  },
  personSessions: {
    ...get,
    access: "administer",
    path: "/api/v1/people/:id/sign-in-sessions",
    summary: "Open sign-in sessions of a person",
    response: signInSessionList,
    problems: ["person.not-found"],
  },
  endSession: {
    ...post,
    access: "administer",
    path: "/api/v1/people/:id/sign-in-sessions/:session/end",
    summary: "End a sign-in session of a person",
    body: emptyBody,
    response: signInSessionList,
    problems: ["person.not-found", "sign-in-session.not-found"],
  },
  serviceTokens: {
    ...get,
    access: "administer",
    path: "/api/v1/service-tokens",
    summary: "Service tokens by page",
    query: pageQuery,
    response: serviceTokenPage,
    problems: ["request.invalid-cursor"],
  },
  addServiceToken: {
    ...post,
    access: "administer",
    path: "/api/v1/service-tokens",
    summary: "Create a service token; the answer is the only one with its secret",
    body: newServiceToken,
    response: createdServiceToken,
  },
  revokeServiceToken: {
    ...post,
    access: "administer",
    path: "/api/v1/service-tokens/:id/revoke",
    summary: "Revoke a service token at once",
    body: emptyBody,
    response: serviceToken,
    problems: ["service-token.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;

/** Signing in with passkeys (WebAuthn), and those of one's own account. */
const passkeyRoutes = {
  passkeySignInOptions: {
    ...ask,
    access: "public",
    path: "/api/v1/sign-in/passkey/options",
    summary: "A challenge to sign in with a passkey",
    body: emptyBody,
    response: webAuthnOptions,
  },
  signInWithPasskey: {
    ...post,
    access: "public",
    path: "/api/v1/sign-in/passkey",
    summary: "Sign in with a passkey",
    body: webAuthnResponse,
    response: ownAccount,
    problems: ["sign-in.refused", "sign-in.rate-limited"],
  },
  newPasskeyOptions: {
    ...ask,
    access: "signed-in",
    path: "/api/v1/account/passkeys/options",
    summary: "A challenge to add a passkey",
    body: emptyBody,
    response: webAuthnOptions,
    problems: ["person.external"],
  },
  addPasskey: {
    ...post,
    access: "signed-in",
    path: "/api/v1/account/passkeys",
    summary: "Add a passkey",
    body: newPasskey,
    response: ownAccount,
    problems: ["person.external", "sign-in.refused"],
  },
  removePasskey: {
    ...post,
    access: "signed-in",
    path: "/api/v1/account/passkeys/:passkey/remove",
    summary: "Remove a passkey",
    body: emptyBody,
    response: ownAccount,
    problems: ["passkey.not-found"],
  },
} as const satisfies Readonly<Record<string, Route>>;

export const settingsRoutes = {
  settings: {
    ...get,
    access: "administer",
    path: "/api/v1/settings",
    summary: "The settings of the server and where they come from",
    response: effectiveSettings,
  },
} as const satisfies Readonly<Record<string, Route>>;

export const peopleRoutes = { ...signInRoutes, ...passkeyRoutes, ...ownRoutes, ...administrationRoutes };
