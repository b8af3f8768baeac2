import { eventSourceNames } from "#contracts/event-source";
import {
  dnsDomain,
  domain,
  type HostFacts,
  type LogonOptions,
  type SampleProcess,
  type StartOptions,
  systemUser,
  type UserFacts,
} from "./facts.ts";

const { sysmon, security } = eventSourceNames;
const integritySids = { Low: "S-1-16-4096", Medium: "S-1-16-8192", High: "S-1-16-12288", System: "S-1-16-16384" };

type EventData = Readonly<Record<string, string>>;
interface Line {
  readonly at: number;
  readonly order: number;
  readonly code: number;
  readonly log: { readonly provider: string; readonly channel: string };
  readonly data: EventData;
}

const hex = (number: number, width = 0) => number.toString(16).padStart(width, "0");
const fileName = (path: string) => path.slice(path.lastIndexOf("\\") + 1);
const sysmonTime = (at: number) => new Date(at).toISOString().replace("T", " ").replace("Z", "");

/** A digest that is only looked at: made from the text, the same on every host, as the same file would have. */
function digest(text: string, digits: number): string {
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

/**
 * Writes the event log of one made-up Windows host in Winlogbeat's shape, each process start both as Sysmon 1 and as
 * Security 4688, as a host with both sources would. Times are epoch milliseconds UTC.
 */
export class HostRecorder {
  readonly host: HostFacts;
  readonly fqdn: string;
  readonly account: UserFacts;
  #lines: Line[] = [];
  #pid = 620;
  #sequence = 0x10;
  #logon = 0x2f000;
  #port = 49_700;

  constructor(host: HostFacts) {
    this.host = host;
    this.fqdn = `${host.name}.${dnsDomain}`;
    this.account = { name: `${host.name}$`, domain, sid: "S-1-5-18" };
  }

  #write(at: number, log: Line["log"], code: number, data: EventData): void {
    this.#lines.push({ at, order: this.#lines.length, code, log, data });
  }

  /** A process that was there before the sensors: its start is in no log, as on every real host. */
  older(
    image: string,
    commandLine: string,
    at: number,
    user: UserFacts = systemUser,
    logonId = "0x3e7",
  ): SampleProcess {
    return { ...this.#identify(at), image, commandLine, user, logonId };
  }

  #identify(at: number): { readonly guid: string; readonly pid: number } {
    const seconds = hex(Math.floor(at / 1000), 8).toUpperCase();
    this.#sequence += 1;
    // Windows hands out multiples of four; numbers come back after a while, as they do on a real host.
    this.#pid = this.#pid > 9_600 ? 1_236 : this.#pid + 4 * (1 + (this.#sequence % 7));
    const sequence = hex(this.#sequence, 4).toUpperCase();
    return {
      guid: `{${this.host.machine}-${seconds.slice(4)}-${seconds.slice(0, 4)}-${sequence}-000000001A00}`,
      pid: this.#pid,
    };
  }

  /** Sysmon 1 and Security 4688, and 5 and 4689 at the end. */
  start(options: StartOptions): SampleProcess {
    const { at, parent, image, commandLine } = options;
    const user = options.user ?? parent.user;
    const logonId = options.logonId ?? parent.logonId;
    const { guid, pid } = this.#identify(at);
    const integrity = options.integrity ?? (user.domain === "NT AUTHORITY" ? "System" : "Medium");
    const name = fileName(image);
    this.#write(at, sysmon, 1, {
      RuleName: "-",
      UtcTime: sysmonTime(at),
      ProcessGuid: guid,
      ProcessId: String(pid),
      Image: image,
      FileVersion: image.startsWith("C:\\Windows") ? "10.0.20348.1 (WinBuild.160101.0800)" : "-",
      Description: name.replace(/\.exe$/i, ""),
      Product: image.startsWith("C:\\Windows") ? "Microsoft® Windows® Operating System" : "-",
      Company: image.startsWith("C:\\Windows") ? "Microsoft Corporation" : "-",
      OriginalFileName: name === "WMIC.exe" ? "wmic.exe" : image.includes("\\Temp\\") ? "-" : name,
      CommandLine: commandLine,
      CurrentDirectory: options.directory ?? "C:\\Windows\\system32\\",
      User: `${user.domain}\\${user.name}`,
      LogonGuid: `{${this.host.machine}-0000-0000-${hex(Number(logonId), 4).toUpperCase().slice(-4)}-000000000000}`,
      LogonId: logonId,
      TerminalSessionId: user.domain === "NT AUTHORITY" ? "0" : "1",
      IntegrityLevel: integrity,
      Hashes: `SHA1=${digest(image.toLowerCase(), 40)},SHA256=${digest(`256${image.toLowerCase()}`, 64)}`,
      ParentProcessGuid: parent.guid,
      ParentProcessId: String(parent.pid),
      ParentImage: parent.image,
      ParentCommandLine: parent.commandLine,
      ParentUser: `${parent.user.domain}\\${parent.user.name}`,
    });
    // The Security log names the creator as subject; a token of another logon stands in the target fields.
    const sameToken = parent.logonId === logonId;
    const creator = parent.user.domain === "NT AUTHORITY" ? this.account : parent.user;
    this.#write(at + 2, security, 4688, {
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
    });
    const process: SampleProcess = { guid, pid, image, commandLine, user, logonId };
    if (options.lasts !== undefined) {
      this.end(process, at + options.lasts);
    }
    return process;
  }

  end(process: SampleProcess, at: number): void {
    this.#write(at, sysmon, 5, {
      RuleName: "-",
      UtcTime: sysmonTime(at),
      ProcessGuid: process.guid,
      ProcessId: String(process.pid),
      Image: process.image,
      User: `${process.user.domain}\\${process.user.name}`,
    });
    this.#write(at + 1, security, 4689, {
      SubjectUserSid: process.user.sid,
      SubjectUserName: process.user.name,
      SubjectDomainName: process.user.domain,
      SubjectLogonId: process.logonId,
      Status: "0x0",
      ProcessId: `0x${hex(process.pid)}`,
      ProcessName: process.image,
    });
  }

  /** Security 4624 (and 4672, 4634); gives the logon id. */
  logon(options: LogonOptions): string {
    const { at, user } = options;
    this.#logon += 0x1f3 + (at % 0x400);
    const logonId = `0x${hex(this.#logon)}`;
    const remote = options.from !== undefined;
    this.#port += 3;
    this.#write(at, security, 4624, {
      SubjectUserSid: remote ? "S-1-0-0" : "S-1-5-18",
      SubjectUserName: remote ? "-" : this.account.name,
      SubjectDomainName: remote ? "-" : domain,
      SubjectLogonId: remote ? "0x0" : "0x3e7",
      TargetUserSid: user.sid,
      TargetUserName: user.name,
      TargetDomainName: user.domain,
      TargetLogonId: logonId,
      LogonType: String(options.type),
      LogonProcessName:
        options.package === "NTLM" ? "NtLmSsp " : options.package === "Kerberos" ? "Kerberos" : "User32 ",
      AuthenticationPackageName: options.package,
      WorkstationName: options.from?.workstation ?? (remote ? "-" : this.host.name),
      LmPackageName: options.package === "NTLM" ? "NTLM V2" : "-",
      ProcessId: "0x0",
      ProcessName: "-",
      IpAddress: options.from?.ip ?? "-",
      IpPort: remote ? String(this.#port) : "-",
      ElevatedToken: options.privileged === true ? "%%1842" : "%%1843",
    });
    if (options.privileged === true) {
      this.#write(at, security, 4672, {
        SubjectUserSid: user.sid,
        SubjectUserName: user.name,
        SubjectDomainName: user.domain,
        SubjectLogonId: logonId,
        PrivilegeList: "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeDebugPrivilege",
      });
    }
    if (options.lasts !== undefined) {
      this.#write(at + options.lasts, security, 4634, {
        TargetUserSid: user.sid,
        TargetUserName: user.name,
        TargetDomainName: user.domain,
        TargetLogonId: logonId,
        LogonType: String(options.type),
      });
    }
    return logonId;
  }

  failedLogon(at: number, user: UserFacts, from: { readonly ip: string; readonly workstation: string }): void {
    this.#write(at, security, 4625, {
      SubjectUserSid: "S-1-0-0",
      SubjectUserName: "-",
      SubjectDomainName: "-",
      SubjectLogonId: "0x0",
      TargetUserSid: "S-1-0-0",
      TargetUserName: user.name,
      TargetDomainName: user.domain,
      Status: "0xc000006d",
      SubStatus: "0xc000006a",
      LogonType: "3",
      LogonProcessName: "NtLmSsp ",
      AuthenticationPackageName: "NTLM",
      WorkstationName: from.workstation,
      ProcessId: "0x0",
      ProcessName: "-",
      IpAddress: from.ip,
      IpPort: "0",
    });
  }

  /** Security 4648: a process uses other credentials on another host. */
  explicitLogon(at: number, process: SampleProcess, as: UserFacts, target: HostRecorder): void {
    this.#write(at, security, 4648, {
      SubjectUserSid: process.user.sid,
      SubjectUserName: process.user.name,
      SubjectDomainName: process.user.domain,
      SubjectLogonId: process.logonId,
      LogonGuid: "{00000000-0000-0000-0000-000000000000}",
      TargetUserName: as.name,
      TargetDomainName: as.domain,
      TargetServerName: target.host.name,
      TargetInfo: target.host.name,
      ProcessId: `0x${hex(process.pid)}`,
      ProcessName: process.image,
      IpAddress: "-",
      IpPort: "-",
    });
  }

  connect(
    at: number,
    process: SampleProcess,
    to: { readonly ip: string; readonly port: number; readonly name?: string },
  ): void {
    this.#port += 1;
    this.#write(at, sysmon, 3, {
      ...this.#subject(at, process),
      Protocol: "tcp",
      Initiated: "true",
      SourceIsIpv6: "false",
      SourceIp: this.host.ip,
      SourceHostname: this.fqdn,
      SourcePort: String(this.#port),
      DestinationIsIpv6: "false",
      DestinationIp: to.ip,
      DestinationHostname: to.name ?? "-",
      DestinationPort: String(to.port),
    });
  }

  resolve(at: number, process: SampleProcess, name: string, answer: string): void {
    this.#write(at, sysmon, 22, {
      ...this.#subject(at, process),
      QueryName: name,
      QueryStatus: "0",
      QueryResults: `::ffff:${answer};`,
    });
  }

  createFile(at: number, process: SampleProcess, path: string): void {
    this.#write(at, sysmon, 11, {
      ...this.#subject(at, process),
      TargetFilename: path,
      CreationUtcTime: sysmonTime(at),
    });
  }

  setRegistry(at: number, process: SampleProcess, key: string, value: string): void {
    this.#write(at, sysmon, 13, {
      ...this.#subject(at, process),
      EventType: "SetValue",
      TargetObject: key,
      Details: value,
    });
  }

  loadModule(at: number, process: SampleProcess, path: string): void {
    this.#write(at, sysmon, 7, {
      ...this.#subject(at, process),
      ImageLoaded: path,
      OriginalFileName: fileName(path),
      Company: "Microsoft Corporation",
      Hashes: `SHA1=${digest(path.toLowerCase(), 40)}`,
      Signed: "true",
      Signature: "Microsoft Windows",
      SignatureStatus: "Valid",
    });
  }

  access(at: number, source: SampleProcess, target: SampleProcess, rights: string): void {
    this.#write(at, sysmon, 10, {
      RuleName: "-",
      UtcTime: sysmonTime(at),
      SourceProcessGUID: source.guid,
      SourceProcessId: String(source.pid),
      SourceThreadId: "4312",
      SourceImage: source.image,
      TargetProcessGUID: target.guid,
      TargetProcessId: String(target.pid),
      TargetImage: target.image,
      GrantedAccess: rights,
      CallTrace: "C:\\Windows\\SYSTEM32\\ntdll.dll+9d2e4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e",
      SourceUser: `${source.user.domain}\\${source.user.name}`,
      TargetUser: `${target.user.domain}\\${target.user.name}`,
    });
  }

  #subject(at: number, process: SampleProcess): EventData {
    return {
      RuleName: "-",
      UtcTime: sysmonTime(at),
      ProcessGuid: process.guid,
      ProcessId: String(process.pid),
      Image: process.image,
      User: `${process.user.domain}\\${process.user.name}`,
    };
  }

  /** All records in the order of the log, one JSON document each, record numbers counted per channel. */
  *documents(): Generator<{ readonly at: number; readonly text: string }> {
    const next = new Map<string, number>();
    const lines = this.#lines.toSorted((a, b) => a.at - b.at || a.order - b.order);
    for (const { at, code, log, data } of lines) {
      const record = next.get(log.channel) ?? this.host.firstRecord * (log === sysmon ? 3 : 1);
      next.set(log.channel, record + 1);
      const document = {
        "@timestamp": new Date(at).toISOString(),
        host: { name: this.fqdn },
        winlog: {
          provider_name: log.provider,
          channel: log.channel,
          computer_name: this.fqdn,
          event_id: String(code),
          record_id: record,
          event_data: data,
        },
      };
      yield { at, text: JSON.stringify(document) };
    }
  }
}
