import { z } from "zod";
import { type Role, role } from "#contracts/roles";

/** The identity provider that people sign in with, and what their groups there stand for here. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client. */
  readonly clientSecret: string | undefined;
  /** On the button of the sign-in page. */
  readonly name: string;
  readonly scopes: string;
  readonly groupsClaim: string;
  readonly roles: ReadonlyMap<string, Role>;
  /** For people without a mapped group; absent: they cannot sign in. */
  readonly defaultRole: Role | undefined;
}

/** `group=role`, separated by commas. A group may itself hold commas and equals signs, as names of LDAP do. */
const roleOfGroup = /\s*(.+?)\s*=\s*(viewer|analyst|author|administrator)\s*(?:,|$)/gy;

const roles = z.string().transform((text, context) => {
  const entries: [string, Role][] = [];
  let end = 0;
  for (const match of text.matchAll(roleOfGroup)) {
    entries.push([match[1] ?? "", role.parse(match[2])]);
    end = match.index + match[0].length;
  }
  if (entries.length === 0 || end !== text.length) {
    context.addIssue("must be groups with their roles, such as soc=analyst,detection=author");
  }
  return new Map(entries);
});

/** Without TLS only on this machine. */
function isSafeIssuer(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, search, hash } = new URL(text);
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return search === "" && hash === "" && (protocol === "https:" || (protocol === "http:" && isLocal));
}

export const oidcShape = {
  STEMMA_OIDC_ISSUER: z
    .string()
    .refine(isSafeIssuer, "must be an https address without a query (http on this machine only)")
    .optional()
    .describe("The identity provider (OpenID Connect)."),
  STEMMA_OIDC_CLIENT_ID: z.string().min(1).optional().describe("The name of this server at the identity provider."),
  STEMMA_OIDC_CLIENT_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe("The secret of this server at the identity provider. A public client has none."),
  STEMMA_OIDC_NAME: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .default("Single sign-on")
    .describe("What the button to sign in with the identity provider shows."),
  STEMMA_OIDC_SCOPES: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, "must be scopes, separated by blanks")
    .default("openid profile email")
    .describe("What the identity provider is asked for."),
  STEMMA_OIDC_GROUPS_CLAIM: z.string().min(1).default("groups").describe("The claim with the groups of a person."),
  STEMMA_OIDC_ROLES: roles
    .optional()
    .describe("The roles of groups: group=role, separated by commas. The highest role of a person counts."),
  STEMMA_OIDC_DEFAULT_ROLE: role
    .optional()
    .describe("The role of people without such a group. Without it they cannot sign in."),
};

type OidcValues = z.output<z.ZodObject<typeof oidcShape>>;

/** Settings of which one needs the other: the missing one, and why. */
export function oidcProblem(value: OidcValues): readonly [keyof OidcValues, string] | undefined {
  if (value.STEMMA_OIDC_ISSUER === undefined) {
    return value.STEMMA_OIDC_CLIENT_ID === undefined
      ? undefined
      : ["STEMMA_OIDC_ISSUER", "must be set too: a client belongs to an identity provider"];
  }
  if (value.STEMMA_OIDC_CLIENT_ID === undefined) {
    return ["STEMMA_OIDC_CLIENT_ID", "must be set too: the name of this server at the identity provider"];
  }
  return value.STEMMA_OIDC_ROLES === undefined && value.STEMMA_OIDC_DEFAULT_ROLE === undefined
    ? ["STEMMA_OIDC_ROLES", "must be set too, or STEMMA_OIDC_DEFAULT_ROLE: otherwise nobody could sign in"]
    : undefined;
}

export function oidcOf(value: OidcValues): OidcSettings | undefined {
  const { STEMMA_OIDC_ISSUER: issuer, STEMMA_OIDC_CLIENT_ID: clientId } = value;
  if (issuer === undefined || clientId === undefined) {
    return undefined;
  }
  const scopes = value.STEMMA_OIDC_SCOPES;
  return {
    issuer,
    clientId,
    clientSecret: value.STEMMA_OIDC_CLIENT_SECRET,
    name: value.STEMMA_OIDC_NAME,
    scopes: scopes.split(" ").includes("openid") ? scopes : `openid ${scopes}`,
    groupsClaim: value.STEMMA_OIDC_GROUPS_CLAIM,
    roles: value.STEMMA_OIDC_ROLES ?? new Map(),
    defaultRole: value.STEMMA_OIDC_DEFAULT_ROLE,
  };
}
