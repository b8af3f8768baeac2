import type { SignInMethod } from "#contracts/actor";
import type { Role, TokenScope } from "#contracts/roles";

/** Roles, scopes and ways to sign in, in the words of the interface. */

export const roleLabels = {
  viewer: { label: "Viewer", about: "Reads everything and changes nothing." },
  analyst: { label: "Analyst", about: "Also triages: answers, closes, escalates, chooses parents, drafts exceptions." },
  author: { label: "Author", about: "Also saves exceptions and manages rules." },
  administrator: { label: "Administrator", about: "Also manages people, service tokens and their sessions." },
} as const satisfies Readonly<Record<Role, { label: string; about: string }>>;

export const scopeLabels = {
  read: { label: "Read", about: "Queue, alerts, lineage, playbooks and searches." },
  propose: {
    label: "Propose",
    about: "Includes reading. Also proposes answers and exceptions for a person to decide on.",
  },
  triage: { label: "Triage", about: "Includes proposing. Also answers steps and changes alerts." },
  intake: {
    label: "Intake",
    about: "For sending records; cannot read. Of no use yet: nothing takes records over HTTP.",
  },
} as const satisfies Readonly<Record<TokenScope, { label: string; about: string }>>;

/** How somebody signed in, as in "by password". */
export const methodLabels = {
  link: "sign-in link",
  password: "password",
  passkey: "passkey",
  oidc: "identity provider",
  token: "service token",
  "command-line": "command line",
} as const satisfies Readonly<Record<SignInMethod, string>>;
