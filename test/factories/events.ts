import { eventSourceNames } from "#contracts/event-source";
import type { StemmaEvent } from "../../server/event/event.ts";
import { mapWindowsEvent } from "../../server/event/mapping.ts";

/**
 * Events as Sysmon and the Security log write them, through the real mapping. Times are epoch milliseconds. Omitted
 * values have a default; an explicit `undefined` omits a value from the record.
 */
export const T0 = Date.UTC(2024, 4, 6, 9, 0, 0);

interface Common {
  readonly host?: string;
  readonly time?: number;
  readonly recordId?: string;
}

export interface SysmonStart extends Common {
  readonly guid?: string;
  readonly pid?: number;
  readonly image?: string;
  readonly commandLine?: string;
  readonly user?: string;
  readonly logonId?: string;
  readonly logonGuid?: string;
  /** In Sysmon's form: `MD5=…,SHA256=…`. */
  readonly hashes?: string;
  readonly parentGuid?: string;
  readonly parentPid?: number;
  readonly parentImage?: string;
  readonly parentCommandLine?: string;
}

export interface SecurityStart extends Common {
  readonly pid?: number;
  readonly image?: string;
  readonly commandLine?: string;
  readonly creatorPid?: number;
  readonly parentImage?: string;
  readonly subject?: string;
  readonly subjectLogonId?: string;
  readonly subjectSid?: string;
  readonly target?: string;
  readonly targetLogonId?: string;
}

type Values = Readonly<Record<string, string | number | undefined>>;

/** A Sysmon ProcessGuid: it contains the second of the start, and `serial` makes it unique. */
export function guid(time: number, serial: number): string {
  const seconds = Math.floor(time / 1000)
    .toString(16)
    .padStart(8, "0")
    .toUpperCase();
  const tail = serial.toString(16).padStart(12, "0").toUpperCase();
  return `{11111111-${seconds.slice(4)}-${seconds.slice(0, 4)}-0100-${tail}}`;
}

/** An entity id without a time, as sensors other than Sysmon assign. */
export function opaqueId(serial: number): string {
  return `sensor-${serial}`;
}

let serial = 0;

function record(
  source: "sysmon" | "security" | { readonly provider: string; readonly channel: string },
  code: number,
  common: Common,
  data: Values,
  servicePid?: number,
): StemmaEvent {
  const { host = "host-a", time = T0 } = common;
  const { provider, channel } = typeof source === "string" ? eventSourceNames[source] : source;
  serial += 1;
  return mapWindowsEvent(
    {
      provider,
      channel,
      computer: host,
      code,
      recordId: common.recordId ?? String(serial),
      time,
      data: new Map(
        Object.entries(data).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
      ),
      unnamed: [],
      ...(servicePid === undefined ? {} : { servicePid }),
    },
    { file: "test", offset: 0, time: { time, estimated: false } },
  );
}

function sysmon(code: number, common: Common, data: Values): StemmaEvent {
  return record("sysmon", code, common, data);
}

function security(code: number, common: Common, data: Values): StemmaEvent {
  return record("security", code, common, data);
}

export function sysmonStart(given: SysmonStart = {}): StemmaEvent {
  return sysmon(1, given, {
    ProcessGuid: given.guid,
    ProcessId: given.pid,
    Image: given.image ?? "C:\\Windows\\System32\\cmd.exe",
    CommandLine: given.commandLine ?? "cmd.exe",
    User: "user" in given ? given.user : "CORP\\alice",
    LogonId: given.logonId,
    LogonGuid: given.logonGuid ?? "{00000000-0000-0000-0000-000000000000}",
    Hashes: given.hashes,
    ParentProcessGuid: given.parentGuid ?? "{00000000-0000-0000-0000-000000000000}",
    ParentProcessId: given.parentPid,
    ParentImage: given.parentImage,
    ParentCommandLine: given.parentCommandLine,
  });
}

/** System 12: Windows was started. */
export function boot(given: Common = {}): StemmaEvent {
  return record({ provider: "Microsoft-Windows-Kernel-General", channel: "System" }, 12, given, {});
}

export function sysmonEnd(given: Common & { readonly guid?: string; readonly pid?: number; readonly image?: string }) {
  return sysmon(5, given, { ProcessGuid: given.guid, ProcessId: given.pid, Image: given.image });
}

/** Another Sysmon event of a process: 3 network, 7 image load, 10 access, 11 file, 13 registry, 22 DNS. */
export function sysmonActivity(
  code: number,
  given: Common & {
    readonly guid?: string;
    readonly pid?: number;
    readonly image?: string;
    readonly user?: string;
    readonly file?: string;
    /** Of 8 and 10: the other process. */
    readonly target?: { readonly guid?: string; readonly pid?: number; readonly image?: string };
    readonly access?: string;
  },
) {
  const { guid: id, pid, image, user, file, target, access } = given;
  return code === 8 || code === 10
    ? sysmon(code, given, {
        SourceProcessGUID: id,
        SourceProcessId: pid,
        SourceImage: image,
        SourceUser: user,
        TargetProcessGUID: target?.guid,
        TargetProcessId: target?.pid,
        TargetImage: target?.image,
        GrantedAccess: access,
      })
    : sysmon(code, given, { ProcessGuid: id, ProcessId: pid, Image: image, User: user, TargetFilename: file });
}

