import { describe, expect, it } from "vitest";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { and, equals, or, wildcard } from "../condition/tree.ts";
import type { Rule } from "../detection/rule.ts";
import { breadthOf } from "./breadth.ts";
import { isTempFragment } from "./common-values.ts";

const rule: Rule = {
  id: "rule-1",
  name: "Captured output",
  version: "1",
  language: "eql",
  description: "",
  severity: "high",
  riskScore: 73,
  buildingBlock: false,
  tags: [],
  author: [],
  references: [],
  falsePositives: [],
  techniques: [],
  query: "",
  source: "",
  body: {
    kind: "event",
    condition: and(
      wildcard("process.parent.name", "WmiPrvSE.exe"),
      wildcard("process.name", "cmd.exe"),
      wildcard("process.args", "/c"),
      wildcard("process.args", "/Q"),
      or(wildcard("process.args", "\\\\127.0.0.1\\ADMIN$\\__*.*"), equals("process.args", "-encodehex")),
    ),
  },
};

function match(field: string, value: string): ExceptionEntry {
  return { type: "match", field, value, operator: "included", case: "insensitive" };
}
function pattern(field: string, value: string): ExceptionEntry {
  return { type: "wildcard", field, value, operator: "included", case: "insensitive" };
}

const parent = match("process.parent.executable", "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe");
const command = pattern(
  "process.command_line",
  "cmd.exe /Q /c inventory.cmd --site berlin 1> \\\\\\\\127.0.0.1\\\\ADMIN$\\\\__* 2>&1",
);
const user = match("user.name", "svc-inventory");
const host = match("host.name", "srv-02");

