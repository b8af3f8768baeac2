import type { LogonSession } from "#contracts/lineage";
import { firstLabel } from "../aliases.ts";
import type { LogonFact } from "../facts.ts";
import type { LogonProbe } from "../tables.ts";
import { CLOCK_SKEW, LOGON_DELAY, openSpan, type TimeSpan } from "./clocks.ts";

// What is looked for to link a logon. A store that reads ahead asks for the same.

/** When what caused a logon was recorded. */
export function nearLogon(time: number): TimeSpan {
  return { from: time - LOGON_DELAY, to: time + CLOCK_SKEW };
}

/** The 4624 of a session. */
export function openingProbe({ host, logonId }: Pick<LogonSession, "host" | "logonId">, time: number): LogonProbe {
  return { by: "session", host, logonId, what: "opened", from: time, to: time };
}

/** Uses of credentials (4648) at the time of a logon for its host under any of these names. */
export function credentialProbes({ time }: Pick<LogonFact, "time">, names: readonly string[]): readonly LogonProbe[] {
  const labels = [...new Set(names.map((name) => firstLabel(name)))];
  return labels.map((label) => ({ by: "target", label, what: "explicit", ...nearLogon(time) }));
}

/** Uses of other credentials within a session. What a network logon started may use some after its logoff. */
export function usesProbe(session: LogonSession): LogonProbe {
  const { from } = openSpan(session);
  const { host, logonId } = session;
  return { by: "session", host, logonId, what: "explicit", from, to: Number.MAX_SAFE_INTEGER };
}

/** Logons from an address of a session's host while the session was open. */
export function arrivalProbe(session: LogonSession, address: string): LogonProbe {
  return { by: "address", address, what: "opened", ...openSpan(session) };
}

/** Logons on a host that credentials were used for at a time. */
export function targetProbe(host: string, time: number): LogonProbe {
  return { by: "host", host, what: "opened", from: time - CLOCK_SKEW, to: time + LOGON_DELAY };
}

/** What several probes found, each fact once, the earliest first. */
export function distinctFacts(found: readonly (readonly LogonFact[])[]): readonly LogonFact[] {
  return [...new Map(found.flat().map((fact) => [fact.source.eventId, fact])).values()].sort(
    (a, b) => a.time - b.time || Number(a.source.recordId ?? 0) - Number(b.source.recordId ?? 0),
  );
}
