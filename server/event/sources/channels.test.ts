import { describe, expect, it } from "vitest";
import { type EventSourceId, type EventSourceNames, eventSourceNames } from "#contracts/event-source";
import { mapWindowsFields } from "../mapping.ts";
import { recordKinds } from "../record-kinds.ts";
import type { WindowsEvent } from "../windows-event.ts";

function mapped(source: EventSourceId, code: number, data: Record<string, string>, more: Partial<WindowsEvent> = {}) {
  const { provider = "", channel }: EventSourceNames = eventSourceNames[source];
  const record = { provider, channel, computer: "ws7", code, data: new Map(Object.entries(data)), unnamed: [] };
  return mapWindowsFields({ ...record, ...more });
}

const services = { provider: "Service Control Manager" };

describe("System records", () => {
  it("are of the channel's data stream, also from a provider with a channel of its own", () => {
    for (const id of ["dns-client", "terminal-services", "driver-frameworks"] as const) {
      const { provider = "" }: EventSourceNames = eventSourceNames[id];
      expect(mapped("system", 1014, {}, { provider })).toMatchObject({
        "event.module": "system",
        "data_stream.dataset": "system.system",
      });
    }
    const { provider } = eventSourceNames.sysmon;
    const forwarded = mapped("sysmon", 255, {}, { provider, channel: "ForwardedEvents" });
    expect(forwarded["data_stream.dataset"]).toBe("windows.sysmon_operational");
  });

  it("have the service that was installed and the account that asked for it", () => {
    const service = { ServiceName: "evil", ImagePath: "cmd /c x", ServiceType: "user mode service" };
    expect(mapped("system", 7045, service, { ...services, serviceSid: "S-1-5-21-1-2-3-500" })).toMatchObject({
      "event.action": "service-installed",
      "event.category": ["configuration"],
      "service.name": "evil",
      "service.type": "user mode service",
      "user.id": "S-1-5-21-1-2-3-500",
      "winlog.event_data.ImagePath": "cmd /c x",
    });
  });

  it("have the service whose state changed, with and without names of the values", () => {
    const state = { "service.name": "Windows Update", "service.state": "stopped" };
    expect(mapped("system", 7036, { param1: "Windows Update", param2: "stopped" }, services)).toMatchObject(state);
    expect(mapped("system", 7036, {}, { ...services, unnamed: ["Windows Update", "stopped"] })).toMatchObject(state);
  });

  it("are recognised by their provider, in any channel", () => {
    const forwarded = { ...services, channel: "ForwardedEvents" };
    expect(mapped("system", 7045, { ServiceName: "evil" }, forwarded)["event.action"]).toBe("service-installed");
    expect(mapped("system", 7045, {}, { provider: "Another-Provider" })["event.action"]).toBeUndefined();
  });

  it("have who cleared a log, and keep the name of that log apart from their own", () => {
    const cleared = { SubjectUserName: "ada", SubjectDomainName: "EXAMPLE", Channel: "Application" };
    expect(mapped("system", 104, cleared, { provider: "Microsoft-Windows-Eventlog" })).toMatchObject({
      "event.action": "Log clear",
      "user.name": "ada",
      "winlog.channel": "System",
      "winlog.event_data.Channel": "Application",
    });
  });

  it("have the program that asked for a shutdown", () => {
    const values = { param1: "C:\\Windows\\system32\\shutdown.exe (WS7)", param7: "EXAMPLE\\ada" };
    expect(mapped("system", 1074, values, { provider: "User32" })).toMatchObject({
      "process.executable": "C:\\Windows\\system32\\shutdown.exe",
      "user.name": "ada",
    });
  });
});

describe("Application records", () => {
  it("have the program that crashed, and the product that was installed", () => {
    const crash = { provider: "Application Error", unnamed: ["a.exe", ...Array(9).fill(""), "C:\\a.exe"] };
    expect(mapped("application", 1000, {}, crash)["process.executable"]).toBe("C:\\a.exe");
    const product = { provider: "MsiInstaller", unnamed: ["Example", "1.2"] };
    expect(mapped("application", 1033, {}, product)).toMatchObject({
      "event.action": "product-installed",
      "package.name": "Example",
      "package.version": "1.2",
    });
  });
});

