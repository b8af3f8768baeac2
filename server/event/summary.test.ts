import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import {
  logon,
  objectAccess,
  scriptBlock,
  securityEnd,
  sysmonActivity,
  sysmonConnection,
  sysmonStart,
} from "../../test/factories/events.ts";
import { eventSummary } from "./summary.ts";

const data = (values: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`winlog.event_data.${name}`, value]));

describe("the summary of an event", () => {
  it.each<readonly [string, Fields, string]>([
    ["a start", sysmonStart({ commandLine: "cmd /c whoami" }).fields, "started cmd /c whoami"],
    ["an end", securityEnd({ pid: 5, image: "C:\\a.exe" }).fields, "ended C:\\a.exe exit code 0"],
    ["a file", sysmonActivity(11, { file: "C:\\Temp\\a.dll" }).fields, "C:\\Temp\\a.dll"],
    [
      "a connection",
      sysmonConnection({ source: "10.0.0.1", sourcePort: 50_000, destination: "10.0.0.2", initiated: true }).fields,
      "10.0.0.1:50000 → 10.0.0.2:135 tcp",
    ],
    ["a script block", scriptBlock({ pid: 1, text: "iex\n  (iwr x)" }).fields, "iex (iwr x)"],
    [
      "one part of a script block",
      { "powershell.file.script_block_text": "a", "powershell.sequence": 2, "powershell.total": 3 },
      "(part 2 of 3) a",
    ],
    [
      "access to a process",
      sysmonActivity(10, { target: { pid: 640, image: "C:\\lsass.exe" }, access: "0x1010" }).fields,
      "→ C:\\lsass.exe (640) access 0x1010",
    ],
    ["an object", objectAccess({ pid: 1, object: "C:\\ntds.dit" }).fields, "File C:\\ntds.dit"],
    [
      "a logon",
      logon({ logonId: "0x1", user: "CORP\\alice", ip: "10.0.0.9" }).fields,
      "logged-in alice type Network from 10.0.0.9",
    ],
    [
      "a DNS query",
      { "dns.question.name": "a.example", "dns.resolved_ip": ["1.2.3.4", "::1"] },
      "a.example → 1.2.3.4, ::1",
    ],
    [
      "a registry value",
      { "registry.path": "HKLM\\Run\\x", "registry.data.strings": "evil.exe", ...data({ EventType: "SetValue" }) },
      "SetValue HKLM\\Run\\x = evil.exe",
    ],
    [
      "a library",
      { "dll.path": "C:\\a.dll", "file.path": "C:\\a.dll", "dll.code_signature.subject_name": "Example" },
      "C:\\a.dll signed by Example",
    ],
    [
      "a new service",
      { "event.code": "7045", ...data({ ServiceName: "svc", ImagePath: "C:\\s.exe", AccountName: "LocalSystem" }) },
      "service svc C:\\s.exe as LocalSystem",
    ],
    [
      "a task",
      data({
        TaskName: "\\t",
        TaskContent: "<Task><Exec><Command>cmd.exe</Command><Arguments>/c x</Arguments></Exec></Task>",
      }),
      "task \\t cmd.exe /c x",
    ],
    [
      "a cleared log",
      { "event.code": "1102", "event.provider": "Microsoft-Windows-Eventlog", "user.name": "bob" },
      "log Security cleared by bob",
    ],
    [
      "a record of an unknown kind",
      { "event.action": "paired", ...data({ UtcTime: "x", Colour: "red", Size: "3" }) },
      "paired Colour=red Size=3",
    ],
    ["a record with a text only", { message: "The job\r\nran." }, "The job ran."],
    ["nothing", {}, ""],
  ])("of %s says what it was about", (_, fields, expected) => {
    expect(eventSummary(fields)).toBe(expected);
  });

  it("is one line, and long values are cut", () => {
    const text = eventSummary({ "file.path": `C:\\${"a".repeat(5000)}\nb` });
    expect(text).toHaveLength(301);
    expect(text).not.toContain("\n");
  });
});
