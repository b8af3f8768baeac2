import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import {
  failedLogon,
  logon,
  objectAccess,
  scriptBlock,
  securityEnd,
  securityStart,
  sysmonActivity,
  sysmonConnection,
  sysmonEnd,
  sysmonStart,
} from "../../test/factories/events.ts";
import { happeningOf } from "./happening.ts";

describe("an event in words", () => {
  it.each<readonly [string, Fields, string, string]>([
    ["a start in Sysmon", sysmonStart({ commandLine: "cmd /c x" }).fields, "Process started", "started cmd /c x"],
    ["a start in the Security log", securityStart({ commandLine: "a b" }).fields, "Process started", "started a b"],
    [
      "a start without a command line",
      securityStart({ image: "C:\\a.exe", target: "CORP\\lena" }).fields,
      "Process started",
      "started C:\\a.exe",
    ],
    ["an end in Sysmon", sysmonEnd({ image: "C:\\a.exe" }).fields, "Process ended", "ended C:\\a.exe"],
    [
      "an end in the Security log",
      securityEnd({ image: "C:\\a.exe" }).fields,
      "Process ended",
      "ended C:\\a.exe exit code 0",
    ],
    [
      "a file",
      sysmonActivity(11, { image: "C:\\b.exe", file: "C:\\T\\a.dll" }).fields,
      "File written",
      "b.exe · C:\\T\\a.dll",
    ],
    [
      "a connection",
      sysmonConnection({
        image: "C:\\b.exe",
        source: "10.0.0.1",
        sourcePort: 5,
        destination: "10.0.0.2",
        initiated: true,
      }).fields,
      "Network connection",
      "b.exe · 10.0.0.1:5 → 10.0.0.2:135 tcp",
    ],
    [
      "a name",
      { "event.category": ["network"], "process.name": "b.exe", "dns.question.name": "x.example" },
      "DNS query",
      "b.exe · x.example",
    ],
    [
      "a registry value",
      {
        "event.provider": "Microsoft-Windows-Sysmon",
        "event.code": "13",
        "event.category": ["registry"],
        "process.name": "b.exe",
        "registry.path": "HKLM\\Run\\x",
        "registry.data.strings": "evil",
      },
      "Registry value written",
      "b.exe · HKLM\\Run\\x = evil",
    ],
    [
      "a logon",
      logon({ logonId: "0x1", user: "CORP\\al", ip: "10.0.0.9" }).fields,
      "Logon",
      "logged-in al type Network from 10.0.0.9",
    ],
    [
      "a failed logon",
      failedLogon({ user: "CORP\\al" }).fields,
      "Logon failed",
      expect.stringContaining("al") as string,
    ],
    ["a script block", scriptBlock({ pid: 1, text: "iex (iwr x)" }).fields, "Script block", "iex (iwr x)"],
    [
      "access to an object",
      objectAccess({ pid: 1, object: "C:\\ntds.dit" }).fields,
      "Object accessed",
      expect.stringContaining("C:\\ntds.dit") as string,
    ],
    [
      "access to a process",
      sysmonActivity(10, { image: "C:\\b.exe", target: { pid: 640, image: "C:\\lsass.exe" }, access: "0x1010" }).fields,
      "Process opened",
      "b.exe · → C:\\lsass.exe (640) access 0x1010",
    ],
    [
      "a new service",
      {
        "event.provider": "Service Control Manager",
        "event.code": "7045",
        "winlog.event_data.ServiceName": "svc",
        "winlog.event_data.ImagePath": "C:\\s.exe",
      },
      "Service installed",
      "service svc C:\\s.exe",
    ],
    ["an action without a category", { "event.action": "paired-device_now" }, "Paired device now", "paired-device_now"],
    [
      "a code that is a name of every object",
      { "event.provider": "PowerShell", "event.code": "constructor" },
      "Event",
      "event constructor",
    ],
    ["nothing", {}, "Event", ""],
  ])("of %s", (_, fields, what, summary) => {
    expect(happeningOf(fields)).toEqual({ what, summary });
  });
});
