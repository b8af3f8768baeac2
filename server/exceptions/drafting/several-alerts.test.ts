import { describe, expect, it } from "vitest";
import { commandDigestField } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { draftSubject, processStart } from "../../../test/factories/draft-subjects.ts";
import { activitiesOf, groupOf } from "../draft.ts";
import type { DraftSubject } from "./subject.ts";

const groups = (...subjects: readonly DraftSubject[]) =>
  activitiesOf(subjects).map((activity) => groupOf(activity).map(({ entry }) => entry));
const entriesOf = (fields: Fields, ancestors: readonly Fields[] = []) =>
  groups(draftSubject(fields, { ancestors, session: undefined }))[0] ?? [];
const about = (entries: readonly ExceptionEntry[], field: string) =>
  entries.find((entry) => "field" in entry && entry.field === field);

const cmd = "C:\\Windows\\System32\\cmd.exe";
const agent = "C:\\Program Files\\Vendor\\agent.exe";

describe("the draft of one alert", () => {
  it("names the exact path of a parent that tells what the activity is, and not what that runs", () => {
    const entries = entriesOf(processStart({ parent: agent, parentCommand: "agent.exe -run 17" }));
    expect(about(entries, "process.parent.executable")).toMatchObject({ type: "match", value: agent });
    expect(about(entries, "process.parent.command_line")).toBeUndefined();
  });

  it("names what an interpreter or a host of services runs", () => {
    for (const parent of [cmd, "C:\\Windows\\System32\\svchost.exe", "D:\\Python312\\python.exe", "wscript.exe"]) {
      const entries = entriesOf(processStart({ parent, parentCommand: "x.exe C:\\Vendor\\job_00017.cmd" }));
      expect(about(entries, "process.parent.command_line"), parent).toMatchObject({
        type: "template",
        value: "x.exe C:\\Vendor\\job_{digits}.cmd",
      });
    }
  });

  it("names the nearest ancestor that tells something where the parent's command line does not", () => {
    const above = [cmd, "C:\\Windows\\System32\\cmd.exe", agent, "D:\\Other\\far.exe"];
    const ancestors = above.map((path) => ({ "process.executable": path }));
    const entries = entriesOf(processStart({ parent: cmd, parentCommand: "cmd.exe /K" }), ancestors);
    expect(entries).toContainEqual({
      type: "ancestor",
      which: "any",
      operator: "included",
      entries: [expect.objectContaining({ field: "process.executable", value: agent })],
    });
  });

  it("takes the parent's command line from the process graph where the record has none", () => {
    const { "process.parent.command_line": _, ...fields } = processStart({ parent: cmd });
    const entries = entriesOf(fields, [{ "process.command_line": "cmd /c C:\\Vendor\\job_00017.cmd" }]);
    expect(entries).toContainEqual({
      type: "ancestor",
      which: "parent",
      operator: "included",
      entries: [expect.objectContaining({ type: "template", value: "cmd /c C:\\Vendor\\job_{digits}.cmd" })],
    });
  });

  it("compares a payload with its case, and a command line that is too long by its digest", () => {
    const payload = "powershell -enc JABlAG4AdgA6AEMATwBNAFAAVQBUAEUAUgBOAEEATQBFAA==";
    expect(about(entriesOf(processStart({ command: payload })), "process.command_line")).toMatchObject({
      value: payload,
      case: "sensitive",
    });
    const long = entriesOf(processStart({ command: `powershell -enc ${"JABl".repeat(3000)}` }));
    expect(about(long, "process.command_line")).toBeUndefined();
    expect(about(long, commandDigestField)).toMatchObject({
      type: "match",
      value: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe("the draft of several alerts", () => {
  const job = (host: string, user: string, command: string) =>
    draftSubject(processStart({ parent: agent, host, user, command }));

  it("keeps what is equal, lists hosts and users, and has a stand-in for typed parts that differ", () => {
    const [entries = [], ...others] = groups(
      job("srv-01", "svc-a", "run service-1 /x"),
      job("srv-02", "svc-a", "run  service-2 /x"),
      job("srv-02", "svc-b", "run service-13 /x"),
    );
    expect(others).toEqual([]);
    expect(about(entries, "process.command_line")).toMatchObject({ value: "run service-{digits} /x" });
    expect(about(entries, "host.name")).toMatchObject({ type: "match_any", values: ["srv-01", "srv-02"] });
    expect(about(entries, "user.name")).toMatchObject({ type: "match_any", values: ["svc-a", "svc-b"] });
    expect(about(entries, "user.domain")).toMatchObject({ type: "match", value: "NORD" });
  });

  it("has a group of entries for each activity, with its own hosts", () => {
    const found = groups(
      job("srv-01", "svc-a", "net view"),
      job("srv-02", "svc-a", "whoami /groups"),
      job("srv-03", "svc-a", "net view"),
    );
    expect(found.map((entries) => about(entries, "host.name"))).toMatchObject([
      { values: ["srv-01", "srv-03"] },
      { value: "srv-02" },
    ]);
  });
});