describe("records of single channels", () => {
  it("Task Scheduler: who registered a task, and what it ran", () => {
    expect(mapped("task-scheduler", 106, { TaskName: "\\x", UserContext: "EXAMPLE\\ada" })).toMatchObject({
      "event.action": "scheduled-task-created",
      "event.category": ["configuration"],
      "user.name": "ada",
    });
    expect(mapped("task-scheduler", 129, { Path: "C:\\x.exe", ProcessID: "812" })).toMatchObject({
      "process.executable": "C:\\x.exe",
      "process.pid": 812,
    });
  });

  it("WMI: who subscribed to events", () => {
    expect(mapped("wmi", 5860, { User: "EXAMPLE\\ada", Processid: "812", Query: "select * from x" })).toMatchObject({
      "event.action": "wmi-temporary-subscription-created",
      "user.name": "ada",
      "process.pid": 812,
    });
    expect(mapped("wmi", 5858, { User: "EXAMPLE\\ada", ClientMachine: "WS9" })["source.domain"]).toBe("WS9");
  });

  it("Defender: the threat, its file and process, by the names that Winlogbeat and Sigma use", () => {
    const threat = {
      "Threat Name": "HackTool:Win32/Example",
      "Detection User": "EXAMPLE\\ada",
      "Process Name": "C:\\Windows\\explorer.exe",
      Path: "containerfile:_C:\\a.zip; file:_C:\\a.zip->b.exe; webfile:_C:\\a.zip|http://x",
    };
    expect(mapped("defender", 1116, threat)).toMatchObject({
      "event.action": "malware-detected",
      "event.category": ["malware"],
      "rule.name": "HackTool:Win32/Example",
      "file.path": "C:\\a.zip",
      "process.name": "explorer.exe",
      "user.name": "ada",
      "winlog.event_data.Threat_Name": "HackTool:Win32/Example",
      "winlog.event_data.ThreatName": "HackTool:Win32/Example",
    });
    expect(mapped("defender", 5007, { "New Value": "x = 0x1" })["winlog.event_data.NewValue"]).toBe("x = 0x1");
  });

  it("Remote Desktop: who connected from where", () => {
    const [manager, , client] = eventSourceNames["terminal-services"].otherChannels;
    expect(
      mapped("terminal-services", 21, { User: "EXAMPLE\\ada", SessionID: "3", Address: "10.0.0.5" }),
    ).toMatchObject({
      "event.category": ["session"],
      "user.domain": "EXAMPLE",
      "source.ip": "10.0.0.5",
    });
    const other = { provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager", channel: manager };
    expect(mapped("terminal-services", 1149, { Param1: "ada", Param2: "", Param3: "10.0.0.5" }, other)).toMatchObject({
      "user.name": "ada",
      "source.ip": "10.0.0.5",
    });
    const outbound = { provider: "Microsoft-Windows-TerminalServices-ClientActiveXCore", channel: client };
    expect(mapped("terminal-services", 1024, { Value: "srv-1" }, outbound)["destination.domain"]).toBe("srv-1");
    expect(mapped("terminal-services", 131, { ClientIP: "10.0.0.5:49812" })).toMatchObject({
      "source.ip": "10.0.0.5",
      "source.port": 49812,
    });
  });

  it("BITS: the program and the address of a transfer", () => {
    const job = { processPath: "C:\\x.exe", processId: "77", jobOwner: "EXAMPLE\\ada" };
    expect(mapped("bits-client", 3, job)).toMatchObject({
      "process.name": "x.exe",
      "process.pid": 77,
      "user.name": "ada",
    });
    expect(mapped("bits-client", 59, { url: "https://u:p@cdn.example.test:8443/a.zip" })).toMatchObject({
      "url.full": "https://u:p@cdn.example.test:8443/a.zip",
      "url.domain": "cdn.example.test",
    });
    expect(mapped("bits-client", 16403, { RemoteName: "http://x.test/a", LocalName: "C:\\a.exe" })).toMatchObject({
      "url.domain": "x.test",
      "file.path": "C:\\a.exe",
    });
  });

  it("Defender: what was done about a threat, and whether it succeeded", () => {
    const handled = { "Threat Name": "x", "Action Name": "Quarantine", "Error Code": "0x00000000" };
    expect(mapped("defender", 1117, handled)).toMatchObject({
      "event.action": "malware-quarantined",
      "event.outcome": "success",
    });
    expect(mapped("defender", 1117, { Action_Name: "Remove", Error_Code: "0x80508023" })).toMatchObject({
      "event.action": "malware-detected",
      "event.outcome": "failure",
    });
    expect(mapped("defender", 1116, handled)).not.toHaveProperty("event.outcome");
    const kinds = recordKinds.filter(({ source, code }) => source === "defender" && code === "1117");
    expect(kinds.map(({ constant }) => [constant["event.action"], constant["event.outcome"]])).toEqual([
      ["malware-detected", "success"],
      ["malware-quarantined", "success"],
      ["malware-detected", "failure"],
      ["malware-quarantined", "failure"],
    ]);
  });

  it("AppLocker: the file and what was decided, which is no start of a process", () => {
    const file = {
      FullFilePath: "C:\\Users\\ada\\x.exe",
      FileHash: "ABCDEF",
      Fqbn: "O=EXAMPLE, C=DE\\PRODUCT\\X.EXE\\1.0.0.0",
      TargetUser: "S-1-5-21-1-2-3-1104",
      TargetProcessId: "812",
    };
    const fields = mapped("applocker", 8004, file);
    expect(fields).toMatchObject({
      "event.action": "file-blocked",
      "event.dataset": "windows.applocker_exe_and_dll",
      "event.type": ["info", "denied"],
      "file.name": "x.exe",
      "file.hash.sha256": "abcdef",
      "file.pe.original_file_name": "X.EXE",
      "process.pid": 812,
      "user.id": "S-1-5-21-1-2-3-1104",
    });
  });

  it("DNS client: the question and its answers", () => {
    expect(
      mapped("dns-client", 3008, { QueryName: "x.test", QueryType: "28", QueryResults: "::ffff:10.0.0.1;type: 5 y;" }),
    ).toMatchObject({
      "dns.question.name": "x.test",
      "dns.question.type": "AAAA",
      "dns.resolved_ip": ["10.0.0.1"],
      "network.protocol": "dns",
    });
    expect(mapped("dns-client", 3008, { QueryStatus: "9003" })["dns.response_code"]).toBe("NXDOMAIN");
    expect(mapped("dns-client", 3008, { QueryStatus: "0" })["dns.response_code"]).toBe("NOERROR");
    expect(mapped("dns-client", 3008, { QueryStatus: "87" })).not.toHaveProperty("dns.response_code");
  });

  it("Code Integrity, firewall and NTLM: the files, programs and accounts", () => {
    const buffers = { FileNameBuffer: "\\Device\\HarddiskVolume2\\a.dll", ProcessNameBuffer: "\\Device\\b.exe" };
    expect(mapped("code-integrity", 3033, buffers)).toMatchObject({ "file.name": "a.dll", "process.name": "b.exe" });
    expect(mapped("windows-firewall", 2004, { ModifyingApplication: "C:\\x.exe", RuleName: "open" })).toMatchObject({
      "event.type": ["creation"],
      "process.name": "x.exe",
      "rule.name": "open",
    });
    expect(mapped("ntlm", 8004, { UserName: "ada", DomainName: "EXAMPLE", WorkstationName: "NULL" })).toMatchObject({
      "user.name": "ada",
      "source.domain": "NULL",
    });
  });
});
