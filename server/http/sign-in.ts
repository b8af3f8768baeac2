import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Milliseconds that a sign-in link is valid. */
const linkLifetime = 15 * 60_000;

function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/**
 * One-time links and the sessions that they open. Both live in memory, so a restart ends all sessions and no secret is
 * written to disk. Only hashes are kept, so a memory dump gives no access either. See docs/decisions/0007.
 */
export class SignIn {
  readonly #now: () => number;
  readonly #sessionLifetime: number;
  #links: readonly { readonly hash: Buffer; readonly expires: number }[] = [];
  readonly #sessions = new Map<string, number>();

  /** `now` in epoch milliseconds; `sessionLifetime` in milliseconds. */
  constructor(now: () => number, sessionLifetime: number) {
    this.#now = now;
    this.#sessionLifetime = sessionLifetime;
  }

  /** Returns the secret of a new link, which is valid once, for 15 minutes. Unused earlier links become invalid. */
  issueLink(): string {
    const token = randomBytes(32).toString("base64url");
    this.#links = [{ hash: digest(token), expires: this.#now() + linkLifetime }];
    return token;
  }

  /** Exchanges a link for the secret of a session; undefined if the link is unknown, used or too old. */
  redeem(token: string): string | undefined {
    const hash = digest(token);
    const link = this.#links.find((candidate) => timingSafeEqual(candidate.hash, hash));
    if (link === undefined || this.#now() >= link.expires) {
      return undefined;
    }
    this.#links = this.#links.filter((candidate) => candidate !== link);
    this.#removeExpired();
    const session = randomBytes(32).toString("base64url");
    this.#sessions.set(digest(session).toString("base64url"), this.#now() + this.#sessionLifetime);
    return session;
  }

  /** Whether a session exists and is still valid. */
  isSignedIn(session: string | undefined): boolean {
    if (session === undefined) {
      return false;
    }
    // A lookup by hash: its timing reveals nothing about the secret.
    const expires = this.#sessions.get(digest(session).toString("base64url"));
    return expires !== undefined && this.#now() < expires;
  }

  #removeExpired(): void {
    for (const [session, expires] of this.#sessions) {
      if (this.#now() >= expires) {
        this.#sessions.delete(session);
      }
    }
  }
}

/** The value of a cookie in a `Cookie` header (RFC 6265); undefined if it is absent. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) {
      return part.slice(equals + 1).trim();
    }
  }
  return undefined;
}
