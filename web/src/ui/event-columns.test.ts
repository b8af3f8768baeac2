import { describe, expect, it } from "vitest";
import { columnsOf, kindOf, shortColumnTitle } from "./event-columns.ts";

const row = (fields: Readonly<Record<string, string | string[]>>) => ({ fields });

describe("the kind of a row", () => {
  it.each([
    [{ "event.kind": "signal", "event.category": ["process"] }, "alert"],
    [{ "event.category": ["network", "process"] }, "network"],
    [{ "event.category": ["network"], "dns.question.name": "c2.example" }, "dns"],
    [{ "event.category": ["authentication", "session"] }, "logon"],
    [{ "event.category": "process" }, "process"],
    [{ "event.category": ["configuration"] }, "other"],
    [{}, "other"],
  ])("of %j is %s", (fields, kind) => {
    expect(kindOf(fields)).toBe(kind);
  });
});

describe("the columns of a kind", () => {
  const process = row({ "process.name": "net.exe", "process.command_line": "net user", "user.name": "lena" });

  it("come after those that a playbook names, each once", () => {
    expect(columnsOf("process", ["process.command_line"], [process])).toEqual([
      "process.command_line",
      "process.name",
      "user.name",
    ]);
  });

  it("are left out without a value in any row", () => {
    expect(columnsOf("process", ["process.executable"], [process])).not.toContain("process.executable");
    expect(columnsOf("network", [], [process])).toEqual(["process.name", "user.name"]);
  });

  it("show one of two fields that say the same", () => {
    const logon = row({ "winlog.logon.type": "Network", "winlog.event_data.LogonType": "3" });
    expect(columnsOf("logon", ["winlog.event_data.LogonType"], [logon])).toEqual(["winlog.logon.type"]);
    const other = row({ "winlog.event_data.LogonType": "3" });
    expect(columnsOf("logon", ["winlog.event_data.LogonType"], [other])).toEqual(["winlog.event_data.LogonType"]);
  });

  it("have words where there are some, else the name of the field", () => {
    expect(shortColumnTitle("process.command_line")).toBe("Command line");
    expect(shortColumnTitle("kibana.alert.rule.name")).toBe("Rule");
    expect(shortColumnTitle("process.hash.md5")).toBe("process.hash.md5");
  });
});
