import type { Account } from "#contracts/account";
import type { LogonFact } from "../facts.ts";
import { SERVICE_LOGONS, sessionKey } from "../keys.ts";
import { byTime } from "../process-facts.ts";
import type { LogonIdentity, SessionRow } from "../tables.ts";

/** Records of one logon within this time are one opening (milliseconds). */
const SAME_OPENING = 3000;

/**
 * A process may be recorded this much before the logon of its session, because the clocks of two logs differ
 * (milliseconds).
 */
const EARLY_PROCESS = 5000;

/**
 * The sessions of a logon id on a host, by time. One, unless the id was opened again later: ids restart at each boot. A
 * session whose opening was not recorded exists as well. Service accounts have exactly one session each.
 */
export function sessionsOf({ host, logonId }: LogonIdentity, facts: readonly LogonFact[]): readonly SessionRow[] {
  const service = SERVICE_LOGONS.get(logonId);
  if (service !== undefined) {
    const user: Account = { name: service, domain: "NT AUTHORITY" };
    return [{ key: sessionKey(host, logonId), host, logonId, privileged: false, user }];
  }
  const sorted = [...facts].sort(byTime);
  const openings = openingsIn(sorted);
  const sessions: readonly (LogonFact | undefined)[] = openings.length === 0 ? [undefined] : openings;
  return sessions.map((opened, index): SessionRow => {
    const from = index === 0 ? Number.NEGATIVE_INFINITY : (opened?.time ?? Number.NEGATIVE_INFINITY);
    const until = openings[index + 1]?.time ?? Number.POSITIVE_INFINITY;
    const own = sorted.filter(({ time }) => time >= from - SAME_OPENING && time < until - SAME_OPENING);
    return {
      key: index === 0 ? sessionKey(host, logonId) : sessionKey(host, logonId, opened?.time),
      host,
      logonId,
      opened,
      closed: own.find(({ what, time }) => what === "closed" && time >= (opened?.time ?? from))?.time,
      privileged: own.some(({ what }) => what === "privileged"),
      user: opened?.user,
    };
  });
}

function openingsIn(sorted: readonly LogonFact[]): readonly LogonFact[] {
  const openings: LogonFact[] = [];
  for (const fact of sorted) {
    const last = openings.at(-1);
    if (fact.what === "opened" && (last === undefined || fact.time - last.time > SAME_OPENING)) {
      openings.push(fact);
    }
  }
  return openings;
}

/** The session of a process: the last one opened before its start, else the first. */
export function sessionAt(sessions: readonly SessionRow[], time: number): SessionRow | undefined {
  return (
    sessions.findLast((session) => session.opened !== undefined && session.opened.time <= time + EARLY_PROCESS) ??
    sessions[0]
  );
}
