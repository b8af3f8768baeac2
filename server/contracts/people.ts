import { z } from "zod";
import { signInMethod } from "./actor.ts";
import { pageOf } from "./page.ts";
import { permissions, role, tokenScope } from "./roles.ts";
import { timestamp } from "./time.ts";

/** People and service tokens: who may use this server, and what they may do. See docs/decisions/0039. */

export const userName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u, "must not have control characters or blanks at its ends");

/** Of a new account. Accounts that exist, and those of an identity provider, keep theirs. */
export const newUserName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[\p{L}\p{M}\p{N}._@+-]*$/u, "may have letters, digits and the characters . _ - @ +");

export const person = z
  .object({
    id: z.string(),
    userName: z.string().describe("What they sign in with; unique without regard to case."),
    name: z.string().describe("As the history and the audit trail show it."),
    role,
    state: z.enum(["invited", "active", "disabled"]).describe("`invited`: has not signed in yet."),
    source: z.enum(["local", "oidc"]).describe("`oidc`: comes from the identity provider, and so does the role."),
    methods: z.array(signInMethod).describe("How they can sign in now."),
    createdAt: timestamp,
    createdBy: z.string(),
    lastSignInAt: timestamp.optional(),
    sessions: z.number().describe("Sign-in sessions that are open now."),
    version: z
      .number()
      .describe("One more with every change. `If-Match` takes the `ETag` of a response, which is another."),
  })
  .meta({ id: "Person", description: "Somebody who may use this server." });
export type Person = Readonly<z.infer<typeof person>>;

export const personPage = pageOf(person).meta({ id: "PersonPage", description: "People by name." });

export const newPerson = z
  .object({
    userName: newUserName.describe("What they sign in with: letters, digits and `. _ - @ +`."),
    name: userName.describe("As the history and the audit trail show it."),
    role,
    note: z.string().max(2000).optional().describe("Why, for the audit trail."),
  })
  .strict()
  .meta({ id: "NewPerson", description: "A local account. The answer has a link with which the person signs in." });

export const personChange = z
  .object({
    name: userName.optional(),
    role: role.optional().describe("Cannot be changed for people of the identity provider, and not for oneself."),
    disabled: z.boolean().optional().describe("A disabled person cannot sign in; open sessions end at once."),
    note: z.string().max(2000).optional().describe("Why, for the audit trail."),
  })
  .strict()
  .meta({ id: "PersonChange", description: "What changes of a person; what is absent stays." });

export const invitation = z
  .object({
    person,
    link: z.string().describe("Shown once. Works once; whoever opens it is signed in as this person."),
    expiresAt: timestamp,
  })
  .meta({ id: "Invitation", description: "A sign-in link for a person." });

export const signInSession = z
  .object({
    id: z.string(),
    method: signInMethod,
    address: z.string().describe("The network address that it was opened from."),
    userAgent: z.string().optional(),
    startedAt: timestamp,
    lastUsedAt: timestamp.describe("To the minute."),
    expiresAt: timestamp.describe("When it ends at the latest, used or not."),
    current: z.boolean().describe("Whether this very request belongs to it."),
  })
  .meta({ id: "SignInSession", description: "A browser in which somebody is signed in." });
export type SignInSession = Readonly<z.infer<typeof signInSession>>;

export const signInSessionList = z
  .object({ items: z.array(signInSession) })
  .meta({ id: "SignInSessionList", description: "Open sign-in sessions of a person, newest first." });

export const serviceToken = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(tokenScope).min(1),
    prefix: z.string().describe("The first characters of the secret, to recognise it by."),
    createdAt: timestamp,
    createdBy: z.string(),
    expiresAt: timestamp.optional(),
    lastUsedAt: timestamp.optional().describe("To the minute."),
    lastUsedFrom: z.string().optional().describe("A network address."),
    revokedAt: timestamp.optional(),
  })
  .meta({ id: "ServiceToken", description: "Access for a program. The secret is not stored." });
export type ServiceToken = Readonly<z.infer<typeof serviceToken>>;

export const serviceTokenPage = pageOf(serviceToken).meta({
  id: "ServiceTokenPage",
  description: "Tokens, newest first.",
});

export const newServiceToken = z
  .object({
    name: userName,
    scopes: z.array(tokenScope).min(1),
    days: z.number().int().min(1).max(3650).optional().describe("How long it is valid; absent: until it is revoked."),
  })
  .strict()
  .meta({ id: "NewServiceToken", description: "A token to create." });

export const createdServiceToken = z
  .object({ token: serviceToken, secret: z.string().describe("Shown once: send it as `Authorization: Bearer …`.") })
  .meta({ id: "CreatedServiceToken", description: "A new token with its secret." });

export const passkey = z
  .object({ id: z.string(), name: z.string(), createdAt: timestamp, lastUsedAt: timestamp.optional() })
  .meta({ id: "Passkey", description: "A passkey of a person." });

/** What WebAuthn exchanges; its library checks it. */
const webAuthnJson = z.record(z.string(), z.unknown());
export const webAuthnOptions = z
  .object({ options: webAuthnJson, challenge: z.string().describe("Send it back with the response.") })
  .meta({ id: "WebAuthnOptions", description: "What `navigator.credentials` needs." });
export const webAuthnResponse = z
  .object({ challenge: z.string().max(500), response: webAuthnJson })
  .strict()
  .meta({ id: "WebAuthnResponse", description: "What `navigator.credentials` returned." });
export const newPasskey = webAuthnResponse
  .extend({ name: userName })
  .meta({ id: "NewPasskey", description: "A passkey to add, with a name to recognise it by." });

export const password = z.string().min(12, "must have at least 12 characters").max(1000);
export const passwordChange = z
  .object({ current: z.string().max(1000).optional().describe("Needed if there is one."), password })
  .strict()
  .meta({ id: "PasswordChange", description: "A new password for oneself." });
export const passwordSignIn = z
  .object({ userName: z.string().max(200), password: z.string().max(1000) })
  .strict()
  .meta({ id: "PasswordSignIn", description: "User name and password." });

export const ownAccount = z
  .object({
    person,
    permissions: z.array(z.enum(permissions)),
    hasPassword: z.boolean(),
    lacksCredential: z
      .boolean()
      .describe(
        "Nothing but a new link would let the person in again. Never for the local administrator of the server.",
      ),
    passkeys: z.array(passkey),
    sessions: z.array(signInSession),
  })
  .meta({ id: "OwnAccount", description: "Oneself: how one can sign in, and where one is signed in." });

export const signInOptions = z
  .object({
    password: z.boolean(),
    passkey: z.boolean(),
    oidc: z.object({ name: z.string(), url: z.string() }).optional().describe("The identity provider, if one is set."),
  })
  .meta({ id: "SignInOptions", description: "How one can sign in to this server." });

export const signedOut = z
  .object({ url: z.string().optional().describe("Where the identity provider ends its own session; go there.") })
  .meta({ id: "SignedOut", description: "The session has ended." });

export const effectiveSetting = z
  .object({
    name: z.string(),
    value: z.string().describe("`set` in place of a secret."),
    source: z.enum(["flag", "environment", "file", "default"]),
    description: z.string(),
  })
  .meta({ id: "EffectiveSetting", description: "A setting of the server and where its value comes from." });
export type EffectiveSetting = Readonly<z.infer<typeof effectiveSetting>>;
export const effectiveSettings = z
  .object({ items: z.array(effectiveSetting) })
  .meta({ id: "EffectiveSettings", description: "All settings, read-only: they are set where the server is started." });
