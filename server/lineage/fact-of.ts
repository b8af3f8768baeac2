import type { Activity } from "#contracts/lineage";
import { numberOf, type StemmaEvent, textOf, valuesOf } from "../event/event.ts";
import { type RecordType, type Side, sourceOfProvider } from "../event/sources.ts";
import { agentUser, creatorUser, logonUser, tokenUser } from "./account.ts";
import { placeAddress } from "./addresses.ts";
import type { ActivityFact, EndFact, Fact, LogonFact, StartFact } from "./facts.ts";
import { logonIdOf, nameOf, usableEntityId } from "./keys.ts";

/**
 * What an event states about a process or a logon session; `undefined` when it states nothing. Field names are ECS with
 * Winlogbeat's `winlog.*`. Which event code records what is listed with its source (`server/event/sources`).
 */
export function factOf(event: StemmaEvent): Fact | undefined {
  const code = textOf(event.fields, "event.code");
  const source = sourceOfProvider(textOf(event.fields, "event.provider") ?? event.source.provider ?? "");
  return code === undefined || source?.side === undefined
    ? sensorFact(event)
    : recordFact(event, source.side, source.records.get(code));
}

function recordFact(event: StemmaEvent, side: Side, type: RecordType | undefined): Fact | undefined {
  if (type?.process === "start") {
    return side === "agent" ? agentStart(event) : securityStart(event);
  }
  if (type?.process === "end") {
    return end(event, side);
  }
  if (type?.logon !== undefined) {
    return logonFact(event, type.logon);
  }
  return side === "agent" ? activity(event, type?.activity) : undefined;
}

function logonFact(event: StemmaEvent, what: NonNullable<RecordType["logon"]>): LogonFact | undefined {
  switch (what) {
    case "failed":
      return undefined;
    case "explicit":
      return explicitLogon(event);
    default:
      return logon(event, what);
  }
}

const CATEGORY_COUNTERS: Readonly<Record<string, keyof Activity>> = {
  network: "network",
  file: "file",
  registry: "registry",
  library: "module",
};

/** Endpoint sensors that write ECS themselves: the category and type say what the code says elsewhere. */
function sensorFact(event: StemmaEvent): Fact | undefined {
  const { fields } = event;
  const categories = valuesOf(fields, "event.category");
  if (categories.includes("process")) {
    const types = valuesOf(fields, "event.type");
    if (types.includes("start")) {
      return agentStart(event);
    }
    if (types.includes("end")) {
      return end(event, "agent");
    }
  }
  const category = categories.find((value) => Object.hasOwn(CATEGORY_COUNTERS, String(value)));
  return activity(event, category === undefined ? undefined : CATEGORY_COUNTERS[String(category)]);
}

function agentStart(event: StemmaEvent): StartFact {
  const { fields } = event;
  const host = hostOf(event);
  return {
    kind: "start",
    host,
    time: event.time,
    side: "agent",
    source: event.source,
    entityId: usableEntityId(textOf(fields, "process.entity_id")),
    ...image(event),
    user: agentUser(fields),
    logonId: logonIdOf(
      textOf(fields, "winlog.event_data.LogonId") ??
        textOf(fields, "process.Ext.authentication_id") ??
        textOf(fields, "winlog.logon.id"),
    ),
    parentEntityId: usableEntityId(textOf(fields, "process.parent.entity_id")),
    ...parent(event),
  };
}

/**
 * Security 4688: `ProcessId` is the creator's pid; Subject is the creator; Target is the new token and `-`/0x0 when it
 * is the same. What is not said is not made up.
 */
function securityStart(event: StemmaEvent): StartFact {
  const { fields } = event;
  const host = hostOf(event);
  const creator = creatorUser(fields);
  const target = tokenUser(fields);
  const targetLogon = logonIdOf(textOf(fields, "winlog.event_data.TargetLogonId"));
  return {
    kind: "start",
    host,
    time: event.time,
    side: "security",
    source: event.source,
    ...image(event),
    user: target ?? creator,
    creator: target === undefined ? undefined : creator,
    logonId:
      targetLogon ?? logonIdOf(textOf(fields, "winlog.event_data.SubjectLogonId") ?? textOf(fields, "winlog.logon.id")),
    ...parent(event),
  };
}

function end(event: StemmaEvent, side: Side): EndFact | undefined {
  const { fields } = event;
  const host = hostOf(event);
  const entityId = side === "agent" ? usableEntityId(textOf(fields, "process.entity_id")) : undefined;
  const pid = pidOf(fields, "process.pid");
  if (entityId === undefined && pid === undefined) {
    return undefined;
  }
  return {
    kind: "end",
    host,
    time: event.time,
    side,
    source: event.source,
    entityId,
    pid,
    executable: path(textOf(fields, "process.executable")),
    exitCode: textOf(fields, "process.exit_code") ?? textOf(fields, "winlog.event_data.Status"),
  };
}

