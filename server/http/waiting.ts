import type { Actor } from "#contracts/actor";
import type { WorkOptions } from "../work/pool.ts";

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
