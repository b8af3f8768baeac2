import { z } from "zod";

/**
 * What a request needs to be permitted. `decide`: to take or dismiss what others proposed; only people can, so no token
 * has it. See docs/decisions/0043.
 */
export const permissions = ["read", "propose", "triage", "decide", "author", "administer", "intake"] as const;
export type Permission = (typeof permissions)[number];

/** The job of a person. Each role includes the ones before it. */
export const role = z.enum(["viewer", "analyst", "author", "administrator"]).meta({
  id: "Role",
  description:
    "The job of a person: a viewer reads, an analyst also triages alerts, an author also manages rules and exceptions, " +
    "an administrator also manages people and tokens.",
});
export type Role = z.infer<typeof role>;

/** What a service token may be used for. */
export const tokenScope = z.enum(["read", "propose", "triage", "intake"]).meta({
  id: "TokenScope",
  description:
    "What a service token is for: reading, proposing answers and exceptions to people, triage (each includes the ones " +
    "before it). `intake` is for sending records; nothing takes records over HTTP yet.",
});
export type TokenScope = z.infer<typeof tokenScope>;

export const rolePermissions = {
  viewer: ["read"],
  analyst: ["read", "propose", "triage", "decide"],
  author: ["read", "propose", "triage", "decide", "author"],
  administrator: ["read", "propose", "triage", "decide", "author", "administer", "intake"],
} as const satisfies Readonly<Record<Role, readonly Permission[]>>;

export const scopePermissions = {
  read: ["read"],
  propose: ["read", "propose"],
  triage: ["read", "propose", "triage"],
  intake: ["intake"],
} as const satisfies Readonly<Record<TokenScope, readonly Permission[]>>;

/**
 * What a route needs: a permission, only a person who is signed in (`signed-in`: one's own account), or nothing
 * (`public`: signing in).
 */
export type RouteAccess = Permission | "signed-in" | "public";

/** What somebody may do: a person with a role, or a service token without one. */
export interface Rights {
  readonly role?: Role | undefined;
  readonly permissions: ReadonlySet<Permission>;
}

/** Whether somebody with these rights may use a route. */
export function permits(rights: Rights | undefined, access: RouteAccess): boolean {
  switch (access) {
    case "public":
      return true;
    case "signed-in":
      return rights?.role !== undefined;
    default:
      return rights?.permissions.has(access) === true;
  }
}
