import type { Activity } from "#contracts/lineage";
import { type StemmaEvent, textOf, valuesOf } from "../event/event.ts";
import { SOURCE_CLOCK } from "../event/mapping.ts";
import type { Side } from "../event/sources.ts";
import { parseTime } from "../event/time.ts";
import { agentUser, creatorUser, tokenUser } from "./account.ts";
import { placeAddress } from "./addresses.ts";
import { hostOf, pathOf, pidOf } from "./event-fields.ts";
import type { ActivityFact, EndFact, StartFact } from "./facts.ts";
import { logonGuidOf, logonIdOf, usableEntityId } from "./keys.ts";

const HASHES = ["md5", "sha1", "sha256", "imphash"] as const;

/** A start recorded by Sysmon or an endpoint sensor. */
export function agentStart(event: StemmaEvent): StartFact {
  const { fields } = event;
  return {
    kind: "start",
    host: hostOf(event),
    time: event.time,
    sourceClock: sourceClockOf(fields),
    side: "agent",
    source: event.source,
    entityId: usableEntityId(textOf(fields, "process.entity_id")),
    ...imageAttributes(fields),
    user: agentUser(fields),
    logonId: logonIdOf(
      textOf(fields, "winlog.event_data.LogonId") ??
        textOf(fields, "process.Ext.authentication_id") ??
        textOf(fields, "winlog.logon.id"),
    ),
    logonGuid: logonGuidOf(textOf(fields, "winlog.event_data.LogonGuid")),
    parentEntityId: usableEntityId(textOf(fields, "process.parent.entity_id")),
    ...parentAttributes(fields),
  };
}

/**
 * Security 4688: `ProcessId` is the pid of the creator. Subject is the creator. Target is the account and logon of the
 * new token, or `-` and 0x0 if the process runs with the creator's.
 */
export function securityStart(event: StemmaEvent): StartFact {
  const { fields } = event;
  const creator = creatorUser(fields);
  const target = tokenUser(fields);
  const targetLogon = logonIdOf(textOf(fields, "winlog.event_data.TargetLogonId"));
  return {
    kind: "start",
    host: hostOf(event),
    time: event.time,
    side: "security",
    source: event.source,
    ...imageAttributes(fields),
    user: target ?? creator,
    creator: target === undefined ? undefined : creator,
    logonId:
      targetLogon ?? logonIdOf(textOf(fields, "winlog.event_data.SubjectLogonId") ?? textOf(fields, "winlog.logon.id")),
    ...parentAttributes(fields),
  };
}

function sourceClockOf(fields: StemmaEvent["fields"]): number | undefined {
  const text = textOf(fields, SOURCE_CLOCK);
  return text === undefined ? undefined : parseTime(text);
}

export function endFact(event: StemmaEvent, side: Side): EndFact | undefined {
  const { fields } = event;
  const entityId = side === "agent" ? usableEntityId(textOf(fields, "process.entity_id")) : undefined;
  const pid = pidOf(fields, "process.pid");
  if (entityId === undefined && pid === undefined) {
    return undefined;
  }
  return {
    kind: "end",
    host: hostOf(event),
    time: event.time,
    side,
    source: event.source,
    entityId,
    pid,
    executable: pathOf(fields, "process.executable"),
    exitCode: textOf(fields, "process.exit_code") ?? textOf(fields, "winlog.event_data.Status"),
  };
}

/** Anything else that a process did; undefined if the event does not contain its entity id. */
export function activityFact(event: StemmaEvent, counter: keyof Activity | undefined): ActivityFact | undefined {
  const { fields } = event;
  const entityId = usableEntityId(textOf(fields, "process.entity_id"));
  if (entityId === undefined) {
    return undefined;
  }
  return {
    kind: "activity",
    host: hostOf(event),
    time: event.time,
    entityId,
    pid: pidOf(fields, "process.pid"),
    executable: pathOf(fields, "process.executable"),
    user: agentUser(fields),
    counter,
    address: counter === "network" ? hostAddress(fields) : undefined,
  };
}

/**
 * The host's own address in a connection. Sysmon logs a reply over UDP as incoming but with the addresses as they are
 * in the packet, so incoming connections only count over TCP.
 */
function hostAddress(fields: StemmaEvent["fields"]): string | undefined {
  switch (textOf(fields, "network.direction")) {
    case "egress":
    case "outbound":
      return placeAddress(textOf(fields, "source.ip"));
    case "ingress":
    case "inbound":
      return textOf(fields, "network.transport") === "tcp" ? placeAddress(textOf(fields, "destination.ip")) : undefined;
    default:
      return undefined;
  }
}

function imageAttributes(fields: StemmaEvent["fields"]) {
  const args = valuesOf(fields, "process.args").map(String);
  return {
    pid: pidOf(fields, "process.pid"),
    executable: pathOf(fields, "process.executable", "process.name"),
    commandLine: textOf(fields, "process.command_line"),
    args: args.length > 0 ? args : undefined,
    workingDirectory: textOf(fields, "process.working_directory"),
    originalFileName: textOf(fields, "process.pe.original_file_name"),
    company: textOf(fields, "process.pe.company"),
    hashes: hashesOf(fields),
    integrityLevel: textOf(fields, "process.Ext.token.integrity_level_name"),
  };
}

function hashesOf(fields: StemmaEvent["fields"]): Readonly<Record<string, string>> | undefined {
  const hashes: Record<string, string> = Object.create(null);
  for (const algorithm of HASHES) {
    const value = textOf(fields, `process.hash.${algorithm}`) ?? textOf(fields, `process.pe.${algorithm}`);
    if (value !== undefined) {
      hashes[algorithm] = value;
    }
  }
  return Object.keys(hashes).length > 0 ? hashes : undefined;
}

function parentAttributes(fields: StemmaEvent["fields"]) {
  return {
    parentPid: pidOf(fields, "process.parent.pid"),
    parentExecutable: pathOf(fields, "process.parent.executable", "process.parent.name"),
    parentCommandLine: textOf(fields, "process.parent.command_line"),
    parentUser: textOf(fields, "winlog.event_data.ParentUser"),
  };
}
