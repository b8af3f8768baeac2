import type { Account } from "#contracts/account";
import type { LogonSession } from "#contracts/lineage";
import { SERVICE_LOGONS } from "./keys.ts";
import type { SessionRow } from "./tables.ts";

/** Sessions that are read of one logon id: it has as many as boots in which it was used. */
export const SESSIONS_PER_LOGON = 1000;

/** A session as it is shown. `mainUser` runs most of its processes: used if no record states who opened the session. */
export function logonSession(
  { key, host, logonId, opened, closed, until, linked, privileged, user }: SessionRow,
  known: { readonly processes: number; readonly mainUser: Account | undefined },
): LogonSession {
  return {
    key,
    host,
    logonId,
    user: user ?? known.mainUser,
    logonType: opened?.logonType,
    logonTypeName: opened?.logonTypeName,
    authenticationPackage: opened?.authenticationPackage,
    opened: opened === undefined ? undefined : new Date(opened.time).toISOString(),
    closed: closed === undefined ? undefined : new Date(closed).toISOString(),
    sourceIp: opened?.sourceIp,
    sourcePort: opened?.sourcePort,
    sourceHost: opened?.sourceHost,
    until: until === undefined ? undefined : new Date(until).toISOString(),
    elevated: linked?.elevated,
    linkedLogonId: linked?.logonId,
    openedBy: opened?.source,
    service: SERVICE_LOGONS.has(logonId),
    privileged,
    processCount: known.processes,
  };
}

/** The order of lists of sessions: the most recently opened first, those without a known logon last. */
export function byOpening(a: LogonSession, b: LogonSession): number {
  const opened = (session: LogonSession) =>
    session.opened === undefined ? Number.MIN_SAFE_INTEGER : Date.parse(session.opened);
  return opened(b) - opened(a) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
