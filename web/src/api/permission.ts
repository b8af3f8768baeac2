import type { Permission, Role } from "#contracts/roles";
import { useRoute } from "./queries.ts";

/** The least role that includes a permission. */
const roleFor = {
  read: "viewer",
  propose: "analyst",
  triage: "analyst",
  decide: "analyst",
  author: "author",
  administer: "administrator",
  intake: "administrator",
} as const satisfies Readonly<Record<Permission, Role>>;

/**
 * Why the person who is signed in may not do something, as a sentence; undefined if they may. The server decides: this
 * only keeps the interface from offering what would be refused. Until the role is known, everything is offered, so that
 * nothing flickers for those who may.
 */
export function useDenial(permission: Permission): string | undefined {
  // The shell refreshes `me`; other parts of the page only read what is cached.
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  if (me === undefined || me.permissions.includes(permission)) {
    return undefined;
  }
  return `Needs the ${roleFor[permission]} role.${me.role === undefined ? "" : ` Yours is ${me.role}.`}`;
}
