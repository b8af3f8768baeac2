import type { Page } from "#contracts/page";
import type { LinkRecord, PasskeyRecord, PasswordRecord, PersonRecord, SessionRecord, TokenRecord } from "./records.ts";

export type {
  LinkRecord,
  PasskeyRecord,
  PasswordRecord,
  PersonRecord,
  SessionRecord,
  TokenRecord,
} from "./records.ts";
export { userNameKey } from "./records.ts";

/** Which sessions are open: not expired at `now`, and used at or after `usedSince`. */
export interface OpenSessions {
  readonly now: number;
  readonly usedSince: number;
}

/** How a person can sign in, for lists. */
export interface PersonAccess {
  readonly password: boolean;
  readonly passkeys: number;
  /** The last link has not been opened and has not expired. */
  readonly link: boolean;
  /** Open sessions. */
  readonly sessions: number;
}

interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** People, ways to sign in, sign-in sessions and service tokens. Snapshots leave them out. See docs/decisions/0039. */
export interface PeopleReader {
  person(id: string): Promise<PersonRecord | undefined>;
  /** By user name, without regard to case. */
  personNamed(userName: string): Promise<PersonRecord | undefined>;
  /** By their account at an identity provider. */
  externalPerson(issuer: string, subject: string): Promise<PersonRecord | undefined>;
  /** By name. */
  people(query: PageQuery): Promise<Page<PersonRecord>>;
  /** People with the role administrator who are not disabled, apart from one. */
  otherAdministrators(id: string): Promise<number>;
  /** Has an entry for each of the people. */
  access(ids: readonly string[], open: OpenSessions): Promise<ReadonlyMap<string, PersonAccess>>;

  password(personId: string): Promise<PasswordRecord | undefined>;
  /** Oldest first. */
  passkeys(personId: string): Promise<readonly PasskeyRecord[]>;
  passkey(id: string): Promise<PasskeyRecord | undefined>;
  link(hash: string): Promise<LinkRecord | undefined>;

  /** A session with its person, open or not, in one query: it is asked for by almost every request. */
  session(hash: string): Promise<{ readonly session: SessionRecord; readonly person: PersonRecord } | undefined>;
  /** Open sessions of a person, newest first. */
  sessions(personId: string, open: OpenSessions): Promise<readonly SessionRecord[]>;

  tokenByHash(hash: string): Promise<TokenRecord | undefined>;
  token(id: string): Promise<TokenRecord | undefined>;
  /** Newest first, revoked ones included. */
  tokens(query: PageQuery): Promise<Page<TokenRecord>>;
}

export interface PeopleWriter extends PeopleReader {
  /** Adds a person or changes a stored one. The caller has checked that the user name is not taken. */
  putPerson(person: PersonRecord): Promise<void>;
  /** `undefined` removes the password. */
  putPassword(personId: string, password: PasswordRecord | undefined): Promise<void>;
  putPasskey(passkey: PasskeyRecord): Promise<void>;
  removePasskey(id: string): Promise<void>;
  /** Replaces the link of the person. */
  putLink(link: LinkRecord): Promise<void>;
  /** Removes a link and returns it, so that it works once. */
  takeLink(hash: string): Promise<LinkRecord | undefined>;

  addSession(session: SessionRecord): Promise<void>;
  removeSessions(ids: readonly string[]): Promise<void>;
  /** Removes sessions that are not open any more, and expired links. */
  removeExpired(open: OpenSessions): Promise<void>;

  /** Adds a token or changes a stored one. */
  putToken(token: TokenRecord): Promise<void>;

  /** Moves the time of the last use forward. Those that are not stored any more are left out. */
  markUsed(uses: {
    readonly sessions: readonly { readonly id: string; readonly at: number }[];
    readonly tokens: readonly { readonly id: string; readonly at: number; readonly address: string }[];
  }): Promise<void>;
}
