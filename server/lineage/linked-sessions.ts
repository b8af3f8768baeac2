import type { LogonSession } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { LogonIdentity } from "./tables.ts";

/*
 * Where an administrator logs on, Windows opens two sessions at once (UAC): one with all rights, and one without for
 * everything that was not started as administrator. It is one person at one keyboard.
 */

/** Both halves are opened at one moment, give or take this (milliseconds). */
const SAME_LOGON = 5000;

/** Reads all sessions of logon ids. */
export interface LogonIdSource {
  sessions(query: {
    readonly logons: readonly LogonIdentity[];
    readonly limit: number;
  }): Promise<Pick<Page<LogonSession>, "items">>;
}

/** The other half of each session that has one, by key. A session whose other half is not known is left out. */
export async function linkedSessions(
  source: LogonIdSource,
  sessions: readonly LogonSession[],
): Promise<ReadonlyMap<string, LogonSession>> {
  const logons = sessions.flatMap(({ host, linkedLogonId: logonId }) =>
    logonId === undefined ? [] : [{ host, logonId }],
  );
  if (logons.length === 0) {
    return new Map();
  }
  const { items } = await source.sessions({ logons, limit: MAX_SESSIONS });
  return new Map(
    sessions.flatMap((session) => {
      const other = linkedSessionAmong(items, session);
      return other === undefined ? [] : [[session.key, { ...other, linkedKey: session.key }] as const];
    }),
  );
}

/** A logon id has as many sessions as boots in which it was used. */
const MAX_SESSIONS = 1000;

function linkedSessionAmong(
  sessions: readonly LogonSession[],
  { host, linkedLogonId, opened }: LogonSession,
): LogonSession | undefined {
  const possible = sessions.filter((one) => one.host === host && one.logonId === linkedLogonId);
  const time = Date.parse(opened ?? "");
  return (
    possible.find((one) => one.opened !== undefined && Math.abs(Date.parse(one.opened) - time) <= SAME_LOGON) ??
    // The logon of the other half was not recorded: that session is the one of the time.
    possible.find((one) => one.opened === undefined && (one.until === undefined || Date.parse(one.until) > time))
  );
}

/** Adds the other halves that are not among the sessions, and to each session the key of its other half. */
export async function withLinkedSessions(
  source: LogonIdSource,
  sessions: readonly LogonSession[],
): Promise<readonly LogonSession[]> {
  const linked = await linkedSessions(source, sessions);
  if (linked.size === 0) {
    return sessions;
  }
  const known = new Set(sessions.map(({ key }) => key));
  const added = new Map([...linked.values()].filter(({ key }) => !known.has(key)).map((one) => [one.key, one]));
  return [...sessions.map((session) => ({ ...session, linkedKey: linked.get(session.key)?.key })), ...added.values()];
}

/** Whether two sessions are the halves of one logon. */
export function areLinked(a: LogonSession, b: LogonSession): boolean {
  return (
    a.host === b.host &&
    (a.linkedLogonId === b.logonId || b.linkedLogonId === a.logonId) &&
    (a.opened === undefined ||
      b.opened === undefined ||
      Math.abs(Date.parse(a.opened) - Date.parse(b.opened)) <= SAME_LOGON)
  );
}
