import { randomUUID } from "node:crypto";
import type { SignInMethod } from "#contracts/actor";
import type { OpenSessions, PersonRecord, SessionRecord, TokenRecord } from "../store/people/port.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { LastUse } from "./last-use.ts";
import { MemoizedReads } from "./memoized-reads.ts";
import { actorOf, type ClientPlace } from "./people-context.ts";
import { hashOf, newSecret } from "./secret.ts";

/**
 * How long an answer about a session or token is used again, in milliseconds: within this time what another server on
 * the same store has revoked or changed takes effect here. Changes by this server take effect at once.
 */
const memory = 3_000;

/** How far the stored time of a last use can be behind, in milliseconds, with some margin. */
const lag = 10 * 60_000;

/** Sessions that ended by disabling and are remembered, the oldest dropped first. */
const mostDisabled = 1_000;

/** The longest user agent that is stored; others are shortened. */
const longestUserAgent = 300;

export interface SessionTimes {
  /** Milliseconds after which a session ends, used or not. */
  readonly lifetime: number;
  /** Milliseconds after which an unused session ends. */
  readonly idle: number;
}

export interface OpenSession {
  readonly session: SessionRecord;
  readonly person: PersonRecord;
}

export interface NewSession extends ClientPlace {
  readonly method: SignInMethod;
  readonly idToken?: string | undefined;
}

/** Who may use the server now: sign-in sessions and service tokens. See docs/decisions/0039. */
export class Sessions {
  readonly #now: () => number;
  readonly #times: SessionTimes;
  readonly #sessions: MemoizedReads<OpenSession>;
  readonly #tokens: MemoizedReads<TokenRecord>;
  readonly #use: LastUse;
  /** Hashes of sessions that ended by disabling, with their person. */
  readonly #disabled = new Map<string, string>();
  readonly #onStart: (method: SignInMethod) => void;

  /** `onStart` is called for every session that begins. */
  constructor(
    store: Store,
    now: () => number,
    times: SessionTimes,
    onError: (error: unknown) => void,
    onStart: (method: SignInMethod) => void = () => undefined,
  ) {
    this.#onStart = onStart;
    this.#now = now;
    this.#times = times;
    this.#sessions = new MemoizedReads((hash) => store.people.session(hash), now, memory);
    this.#tokens = new MemoizedReads((hash) => store.people.tokenByHash(hash), now, memory);
    this.#use = new LastUse(store, onError);
  }

  /** Which sessions count as open now. */
  open(): OpenSessions {
    const now = this.#now();
    return { now, usedSince: now - this.#times.idle + 1 };
  }

  /** The open session with this secret; being asked for counts as a use unless `isUse` is false. */
  async ofSecret(secret: string, { isUse } = { isUse: true }): Promise<OpenSession | undefined> {
    const found = await this.#sessions.get(hashOf(secret));
    if (found === undefined || found.person.disabled || !this.#isOpen(found.session)) {
      return undefined;
    }
    const { id, lastUsedAt, address } = found.session;
    if (isUse) {
      this.#use.record("sessions", id, { at: this.#now(), address, stored: lastUsedAt });
    }
    return found;
  }

  /** To be called with the sessions that have ended because their person was disabled. */
  endedByDisabling(sessions: readonly SessionRecord[]): void {
    for (const { hash, personId } of sessions) {
      this.#disabled.set(hash, personId);
    }
    for (const hash of [...this.#disabled.keys()].slice(0, Math.max(0, this.#disabled.size - mostDisabled))) {
      this.#disabled.delete(hash);
    }
  }

  /** To be called when a person may sign in again. */
  enabled(personId: string): void {
    for (const [hash, person] of this.#disabled) {
      if (person === personId) {
        this.#disabled.delete(hash);
      }
    }
  }

  /**
   * Whether the session with this secret ended because its person was disabled, as far as this server knows. Only who
   * holds the secret learns it.
   */
  isDisabled(secret: string): boolean {
    return this.#disabled.size > 0 && this.#disabled.has(hashOf(secret));
  }

  /** The valid token with this secret; being asked for counts as a use unless `isUse` is false. */
  async ofToken(secret: string, address: string, { isUse } = { isUse: true }): Promise<TokenRecord | undefined> {
    const token = await this.#tokens.get(hashOf(secret));
    const now = this.#now();
    if (token === undefined || token.revokedAt !== undefined || now >= (token.expiresAt ?? Number.POSITIVE_INFINITY)) {
      return undefined;
    }
    if (isUse) {
      this.#use.record("tokens", token.id, { at: now, address, stored: token.lastUsedAt ?? 0 });
    }
    return token;
  }

  /** With the last use as it is known here. */
  withLastUse(session: SessionRecord): SessionRecord {
    return { ...session, lastUsedAt: this.#use.of("sessions", session.id, session.lastUsedAt) };
  }

  /**
   * Opens a session in a transaction that has proved who the person is. Returns its secret and the person as changed;
   * records the sign-in.
   */
  async start(
    { people, audit }: StoreTransaction,
    person: PersonRecord,
    { method, idToken, ...place }: NewSession,
  ): Promise<{ readonly secret: string } & OpenSession> {
    const now = this.#now();
    const secret = newSecret();
    const session: SessionRecord = {
      id: randomUUID(),
      hash: hashOf(secret),
      personId: person.id,
      method,
      address: place.address,
      userAgent: place.userAgent?.slice(0, longestUserAgent).toWellFormed(),
      startedAt: now,
      lastUsedAt: now,
      expiresAt: now + this.#times.lifetime,
      idToken,
    };
    const signedIn = { ...person, lastSignInAt: now };
    this.enabled(person.id);
    const { usedSince } = this.open();
    await people.removeExpired({ now, usedSince: usedSince - lag });
    await people.putPerson(signedIn);
    const replaced = place.session === undefined ? undefined : await people.session(hashOf(place.session));
    if (replaced !== undefined) {
      // The browser forgets it: left open, it would stand in the list until it expires.
      await people.removeSessions([replaced.session.id]);
    }
    await people.addSession(session);
    await audit.append({
      at: now,
      actor: actorOf(person, method, place),
      action: "person.signed-in",
      subject: { kind: "person", id: person.id },
      after: { session: session.id, method, replaces: replaced?.session.id },
    });
    this.#onStart(method);
    return { secret, session, person: signedIn };
  }

  /** To be called after every change of people, sessions or tokens. */
  changed(): void {
    this.#sessions.clear();
    this.#tokens.clear();
  }

  /** Stores what is known about last uses. */
  close(): Promise<void> {
    return this.#use.flush();
  }

  #isOpen(session: SessionRecord): boolean {
    const { now, usedSince } = this.open();
    return now < session.expiresAt && this.withLastUse(session).lastUsedAt >= usedSince;
  }
}
