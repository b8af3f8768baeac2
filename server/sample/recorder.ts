import { eventSourceNames } from "#contracts/event-source";
import { type EventData, EventLog } from "./event-log.ts";
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
import {
  accountName,
  digest,
  fileName,
  hex,
  type StartedProcess,
  securityStart,
  sysmonStart,
  sysmonTime,
} from "./process-records.ts";

const { sysmon, security } = eventSourceNames;
/**
 * Records the event logs of one fictional Windows host as Winlogbeat documents. Every process start is recorded twice,
 * as Sysmon 1 and as Security 4688, as on a host with both sources. Times are epoch milliseconds UTC.
 */
export class HostRecorder {
  readonly host: HostFacts;
  readonly fqdn: string;
  readonly account: UserFacts;
  readonly #log: EventLog;
  #pid = 620;
  #sequence = 0x10;
  #logon = 0x2f000;
  #port = 49_700;

  constructor(host: HostFacts) {
    this.host = host;
    this.fqdn = `${host.name}.${dnsDomain}`;
    this.account = { name: `${host.name}$`, domain, sid: "S-1-5-18" };
    this.#log = new EventLog(host, this.fqdn);
  }

  /** A process started before the logs begin, as on every real host: its start is not recorded. */
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
    // Windows assigns multiples of four, and reuses pids after a while.
    this.#pid = this.#pid > 9_600 ? 1_236 : this.#pid + 4 * (1 + (this.#sequence % 7));
    const sequence = hex(this.#sequence, 4).toUpperCase();
    return {
      guid: `{${this.host.machine}-${seconds.slice(4)}-${seconds.slice(0, 4)}-${sequence}-000000001A00}`,
      pid: this.#pid,
    };
  }

  /** Sysmon 1 and Security 4688, and at the end Sysmon 5 and Security 4689. */
  start(options: StartOptions): SampleProcess {
    const { at, parent, image, commandLine } = options;
    const user = options.user ?? parent.user;
    const logonId = options.logonId ?? parent.logonId;
    const process: SampleProcess = { ...this.#identify(at), image, commandLine, user, logonId };
    const started: StartedProcess = {
      ...process,
      integrity: options.integrity ?? (user.domain === "NT AUTHORITY" ? "System" : "Medium"),
      directory: options.directory ?? "C:\\Windows\\system32\\",
      parent,
    };
    this.#log.write(at, sysmon, 1, sysmonStart(this.host, at, started));
    this.#log.write(at + 2, security, 4688, securityStart(this.account, started));
    if (options.lasts !== undefined) {
      this.end(process, at + options.lasts);
    }
    return process;
  }

  end(process: SampleProcess, at: number): void {
    this.#log.write(at, sysmon, 5, {
      RuleName: "-",
      UtcTime: sysmonTime(at),
      ProcessGuid: process.guid,
      ProcessId: String(process.pid),
      Image: process.image,
      User: accountName(process.user),
    });
    this.#log.write(at + 1, security, 4689, {
      SubjectUserSid: process.user.sid,
      SubjectUserName: process.user.name,
      SubjectDomainName: process.user.domain,
      SubjectLogonId: process.logonId,
      Status: "0x0",
      ProcessId: `0x${hex(process.pid)}`,
      ProcessName: process.image,
    });
  }

  /** Security 4624, with 4672 and 4634 where they apply. Returns the logon id. */
  logon(options: LogonOptions): string {
    const { at, user } = options;
    this.#logon += 0x1f3 + (at % 0x400);
    const logonId = `0x${hex(this.#logon)}`;
    const remote = options.from !== undefined;
    this.#port += 3;
    this.#log.write(at, security, 4624, {
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
      this.#log.write(at, security, 4672, {
        SubjectUserSid: user.sid,
        SubjectUserName: user.name,
        SubjectDomainName: user.domain,
        SubjectLogonId: logonId,
        PrivilegeList: "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeDebugPrivilege",
      });
    }
    if (options.lasts !== undefined) {
      this.#log.write(at + options.lasts, security, 4634, {
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
    this.#log.write(at, security, 4625, {
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

  /** Security 4648: a process uses explicit credentials on another host. */
  explicitLogon(at: number, process: SampleProcess, as: UserFacts, target: HostRecorder): void {
    this.#log.write(at, security, 4648, {
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
    this.#log.write(at, sysmon, 3, {
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
    this.#log.write(at, sysmon, 22, {
      ...this.#subject(at, process),
      QueryName: name,
      QueryStatus: "0",
      QueryResults: `::ffff:${answer};`,
    });
  }

  createFile(at: number, process: SampleProcess, path: string): void {
    this.#log.write(at, sysmon, 11, {
      ...this.#subject(at, process),
      TargetFilename: path,
      CreationUtcTime: sysmonTime(at),
    });
  }

  setRegistry(at: number, process: SampleProcess, key: string, value: string): void {
    this.#log.write(at, sysmon, 13, {
      ...this.#subject(at, process),
      EventType: "SetValue",
      TargetObject: key,
      Details: value,
    });
  }

  loadModule(at: number, process: SampleProcess, path: string): void {
    this.#log.write(at, sysmon, 7, {
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
    this.#log.write(at, sysmon, 10, {
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
      SourceUser: accountName(source.user),
      TargetUser: accountName(target.user),
    });
  }

  #subject(at: number, process: SampleProcess): EventData {
    return {
      RuleName: "-",
      UtcTime: sysmonTime(at),
      ProcessGuid: process.guid,
      ProcessId: String(process.pid),
      Image: process.image,
      User: accountName(process.user),
    };
  }

  /** See `EventLog.documents`. */
  documents(): Generator<{ readonly at: number; readonly text: string }> {
    return this.#log.documents();
  }
}
