import { numberOf, type StemmaEvent, textOf } from "../event/event.ts";
import { logonUser, tokenUser } from "./account.ts";
import { hostOf, pathOf, pidOf } from "./event-fields.ts";
import type { FailedLogonFact, LogonFact } from "./facts.ts";
import { logonIdOf, usableEntityId } from "./keys.ts";

/** A logon session was opened (4624), closed (4634, 4647) or received special privileges (4672). */
export function logonChange(event: StemmaEvent, what: "opened" | "closed" | "privileged"): LogonFact | undefined {
  const { fields } = event;
  const logonId = logonIdOf(
    textOf(fields, `winlog.event_data.${what === "privileged" ? "SubjectLogonId" : "TargetLogonId"}`) ??
      textOf(fields, "winlog.logon.id"),
  );
  if (logonId === undefined) {
    return undefined;
  }
  const change = { kind: "logon", what, host: hostOf(event), time: event.time, logonId, source: event.source } as const;
  return what === "opened" ? { ...change, ...openingAttributes(fields) } : change;
}

/**
 * Security 4648: Subject is the session that used the credentials, Target the account and the host they were used on.
 */
export function explicitLogon(event: StemmaEvent): LogonFact | undefined {
  const { fields } = event;
  const logonId = logonIdOf(textOf(fields, "winlog.event_data.SubjectLogonId"));
  if (logonId === undefined) {
    return undefined;
  }
  return {
    kind: "logon",
    what: "explicit",
    host: hostOf(event),
    time: event.time,
    logonId,
    source: event.source,
    user: tokenUser(fields),
    targetHost: textOf(fields, "winlog.event_data.TargetServerName"),
    logonGuid: usableEntityId(textOf(fields, "winlog.event_data.TargetLogonGuid")),
    pid: pidOf(fields, "process.pid"),
    executable: pathOf(fields, "process.executable"),
  };
}

/** Security 4625: the account as the client named it. */
export function failedLogon(event: StemmaEvent): FailedLogonFact | undefined {
  const { user, logonType, sourceIp, sourceHost } = openingAttributes(event.fields);
  return user === undefined
    ? undefined
    : {
        kind: "failed-logon",
        host: hostOf(event),
        time: event.time,
        source: event.source,
        user,
        logonType,
        sourceIp,
        sourceHost,
      };
}

/** What the logon of one half of a split token says about the other half, whose own record may be missing. */
export function otherHalf({ logonId, linkedLogonId, elevated, ...opened }: LogonFact): LogonFact | undefined {
  const { kind, host, time, user, source } = opened;
  return linkedLogonId === undefined
    ? undefined
    : {
        kind,
        what: "linked",
        host,
        time,
        user,
        logonId: linkedLogonId,
        linkedLogonId: logonId,
        elevated: elevated === undefined ? undefined : !elevated,
        source: { ...source, eventId: `${source.eventId}/linked` },
      };
}

/** `ElevatedToken` as logs write it, and as some collectors render it. */
const ELEVATED: ReadonlyMap<string, boolean> = new Map([
  ["%%1842", true],
  ["yes", true],
  ["true", true],
  ["%%1843", false],
  ["no", false],
  ["false", false],
]);

function openingAttributes(fields: StemmaEvent["fields"]) {
  return {
    user: logonUser(fields),
    logonType: numberOf(fields, "winlog.event_data.LogonType"),
    logonTypeName: textOf(fields, "winlog.logon.type"),
    authenticationPackage: textOf(fields, "winlog.event_data.AuthenticationPackageName"),
    sourceIp: textOf(fields, "source.ip"),
    sourcePort: numberOf(fields, "source.port"),
    // Not from the original value: that is "-" if the record names no host, which the mapping drops.
    sourceHost: textOf(fields, "source.domain"),
    logonGuid: usableEntityId(textOf(fields, "winlog.event_data.LogonGuid")),
    linkedLogonId: logonIdOf(textOf(fields, "winlog.event_data.TargetLinkedLogonId")),
    elevated: ELEVATED.get(textOf(fields, "winlog.event_data.ElevatedToken")?.toLowerCase() ?? ""),
  };
}
