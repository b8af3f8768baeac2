import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compileCondition } from "../condition/evaluate.ts";
import { splitSysmonCommandLine } from "../event/command-line.ts";
import { loadPlaybooks } from "./load.ts";
import type { Playbook } from "./playbook.ts";

describe("the checks of the shipped playbooks", () => {
  let playbooks: readonly Playbook[];
  beforeAll(async () => {
    ({ playbooks } = await loadPlaybooks([join(import.meta.dirname, "../../playbooks")]));
  });

  function met(playbook: string, fields: Readonly<Record<string, string | readonly string[]>>): readonly string[] {
    const checks = playbooks.find(({ id }) => id === playbook)?.checks.filter((check) => check.on === "alert") ?? [];
    return checks
      .filter((check) => check.where === undefined || compileCondition(check.where.condition)(fields))
      .map((check) => check.id);
  }
  const wmic = (line: string) =>
    met("remote-wmi-command-attempt", {
      "process.command_line": line,
      "process.args": splitSysmonCommandLine(line),
    });
  const started = (path: string) =>
    met("process-execution-via-wmi", {
      "process.executable": path,
      "process.name": path.slice(path.lastIndexOf("\\") + 1),
    });

  it("recognise a call to the machine itself, but not a list that also names another node", () => {
    expect(wmic("wmic /node:127.0.0.1 os get version")).toContain("speaks-to-itself");
    expect(wmic('wmic /node:"localhost" shadowcopy call create "ClientAccessible", "C:\\"')).toContain(
      "speaks-to-itself",
    );
    expect(wmic("wmic /node:127.0.0.1,srv-02 process call create calc.exe")).not.toContain("speaks-to-itself");
    expect(wmic('wmic /node:"127.0.0.1","srv-02" process call create calc.exe')).not.toContain("speaks-to-itself");
  });

  it("never regard a Windows tool that runs foreign code as servicing", () => {
    for (const name of ["wbem\\WMIC.exe", "wbem\\mofcomp.exe", "wbem\\scrcons.exe", "msiexec.exe"]) {
      expect(started(`C:\\Windows\\System32\\${name}`)).not.toContain("servicing");
    }
    expect(started("C:\\Windows\\System32\\whoami.exe")).toEqual(["shell-or-interpreter"]);
    expect(started("C:\\Windows\\CCM\\CcmExec.exe")).toEqual(["servicing"]);
    expect(started("C:\\Users\\Public\\a.exe")).toEqual(["program-from-elsewhere"]);
  });

  it("regard an address as external only outside of private networks", () => {
    const from = (address: string) => met("logons", { "source.ip": address });
    for (const address of ["10.20.4.77", "172.31.0.9", "192.168.1.1", "127.0.0.1", "::1", "fe80::1", "fd00::7"]) {
      expect(from(address)).toEqual([]);
    }
    for (const address of ["8.8.8.8", "172.32.0.1", "2001:db8::1"]) {
      expect(from(address)).toEqual(["from-the-internet"]);
    }
    expect(met("logons", {})).toEqual([]);
  });
});