describe("the breadth of an exception", () => {
  it("is narrow for parent, command line, user and host", () => {
    const breadth = breadthOf({ ruleIds: ["rule-1"], entries: [parent, command, user, host] }, [rule]);
    expect(breadth.level).toBe("narrow");
    expect(breadth.reasons.filter((reason) => reason.weight === "good")).toHaveLength(3);
  });

  it.each<[string, readonly ExceptionEntry[]]>([
    ["a process name alone", [match("process.name", "agent.exe")]],
    ["a process name with host and user", [match("process.name", "cmd.exe"), host, user]],
    ["host and user without any behaviour", [host, user]],
    ["the rule's own constants", [match("process.name", "cmd.exe"), match("process.parent.name", "WmiPrvSE.exe")]],
    [
      "a command line made of the rule's own words",
      [pattern("process.command_line", "cmd.exe /Q /c * \\\\\\\\127.0.0.1\\\\ADMIN$\\\\__*"), host, user],
    ],
    ["the same with the parent's full path", [parent, pattern("process.command_line", "cmd.exe /Q /c *"), host, user]],
    ["a temp-path fragment", [pattern("process.command_line", "*\\\\Windows\\\\Temp\\\\*"), host, user]],
    ["everything", [pattern("process.command_line", "*"), host, user]],
    ["nearly everything", [pattern("process.command_line", "*e?*"), host, user]],
    [
      "presence only",
      [{ type: "exists", field: "process.command_line", operator: "included", case: "sensitive" }, host, user],
    ],
    ["an exclusion only", [{ ...command, operator: "excluded" } as ExceptionEntry, host, user]],
  ])("is refused for %s, with the reason", (_, entries) => {
    const breadth = breadthOf({ ruleIds: ["rule-1"], entries: [...entries] }, [rule]);
    expect(breadth.level).toBe("refused");
    expect(breadth.score).toBe(100);
    expect(breadth.reasons.some((reason) => reason.weight === "refusal")).toBe(true);
  });

  const anyChild: Rule = {
    ...rule,
    body: { kind: "event", condition: wildcard("process.parent.name", "WmiPrvSE.exe") },
  };
  const parentLine = match(
    "process.parent.command_line",
    "C:\\Windows\\System32\\wbem\\wmiprvse.exe -secured -Embedding",
  );

  it.each<[string, ExceptionEntry]>([
    ["the type of record", match("event.code", "1")],
    ["the category", match("event.category", "process")],
    ["a process id", match("process.pid", "4711")],
    ["the signature of the publisher", match("process.code_signature.subject_name", "Microsoft Windows")],
    ["the developer's file name", match("process.pe.original_file_name", "Cmd.Exe")],
    ["the folder of Windows", pattern("process.command_line", "*C:\\\\Windows\\\\*")],
    ["the folder of its programs", pattern("process.executable", "C:\\\\Windows\\\\System32\\\\*")],
    ["the folder of all programs", pattern("process.executable", "C:\\\\Program Files\\\\*")],
    ["the parent's usual command line", parentLine],
    [
      "a path of the rule among others",
      {
        type: "match_any",
        field: "process.parent.executable",
        values: ["C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", "C:\\Tools\\agent.exe"],
        operator: "included",
        case: "insensitive",
      },
    ],
    ["the operating system", match("host.os.type", "windows")],
  ])("is refused for %s with host and user", (_, entry) => {
    expect(breadthOf({ ruleIds: ["rule-1"], entries: [entry, host, user] }, [anyChild]).level).toBe("refused");
  });

  it.each<[string, ExceptionEntry]>([
    ["a program of Windows by its path", match("process.executable", "C:\\Windows\\System32\\cmd.exe")],
    ["the same with a wildcard", pattern("process.executable", "C:\\\\Windows\\\\*\\\\cm?.exe")],
    ["its name in the command line", pattern("process.command_line", "*powershell.exe*")],
    ["its name and switches", pattern("process.command_line", "powershell.exe -NoProfile -EncodedCommand *")],
  ])("asks for a reason for %s, even with host and user", (_, entry) => {
    const breadth = breadthOf({ ruleIds: ["rule-1"], entries: [entry, host, user] }, [anyChild]);
    expect(breadth.level).toBe("broad");
  });

  it("is not reduced by values that all hosts or users share", () => {
    const everywhere = [
      match("host.os.type", "windows"),
      pattern("user.name", "*"),
      match("user.name", "SYSTEM"),
      match("user.id", "S-1-5-18"),
      pattern("host.name", "*"),
    ];
    expect(breadthOf({ ruleIds: ["rule-1"], entries: [command, ...everywhere] }, [rule]).level).toBe("broad");
  });

  it("accepts a program outside Windows, or a program with its arguments, as an activity", () => {
    for (const entry of [
      match("process.executable", "C:\\Program Files\\Nordwind\\agent.exe"),
      match("process.executable", "C:\\Windows\\CCM\\CcmExec.exe"),
      pattern("process.command_line", "robocopy.exe \\\\\\\\files\\\\backup *"),
    ]) {
      expect(breadthOf({ ruleIds: ["rule-1"], entries: [entry, host, user] }, [anyChild]).level).toBe("narrow");
    }
  });

  it("is refused for a rule that is not loaded", () => {
    const breadth = breadthOf({ ruleIds: ["rule-1", "gone"], entries: [parent, command, user, host] }, [rule]);
    expect(breadth).toMatchObject({ level: "refused", score: 100 });
    expect(breadth.reasons.map((reason) => reason.text)).toContain("Rule gone is not loaded.");
  });

  it("is broad without host and user, however precise the other entries are", () => {
    const breadth = breadthOf({ ruleIds: ["rule-1"], entries: [parent, command] }, [rule]);
    expect(breadth.level).toBe("broad");
    expect(breadth.reasons.map((reason) => reason.text)).toContain("Applies to every host and every user.");
  });

  it("never increases when an entry is added", () => {
    const steps = [[command], [command, parent], [command, parent, user], [command, parent, user, host]];
    const scores = steps.map((entries) => breadthOf({ ruleIds: ["rule-1"], entries }, [rule]).score);
    expect(scores).toEqual([...scores].sort((left, right) => right - left));
  });

  it("increases with the number of values", () => {
    const many = {
      type: "match_any",
      field: "user.name",
      values: Array.from({ length: 30 }, (_, index) => `user-${index}`),
      operator: "included",
      case: "insensitive",
    } as const;
    expect(breadthOf({ ruleIds: ["rule-1"], entries: [command, many, host] }, [rule]).score).toBeGreaterThan(
      breadthOf({ ruleIds: ["rule-1"], entries: [command, user, host] }, [rule]).score,
    );
  });

  it.each([
    ["\\Windows\\Temp\\ .txt", true],
    ["\\AppData\\Local\\Temp\\", true],
    ["\\\\127.0.0.1\\ADMIN$\\__", true],
    ["1> \\\\127.0.0.1\\C$\\ 2>&1", true],
    ["C:\\Windows\\Temp\\backup-agent\\run.cmd", false],
    ["cmd.exe /c inventory.cmd", false],
  ])("recognizes temp fragments: %s is one: %s", (text, expected) => {
    expect(isTempFragment(text)).toBe(expected);
  });
});
