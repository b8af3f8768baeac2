import type { Request, Response } from "express";
import type { Actor, ActorOrigin } from "#contracts/actor";
import type { Permission, Role } from "#contracts/roles";

/** Who sends a request: a person with a session, or a program with a service token. */
export interface Caller {
  readonly actor: Actor & { readonly origin: ActorOrigin };
  /** Absent for service tokens. */
  readonly role?: Role;
  readonly permissions: ReadonlySet<Permission>;
  /** Id of the sign-in session; absent for service tokens. */
  readonly session?: string;
}

/**
 * Finds out who sends a request; `undefined` for nobody, an expired session or a revoked token. It counts as a use of
 * the session or token unless `isUse` is false: a response that goes on for hours is no sign of a person.
 */
export type Identify = (request: Request, options?: { readonly isUse: boolean }) => Promise<Caller | undefined>;

export function setCaller(response: Response, caller: Caller | undefined): void {
  response.locals["caller"] = caller;
}

export function callerOf(response: Response): Caller | undefined {
  // Only `setCaller` writes it.
  return response.locals["caller"] as Caller | undefined;
}
