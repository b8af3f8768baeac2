import { z } from "zod";

/** What a request needs to be permitted. */
export const permissions = ["read", "triage", "author", "administer", "intake"] as const;
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
export const tokenScope = z.enum(["read", "triage", "intake"]).meta({
  id: "TokenScope",
  description: "What a service token is for: reading, triage (which includes reading), or sending records.",
});
export type TokenScope = z.infer<typeof tokenScope>;

export const rolePermissions = {
  viewer: ["read"],
  analyst: ["read", "triage"],
  author: ["read", "triage", "author"],
  administrator: ["read", "triage", "author", "administer", "intake"],
} as const satisfies Readonly<Record<Role, readonly Permission[]>>;

export const scopePermissions = {
  read: ["read"],
  triage: ["read", "triage"],
  intake: ["intake"],
} as const satisfies Readonly<Record<TokenScope, readonly Permission[]>>;

/**
 * What a route needs: a permission, only somebody signed in (`signed-in`: one's own session), or nothing (`public`:
 * signing in).
 */
export type RouteAccess = Permission | "signed-in" | "public";

/** Whether somebody with these permissions may use a route. */
export function permits(held: ReadonlySet<Permission> | undefined, access: RouteAccess): boolean {
  switch (access) {
    case "public":
      return true;
    case "signed-in":
      return held !== undefined;
    default:
      return held?.has(access) === true;
  }
}