function activity(event: StemmaEvent, counter: keyof Activity | undefined): ActivityFact | undefined {
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
    executable: path(textOf(fields, "process.executable")),
    user: agentUser(fields),
    counter,
    address: counter === "network" ? ownAddress(fields) : undefined,
  };
}

/**
 * Which end of a connection is this host: it tells what addresses it has. An answer over UDP is logged as incoming with
 * the ends as they are in the packet, so of what comes in only TCP counts.
 */
function ownAddress(fields: StemmaEvent["fields"]): string | undefined {
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

function logon(event: StemmaEvent, what: LogonFact["what"]): LogonFact | undefined {
  const { fields } = event;
  const host = hostOf(event);
  const logonId = logonIdOf(
    what === "privileged"
      ? (textOf(fields, "winlog.event_data.SubjectLogonId") ?? textOf(fields, "winlog.logon.id"))
      : (textOf(fields, "winlog.event_data.TargetLogonId") ?? textOf(fields, "winlog.logon.id")),
  );
  if (logonId === undefined) {
    return undefined;
  }
  const base = { kind: "logon", what, host, time: event.time, logonId, source: event.source } as const;
  if (what !== "opened") {
    return base;
  }
  return {
    ...base,
    user: logonUser(fields),
    logonType: numberOf(fields, "winlog.event_data.LogonType"),
    logonTypeName: textOf(fields, "winlog.logon.type"),
    authenticationPackage: textOf(fields, "winlog.event_data.AuthenticationPackageName"),
    sourceIp: textOf(fields, "source.ip"),
    sourcePort: numberOf(fields, "source.port"),
    // Not from the original value: it is "-" where the record names no host, which the mapping drops.
    sourceHost: textOf(fields, "source.domain"),
    logonGuid: usableEntityId(textOf(fields, "winlog.event_data.LogonGuid")),
  };
}

/**
 * Security 4648: Subject is the session that used the credentials, Target the account and the host they were used on.
 */
function explicitLogon(event: StemmaEvent): LogonFact | undefined {
  const { fields } = event;
  const logonId = logonIdOf(textOf(fields, "winlog.event_data.SubjectLogonId"));
  return logonId === undefined
    ? undefined
    : {
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
        executable: path(textOf(fields, "process.executable")),
      };
}

function image(event: StemmaEvent) {
  const { fields } = event;
  const args = valuesOf(fields, "process.args").map(String);
  const hashes: Record<string, string> = Object.create(null);
  for (const algorithm of HASHES) {
    const value = textOf(fields, `process.hash.${algorithm}`) ?? textOf(fields, `process.pe.${algorithm}`);
    if (value !== undefined) {
      hashes[algorithm] = value;
    }
  }
  return {
    pid: pidOf(fields, "process.pid"),
    executable: path(textOf(fields, "process.executable")) ?? path(textOf(fields, "process.name")),
    commandLine: textOf(fields, "process.command_line"),
    args: args.length > 0 ? args : undefined,
    workingDirectory: textOf(fields, "process.working_directory"),
    originalFileName: textOf(fields, "process.pe.original_file_name"),
    company: textOf(fields, "process.pe.company"),
    hashes: Object.keys(hashes).length > 0 ? hashes : undefined,
    integrityLevel: textOf(fields, "process.Ext.token.integrity_level_name"),
  };
}

const HASHES = ["md5", "sha1", "sha256", "imphash"] as const;

function parent(event: StemmaEvent) {
  const { fields } = event;
  return {
    parentPid: pidOf(fields, "process.parent.pid"),
    parentExecutable: path(textOf(fields, "process.parent.executable")) ?? path(textOf(fields, "process.parent.name")),
    parentCommandLine: textOf(fields, "process.parent.command_line"),
    parentUser: textOf(fields, "winlog.event_data.ParentUser"),
  };
}

/** A path that names a file: `?`, `-` and the empty text are the log's ways to say "not known". */
function path(text: string | undefined): string | undefined {
  return nameOf(text) === undefined ? undefined : text;
}

/** The number of a process has 32 bits: anything else is no process that another record could mean. */
export function pidOf(fields: StemmaEvent["fields"], name: "process.pid" | "process.parent.pid"): number | undefined {
  const pid = numberOf(fields, name);
  return pid !== undefined && Number.isInteger(pid) && pid >= 0 && pid <= 0xffff_ffff ? pid : undefined;
}

/** Hosts are compared in lower case. A capture that names no host is a host of its own. */
export function hostOf(event: StemmaEvent): string {
  const host = textOf(event.fields, "host.name") ?? textOf(event.fields, "host.id");
  // NUL parts the names in keys: a host that holds it could pass for another one with part of an identifier.
  return host === undefined || host === "" ? UNKNOWN_HOST : host.toLowerCase().replaceAll("\u0000", "\ufffd");
}

export const UNKNOWN_HOST = "unknown";
