import type { EventData } from "./event-log.ts";
import type { HostFacts, SampleProcess, StartOptions, UserFacts } from "./facts.ts";

/** What the two logs record about the start of a process. */

/** A started process with everything its start records contain. */
export interface StartedProcess extends SampleProcess {
  readonly integrity: NonNullable<StartOptions["integrity"]>;
  readonly directory: string;
  readonly parent: SampleProcess;
}

const integritySids = { Low: "S-1-16-4096", Medium: "S-1-16-8192", High: "S-1-16-12288", System: "S-1-16-16384" };

export const hex = (number: number, width = 0) => number.toString(16).padStart(width, "0");
export const fileName = (path: string) => path.slice(path.lastIndexOf("\\") + 1);
export const sysmonTime = (at: number) => new Date(at).toISOString().replace("T", " ").replace("Z", "");

/** A made-up digest, equal for equal text: the same file has the same digest on every host. */
export function digest(text: string, digits: number): string {
  let state = 0x811c9dc5;
  let out = "";
  for (let round = 0; out.length < digits; round++) {
    for (let at = 0; at < text.length; at++) {
      state = Math.imul(state ^ (text.charCodeAt(at) + round), 0x01000193) >>> 0;
    }
    out += hex(state, 8);
  }
  return out.slice(0, digits).toUpperCase();
}

/** Sysmon 1. */
export function sysmonStart(host: HostFacts, at: number, process: StartedProcess): EventData {
  const { guid, pid, image, commandLine, user, logonId, integrity, directory, parent } = process;
  const name = fileName(image);
  const fromWindows = image.startsWith("C:\\Windows");
  return {
    RuleName: "-",
    UtcTime: sysmonTime(at),
    ProcessGuid: guid,
    ProcessId: String(pid),
    Image: image,
    FileVersion: fromWindows ? "10.0.20348.1 (WinBuild.160101.0800)" : "-",
    Description: name.replace(/\.exe$/i, ""),
    Product: fromWindows ? "Microsoft® Windows® Operating System" : "-",
    Company: fromWindows ? "Microsoft Corporation" : "-",
    OriginalFileName: name === "WMIC.exe" ? "wmic.exe" : image.includes("\\Temp\\") ? "-" : name,
    CommandLine: commandLine,
    CurrentDirectory: directory,
    User: accountName(user),
    LogonGuid: `{${host.machine}-0000-0000-${hex(Number(logonId), 4).toUpperCase().slice(-4)}-000000000000}`,
    LogonId: logonId,
    TerminalSessionId: user.domain === "NT AUTHORITY" ? "0" : "1",
    IntegrityLevel: integrity,
    Hashes: `SHA1=${digest(image.toLowerCase(), 40)},SHA256=${digest(`256${image.toLowerCase()}`, 64)}`,
    ParentProcessGuid: parent.guid,
    ParentProcessId: String(parent.pid),
    ParentImage: parent.image,
    ParentCommandLine: parent.commandLine,
    ParentUser: accountName(parent.user),
  };
}

/** Security 4688: the creator is the subject; the target fields are set when the token is of another logon. */
export function securityStart(machineAccount: UserFacts, process: StartedProcess): EventData {
  const { pid, image, commandLine, user, logonId, integrity, parent } = process;
  const sameToken = parent.logonId === logonId;
  const creator = parent.user.domain === "NT AUTHORITY" ? machineAccount : parent.user;
  return {
    SubjectUserSid: parent.user.sid,
    SubjectUserName: creator.name,
    SubjectDomainName: creator.domain,
    SubjectLogonId: parent.logonId,
    NewProcessId: `0x${hex(pid)}`,
    NewProcessName: image,
    TokenElevationType: integrity === "High" ? "%%1937" : "%%1938",
    ProcessId: `0x${hex(parent.pid)}`,
    CommandLine: commandLine,
    TargetUserSid: sameToken ? "S-1-0-0" : user.sid,
    TargetUserName: sameToken ? "-" : user.name,
    TargetDomainName: sameToken ? "-" : user.domain,
    TargetLogonId: sameToken ? "0x0" : logonId,
    ParentProcessName: parent.image,
    MandatoryLabel: integritySids[integrity],
  };
}

export function accountName({ domain, name }: UserFacts): string {
  return `${domain}\\${name}`;
}
