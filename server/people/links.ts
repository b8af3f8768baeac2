import type { LinkRecord, PeopleWriter, PersonRecord } from "../store/people/port.ts";
import { hashOf, newSecret } from "./secret.ts";

/** Milliseconds that the link of an invitation is valid. */
const invitationLifetime = 7 * 86_400_000;

/** Milliseconds that a printed link is valid. */
const printedLifetime = 15 * 60_000;

export interface Link {
  /** The secret of the link, shown once. */
  readonly secret: string;
  readonly expiresAt: number;
}

/** A new link for a person; earlier ones stop working. */
export async function replaceLink(people: PeopleWriter, person: PersonRecord, now: number): Promise<Link> {
  const secret = newSecret();
  const link: LinkRecord = {
    hash: hashOf(secret),
    personId: person.id,
    createdAt: now,
    expiresAt: now + invitationLifetime,
  };
  await people.putLink(link);
  return { secret, expiresAt: link.expiresAt };
}

/**
 * The link that a server prints for whoever started it: the way in at the first start, and for an administrator who is
 * locked out. It lives in the memory of that server, because it must work whatever the store holds, and no longer than
 * the terminal that shows it. There is one at a time.
 */
export class PrintedLink {
  readonly #now: () => number;
  #link: { readonly hash: string; readonly expiresAt: number } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The secret of a new link; the previous one stops working. */
  issue(): string {
    const secret = newSecret();
    this.#link = { hash: hashOf(secret), expiresAt: this.#now() + printedLifetime };
    return secret;
  }

  /** Uses the link up if this is its hash. Returns how to undo that, should signing in fail. */
  take(hash: string): { readonly restore: () => void } | undefined {
    const link = this.#link;
    if (link === undefined || link.hash !== hash || this.#now() >= link.expiresAt) {
      return undefined;
    }
    this.#link = undefined;
    return {
      restore: () => {
        this.#link ??= link;
      },
    };
  }
}
