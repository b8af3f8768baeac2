import type { Actor } from "#contracts/actor";
import type { RouteAccess } from "#contracts/roles";
import type { Authority } from "../people/authority.ts";
import type { WorkOptions } from "../work/pool.ts";
import type { Caller } from "./caller.ts";

/** Under whose name work runs: limits and the list of work go by account. */
export function personOf({ name, origin }: Actor): string {
  return origin?.account ?? name;
}

/** Work that ends when nobody waits for the response any more. */
export function waitingIn({
  actor,
  signal,
}: {
  readonly actor: Actor;
  readonly signal: AbortSignal | undefined;
}): WorkOptions {
  return { person: personOf(actor), signal };
}

/** Whose right to a change counts when it is made. Public routes change nothing that waits. */
export function authorityOf(caller: Caller | undefined, access: RouteAccess): Authority | undefined {
  return caller && { account: caller.actor.origin.account, session: caller.session, access };
}
