import { describe, expect, it } from "vitest";
import { guid, T0 } from "../../test/factories/events.ts";
import { agentStart, securityStart } from "../../test/factories/facts.ts";
import {
  entityKey,
  entityStart,
  logonIdOf,
  nameOf,
  plainCommand,
  sessionKey,
  startKey,
  usableEntityId,
} from "./keys.ts";

describe("keys", () => {
  it("are the same for the same values and different on another host", () => {
    expect(entityKey("a", "x")).toBe(entityKey("a", "x"));
    expect(entityKey("a", "x")).not.toBe(entityKey("b", "x"));
    expect(entityKey("a", "x")).toMatch(/^[\w-]{22}$/);
  });

  it("of starts differ by log, pid, time, image and command line, but not by how that is quoted", () => {
    const start = { pid: 1, commandLine: 'cmd "a  b"' };
    const keys = [
      agentStart(start),
      securityStart(start),
      agentStart({ ...start, pid: 2 }),
      agentStart({ ...start, at: 1 }),
      agentStart({ ...start, executable: "other.exe" }),
      agentStart({ ...start, commandLine: "cmd c" }),
    ].map(startKey);
    expect(new Set(keys).size).toBe(6);
    expect(startKey(agentStart({ ...start, commandLine: "CMD a b" }))).toBe(keys[0]);
  });

  it("of later sessions of a logon id contain the time of their opening", () => {
    expect(sessionKey("a", "0x1")).not.toBe(sessionKey("a", "0x1", T0));
  });
});

describe("values in records", () => {
  it.each([
    [guid(T0, 1), T0],
    [guid(T0 + 999, 1), T0],
    ["{00000000-0000-0000-0000-000000000000}", undefined],
    [guid(Date.UTC(2010, 0), 1), undefined],
    ["sensor-1", undefined],
  ])("entity id %s contains the start %s", (id, time) => {
    expect(entityStart(id)).toBe(time);
  });

  it.each([
    ["{00000000-0000-0000-0000-000000000000}", undefined],
    ["", undefined],
    [undefined, undefined],
    ["sensor-0", "sensor-0"],
  ])("entity id %s is used as %s", (id, usable) => {
    expect(usableEntityId(id)).toBe(usable);
  });

  it.each([
    ["0x3e7", "0x3e7"],
    ["0x00000000000003E7", "0x3e7"],
    ["999", "0x3e7"],
    ["0x0", undefined],
    ["-", undefined],
    [undefined, undefined],
  ])("logon id %s is %s", (text, id) => {
    expect(logonIdOf(text)).toBe(id);
  });

  it.each([
    ["C:\\Windows\\CMD.EXE", "cmd.exe"],
    ["/usr/bin/sh", "sh"],
    ["cmd.exe", "cmd.exe"],
    ["?", undefined],
    ["-", undefined],
    ["C:\\", undefined],
    [undefined, undefined],
  ])("path %s has the name %s", (path, name) => {
    expect(nameOf(path)).toBe(name);
  });

  it("command lines are compared without blanks, quotes, percent signs and case", () => {
    expect(plainCommand('"C:\\cmd.exe"  /c  %%TEMP%%')).toBe("c:\\cmd.exe/ctemp");
  });
});
