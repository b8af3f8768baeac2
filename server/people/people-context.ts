import type { Actor, ActorOrigin, SignInMethod } from "#contracts/actor";
import type { PersonRecord } from "../store/people/port.ts";
import type { Store } from "../store/port.ts";
import type { Sessions } from "./sessions.ts";

/** What the use cases of this folder work with. */
export interface PeopleContext {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sessions: Sessions;
}

/** Where a request comes from, as sessions and the audit trail record it. */
export interface ClientPlace {
  /** Network address. */
  readonly address: string;
  readonly userAgent?: string | undefined;
  /** The secret of the session that it has; a new one replaces that. */
  readonly session?: string | undefined;
}

/** A person as the actor of what they do. */
export function actorOf(
  { id, name }: PersonRecord,
  method: SignInMethod,
  { address }: ClientPlace,
): Actor & { readonly origin: ActorOrigin } {
  return { name, origin: { account: id, method, address } };
}
