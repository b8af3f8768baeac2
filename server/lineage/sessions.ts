import type { Account } from "#contracts/account";
import type { LogonSession } from "#contracts/lineage";
import type { LogonFact } from "./facts.ts";
import { SERVICE_LOGONS, sessionKey } from "./keys.ts";
import { byTime } from "./process-row.ts";
import type { LogonIdentity, SessionRow } from "./tables.ts";

/** Records of one logon within this time are one opening (milliseconds). */
const SAME_OPENING = 3000;

/** A process may be recorded this much before the logon that it runs in: two logs, two clocks. */
const EARLY_PROCESS = 5000;

/**
 * The sessions that a logon id stood for on a host: one, unless the id was opened again later (ids start anew at each
 * boot). A session without its opening exists as well. The accounts of services have one session each, for ever.
 */
export function sessionsOf({ host, logonId }: LogonIdentity, facts: readonly LogonFact[]): readonly SessionRow[] {
  const service = SERVICE_LOGONS.get(logonId);
  if (service !== undefined) {
    const user: Account = { name: service, domain: "NT AUTHORITY" };
    return [{ key: sessionKey(host, logonId), host, logonId, privileged: false, user }];
  }
  const sorted = [...facts].sort(byTime);
  const openings: LogonFact[] = [];
  for (const fact of sorted) {
    const last = openings.at(-1);
    if (fact.what === "opened" && (last === undefined || fact.time - last.time > SAME_OPENING)) {
      openings.push(fact);
    }
  }
  const first: readonly (LogonFact | undefined)[] = openings.length === 0 ? [undefined] : openings;
  return first.map((opened, index): SessionRow => {
    const until = openings[index + 1]?.time ?? Number.POSITIVE_INFINITY;
    const from = index === 0 ? Number.NEGATIVE_INFINITY : (opened?.time ?? Number.NEGATIVE_INFINITY);
    const within = (fact: LogonFact) => fact.time >= from - SAME_OPENING && fact.time < until - SAME_OPENING;
    return {
      key: index === 0 ? sessionKey(host, logonId) : sessionKey(host, logonId, opened?.time),
      host,
      logonId,
      opened,
      closed: sorted.find((fact) => fact.what === "closed" && within(fact) && fact.time >= (opened?.time ?? from))
        ?.time,
      privileged: sorted.some((fact) => fact.what === "privileged" && within(fact)),
      user: opened?.user,
    };
  });
}

/** The session that a process belongs to: the last one opened before it, else the first. */
export function sessionAt(sessions: readonly SessionRow[], time: number): SessionRow | undefined {
  return (
    sessions.findLast((session) => session.opened !== undefined && session.opened.time <= time + EARLY_PROCESS) ??
    sessions[0]
  );
}

/** A session as it is shown. `mainUser` runs most of its processes: taken where no record says who opened it. */
export function logonSession(
  { key, host, logonId, opened, closed, privileged, user }: SessionRow,
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
    openedBy: opened?.source,
    service: SERVICE_LOGONS.has(logonId),
    privileged,
    processCount: known.processes,
  };
}