export function securityStart(given: SecurityStart = {}): StemmaEvent {
  const subject = account(given.subject ?? "CORP\\alice");
  const target = account(given.target ?? "-");
  return security(4688, given, {
    SubjectUserName: subject.name,
    SubjectUserSid: given.subjectSid,
    SubjectDomainName: subject.domain,
    SubjectLogonId: given.subjectLogonId ?? "0x1111",
    NewProcessId: hex(given.pid),
    NewProcessName: given.image ?? "C:\\Windows\\System32\\cmd.exe",
    ProcessId: hex(given.creatorPid),
    CommandLine: given.commandLine,
    TargetUserName: target.name,
    TargetDomainName: target.domain,
    TargetLogonId: given.targetLogonId ?? "0x0",
    ParentProcessName: given.parentImage,
  });
}

export function securityEnd(given: Common & { readonly pid?: number; readonly image?: string }): StemmaEvent {
  return security(4689, given, { ProcessId: hex(given.pid), ProcessName: given.image, Status: "0x0" });
}

/** Security 4663: a process used an object. Names the process by id and path only. */
export function objectAccess(
  given: Common & { readonly pid?: number; readonly image?: string; readonly object?: string },
): StemmaEvent {
  return security(4663, given, {
    ProcessId: hex(given.pid),
    ProcessName: given.image,
    ObjectType: "File",
    ObjectName: given.object,
  });
}

/** PowerShell 4104: the pid is in the header of the record, and there is no path. */
export function scriptBlock(given: Common & { readonly pid: number; readonly text?: string }): StemmaEvent {
  const { provider, channel } = eventSourceNames.powershell;
  return record({ provider, channel }, 4104, given, { ScriptBlockText: given.text ?? "Get-Date" }, given.pid);
}

export interface Logon extends Common {
  readonly logonId: string;
  readonly user?: string;
  readonly sid?: string;
  readonly type?: number;
  readonly ip?: string;
  readonly port?: number;
  readonly workstation?: string;
  readonly package?: string;
  /** The other half of a split token, and whether this half is the one with administrative rights. */
  readonly linkedLogonId?: string;
  readonly elevated?: boolean;
}

export function logon(given: Logon): StemmaEvent {
  const user = account(given.user ?? "CORP\\alice");
  return security(4624, given, {
    TargetUserName: user.name,
    TargetUserSid: given.sid,
    TargetDomainName: user.domain,
    TargetLogonId: given.logonId,
    LogonType: given.type ?? 3,
    IpAddress: given.ip ?? "-",
    IpPort: given.port,
    WorkstationName: given.workstation,
    AuthenticationPackageName: given.package ?? "Kerberos",
    TargetLinkedLogonId: given.linkedLogonId ?? "0x0",
    ElevatedToken: given.elevated === true ? "%%1842" : "%%1843",
  });
}

/** Security 4625. */
export function failedLogon(given: Omit<Logon, "logonId">): StemmaEvent {
  const user = account(given.user ?? "CORP\\alice");
  return security(4625, given, {
    TargetUserName: user.name,
    TargetUserSid: given.sid ?? "S-1-0-0",
    TargetDomainName: user.domain,
    LogonType: given.type ?? 3,
    IpAddress: given.ip ?? "-",
    IpPort: given.port,
    WorkstationName: given.workstation,
    Status: "0xc000006d",
    SubStatus: "0xc000006a",
  });
}

/** Security 4648: in the session `logonId` the credentials of `user` were used on `server`. */
export function explicitLogon(
  given: Common & { readonly logonId: string; readonly user?: string; readonly server?: string; readonly pid?: number },
): StemmaEvent {
  const user = account(given.user ?? "CORP\\alice");
  return security(4648, given, {
    SubjectUserName: "alice",
    SubjectDomainName: "CORP",
    SubjectUserSid: "S-1-5-21-1-2-3-1001",
    SubjectLogonId: given.logonId,
    TargetUserName: user.name,
    TargetDomainName: user.domain,
    TargetServerName: given.server ?? "-",
    ProcessId: hex(given.pid ?? 77),
    ProcessName: "C:\\Windows\\System32\\wbem\\WMIC.exe",
  });
}

/** Sysmon 3. */
export function sysmonConnection(
  given: Common & {
    readonly guid?: string;
    readonly pid?: number;
    readonly image?: string;
    readonly source: string;
    readonly sourcePort?: number;
    readonly destination: string;
    readonly destinationPort?: number;
    readonly initiated: boolean;
    readonly protocol?: string;
  },
): StemmaEvent {
  return sysmon(3, given, {
    ProcessGuid: given.guid,
    ProcessId: given.pid,
    Image: given.image,
    Initiated: given.initiated ? "true" : "false",
    Protocol: given.protocol ?? "tcp",
    User: "CORP\\alice",
    SourceIp: given.source,
    SourcePort: given.sourcePort ?? 50_000,
    DestinationIp: given.destination,
    DestinationPort: given.destinationPort ?? 135,
  });
}

export function logoff(given: Common & { readonly logonId: string }): StemmaEvent {
  return security(4634, given, { TargetUserName: "alice", TargetDomainName: "CORP", TargetLogonId: given.logonId });
}

export function specialLogon(given: Common & { readonly logonId: string }): StemmaEvent {
  return security(4672, given, { SubjectUserName: "alice", SubjectDomainName: "CORP", SubjectLogonId: given.logonId });
}

function account(text: string): { readonly name: string; readonly domain: string } {
  const separator = text.indexOf("\\");
  return separator < 0
    ? { name: text, domain: "-" }
    : { name: text.slice(separator + 1), domain: text.slice(0, separator) };
}

function hex(pid: number | undefined): string | undefined {
  return pid === undefined ? undefined : `0x${pid.toString(16)}`;
}
