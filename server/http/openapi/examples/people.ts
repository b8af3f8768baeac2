import type { Person, ServiceToken, SignInSession } from "#contracts/people";
import { rolePermissions } from "#contracts/roles";
import type { peopleRoutes } from "#contracts/routes/people";
import type { Examples } from "./example.ts";

const personId = "4f0c1d36-6a52-4d3c-9a52-0f4f8f6f0b53";
const sessionId = "c0a5e2c1-9c1b-4b0c-8a43-7f2f1a4be0de";
const tokenId = "9a1f7f0e-5d0b-4a57-8d3b-62f4c3a1d9e7";

const person: Person = {
  id: personId,
  userName: "mira",
  name: "Mira Holm",
  role: "analyst",
  state: "active",
  source: "local",
  methods: ["password", "passkey"],
  createdAt: "2026-06-15T08:00:00.000Z",
  createdBy: "lena",
  lastSignInAt: "2026-06-17T06:58:12.000Z",
  sessions: 1,
  version: 3,
};

const session: SignInSession = {
  id: sessionId,
  method: "password",
  address: "10.20.4.17",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  startedAt: "2026-06-17T06:58:12.000Z",
  lastUsedAt: "2026-06-17T12:03:00.000Z",
  expiresAt: "2026-06-17T18:58:12.000Z",
  current: true,
};

const token: ServiceToken = {
  id: tokenId,
  name: "log forwarder",
  scopes: ["intake"],
  prefix: "stemma_f3Zk1Q",
  createdAt: "2026-06-15T08:10:00.000Z",
  createdBy: "lena",
  expiresAt: "2027-06-15T08:10:00.000Z",
  lastUsedAt: "2026-06-17T12:03:00.000Z",
  lastUsedFrom: "10.20.4.30",
};

const ownAccount = {
  person,
  permissions: rolePermissions.analyst,
  hasPassword: true,
  lacksCredential: false,
  passkeys: [
    {
      id: "mC2rCq0nXqVUFcZ3lGzJ0A",
      name: "Laptop",
      createdAt: "2026-06-15T08:05:00.000Z",
      lastUsedAt: "2026-06-16T06:55:40.000Z",
    },
  ],
  sessions: [session],
};

const invitation = {
  person: { ...person, state: "invited" as const, methods: ["link" as const], lastSignInAt: undefined, sessions: 0 },
  link: "https://stemma.example/sign-in?token=Vb2kX0mZ4m8uQn1w6cQm3rYtKJ5s9dLh2fGx7pT0aEo",
  expiresAt: "2026-06-22T08:00:00.000Z",
};

const challenge = "1781697900000.q0kqv2m3RkC1n1oXyq8XbS6mZ0h2Uu1G.2vXo0n5JvWb3mU7lQf5rYqf0cWw2pG0mS0iJx5r0dXk";
const credentialId = "mC2rCq0nXqVUFcZ3lGzJ0A";

const password = "quiet harbour, seven lamps";

export const peopleExamples: Examples<typeof peopleRoutes> = {
  signInOptions: {
    response: { password: true, passkey: true, oidc: { name: "Nordwind SSO", url: "/sign-in/oidc" } },
  },
  signInWithPassword: { body: { userName: "mira", password }, response: ownAccount },
  passkeySignInOptions: {
    body: {},
    response: { challenge, options: { challenge, rpId: "stemma.example", userVerification: "required" } },
  },
  signInWithPasskey: {
    body: {
      challenge,
      response: {
        id: credentialId,
        rawId: credentialId,
        type: "public-key",
        response: { clientDataJSON: "eyJ0…", authenticatorData: "SZYN…", signature: "MEUC…", userHandle: "NGYw…" },
      },
    },
    response: ownAccount,
  },
  signOut: { body: {}, response: { url: "https://sso.nordwind.example/session/end?client_id=stemma" } },
  ownAccount: { response: ownAccount },
  setPassword: { body: { current: "the former password", password }, response: ownAccount },
  newPasskeyOptions: {
    body: {},
    response: {
      challenge,
      options: {
        challenge,
        rp: { name: "Stemma", id: "stemma.example" },
        user: { id: "NGYw…", name: "mira", displayName: "Mira Holm" },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      },
    },
  },
  addPasskey: {
    body: {
      challenge,
      name: "Laptop",
      response: {
        id: credentialId,
        rawId: credentialId,
        type: "public-key",
        response: { clientDataJSON: "eyJ0…", attestationObject: "o2Nm…", transports: ["internal"] },
      },
    },
    response: ownAccount,
  },
  removePasskey: { params: { passkey: credentialId }, body: {}, response: { ...ownAccount, passkeys: [] } },
  endOwnSession: { params: { session: sessionId }, body: {}, response: { items: [session] } },
  people: { query: { limit: 1 }, response: { items: [person], total: 3, next: "WyI2ZDY5NzI2MSJd" } },
  person: { params: { id: personId }, response: person },
  addPerson: {
    body: { userName: "mira", name: "Mira Holm", role: "analyst", note: "joins the night shift" },
    response: invitation,
  },
  changePerson: {
    params: { id: personId },
    body: { role: "author", note: "owns the rules for Linux" },
    response: { ...person, role: "author", version: 4 },
  },
  invitePerson: { params: { id: personId }, body: {}, response: invitation },
  personSessions: { params: { id: personId }, response: { items: [{ ...session, current: false }] } },
  endSession: { params: { id: personId, session: sessionId }, body: {}, response: { items: [] } },
  serviceTokens: { query: { limit: 10 }, response: { items: [token], total: 1 } },
  addServiceToken: {
    body: { name: "log forwarder", scopes: ["intake"], days: 365 },
    response: {
      token: { ...token, lastUsedAt: undefined, lastUsedFrom: undefined },
      secret: "stemma_f3Zk1QmJ7y0aBv9cXs2dTe4rUw6qLp8nKh5gFj3iMzo",
    },
  },
  settings: {
    response: {
      items: [
        {
          name: "STEMMA_SESSION_HOURS",
          value: "8",
          source: "file",
          description: "Hours after which a session ends, used or not.",
        },
      ],
    },
  },
  revokeServiceToken: {
    params: { id: tokenId },
    body: {},
    response: { ...token, revokedAt: "2026-06-17T12:05:00.000Z" },
  },
};
