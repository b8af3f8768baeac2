import type { LogonSession } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { StemmaEvent } from "../../event/event.ts";
import type { Aliases } from "../aliases.ts";
import { factOf } from "../fact-of.ts";
import type { LogonFact } from "../facts.ts";
import { under } from "../hosts/under.ts";
import { sessionKey } from "../keys.ts";
import { SESSIONS_PER_LOGON } from "../logon-session.ts";
import { distinctLogons } from "../resolve/assign-sessions.ts";
import type { LogonIdentity } from "../tables.ts";
import { CLOCK_SKEW } from "./clocks.ts";

/** Session keys per query. */
const KEYS_PER_QUERY = 500;

/** Reads sessions by key. */
export interface SessionSource {
  sessions(
    query: { readonly limit: number } & (
      | { readonly keys: readonly string[] }
      | { readonly logons: readonly LogonIdentity[] }
    ),
  ): Promise<Page<LogonSession>>;
}

type SessionFact = Pick<LogonFact, "host" | "logonId" | "time" | "source">;

/** The sessions of logon events, under whichever name of their host, by event id: see `sessionsOfFacts`. */
export async function sessionsOfEvents(
  source: SessionSource,
  hosts: Pick<Aliases, "shown">,
  events: readonly StemmaEvent[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const facts = events.flatMap((event) => {
    const fact = factOf(event);
    return fact?.kind === "logon" ? [fact] : [];
  });
  return sessionsOfFacts(
    source,
    facts.map((fact) => under(fact, hosts.shown)),
  );
}

/**
 * The session of each logon fact, by event id: the one that it opened, else the last one of its logon id opened before
 * it. A recorded logoff does not end the search: processes of a session may continue to use it.
 */
export async function sessionsOfFacts(
  source: SessionSource,
  facts: readonly SessionFact[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const sessions = await sessionsByKey(source, [...new Set(facts.flatMap(sessionKeysOf))]);
  // Sessions whose logon was not recorded have keys that a fact does not tell. Few logon ids have several sessions.
  const reused = facts.filter(({ host, logonId }) => sessions.get(sessionKey(host, logonId))?.until !== undefined);
  const others = reused.length === 0 ? [] : await sessionsOfLogons(source, reused);
  return new Map(
    facts.flatMap((fact) => {
      const named = sessionKeysOf(fact).flatMap((key) => sessions.get(key) ?? []);
      const later = others.filter(({ host, logonId }) => host === fact.host && logonId === fact.logonId);
      const candidates = (later.length === 0 ? named : later).filter(
        ({ until }) => until === undefined || fact.time < Date.parse(until),
      );
      const session =
        candidates.find(({ openedBy }) => openedBy?.eventId === fact.source.eventId) ??
        candidates.findLast(({ opened }) => opened === undefined || Date.parse(opened) - CLOCK_SKEW <= fact.time);
      return session === undefined ? [] : [[fact.source.eventId, session] as const];
    }),
  );
}

/** The keys that the session of a fact can have. */
export function sessionKeysOf({ host, logonId, time }: SessionFact): readonly string[] {
  return [sessionKey(host, logonId), sessionKey(host, logonId, time)];
}

/** The sessions of logon ids, the first one of each first. */
async function sessionsOfLogons(
  source: SessionSource,
  facts: readonly SessionFact[],
): Promise<readonly LogonSession[]> {
  const logons = distinctLogons(facts);
  const { items } = await source.sessions({ logons, limit: SESSIONS_PER_LOGON * logons.length });
  const end = ({ until }: LogonSession) => (until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(until));
  return items.toSorted((a, b) => end(a) - end(b));
}

async function sessionsByKey(
  source: SessionSource,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const sessions = new Map<string, LogonSession>();
  for (let start = 0; start < keys.length; start += KEYS_PER_QUERY) {
    const part = keys.slice(start, start + KEYS_PER_QUERY);
    for (const session of (await source.sessions({ keys: part, limit: part.length })).items) {
      sessions.set(session.key, session);
    }
  }
  return sessions;
}
