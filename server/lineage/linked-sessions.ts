import type { LogonSession } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import { SESSIONS_PER_LOGON } from "./logon-session.ts";
import { distinctLogons } from "./resolve/assign-sessions.ts";
import type { LogonIdentity } from "./tables.ts";

/*
 * Where an administrator logs on, Windows opens two sessions at once (UAC): one with all rights, and one without for
 * everything that was not started as administrator. It is one person at one keyboard.
 */

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
  const logons = distinctLogons(
    sessions.flatMap(({ host, linkedLogonId: logonId }) => (logonId === undefined ? [] : [{ host, logonId }])),
  );
  if (logons.length === 0) {
    return new Map();
  }
  const { items } = await source.sessions({ logons, limit: SESSIONS_PER_LOGON * logons.length });
  return new Map(
    sessions.flatMap((session) => {
      const other = linkedSessionAmong(items, session);
      return other === undefined ? [] : [[session.key, { ...other, linkedKey: session.key }] as const];
    }),
  );
}

/** The one of the same boot that is nearest in time. */
function linkedSessionAmong(sessions: readonly LogonSession[], session: LogonSession): LogonSession | undefined {
  const [nearest] = sessions
    .filter((one) => one.logonId === session.linkedLogonId && areLinked(one, session))
    .toSorted((a, b) => apart(a, session) - apart(b, session));
  return nearest;
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

/** Whether two sessions are the halves of one logon: one names the other, and no restart is known in between. */
export function areLinked(a: LogonSession, b: LogonSession): boolean {
  const isNamed = a.linkedLogonId === b.logonId || b.linkedLogonId === a.logonId;
  return a.host === b.host && isNamed && !isOver(a, b) && !isOver(b, a);
}

/** Whether a session had ended before another one was opened. */
function isOver({ until }: LogonSession, { opened }: LogonSession): boolean {
  return until !== undefined && opened !== undefined && until <= opened;
}

/** Milliseconds between two logons; those that were not recorded come last. */
function apart(a: LogonSession, b: LogonSession): number {
  return a.opened === undefined || b.opened === undefined
    ? Number.MAX_SAFE_INTEGER
    : Math.abs(Date.parse(a.opened) - Date.parse(b.opened));
}
