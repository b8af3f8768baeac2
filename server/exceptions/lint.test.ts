import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { compileCondition } from "../condition/evaluate.ts";
import { escapePattern } from "../condition/wildcard-pattern.ts";
import { entryCondition } from "../exception/condition.ts";
import { parseTemplate, printTemplate } from "../exception/template.ts";
import { lintDraft } from "./lint.ts";

const common = { operator: "included", case: "insensitive" } as const;
const now = Date.UTC(2026, 5, 17);
const context = {
  fieldKnown: (field: string) => field !== "process.comand_line",
  listKnown: (list: string) => list === "admins",
  now,
};

const wildcard = (value: string, field = "process.command_line"): ExceptionEntry => ({
  ...{ type: "wildcard", field, value },
  ...common,
});
const match = (field: string, value: string): ExceptionEntry => ({ type: "match", field, value, ...common });
const notesOf = (...entries: ExceptionEntry[]) => lintDraft({ entries }, context);

describe("notes about a draft", () => {
  it("are none for entries as they should be", () => {
    expect(
      notesOf(
        wildcard(
          'cmd.exe /Q /c \\"*\\\\collect.cmd\\" 1> \\\\\\\\127.0.0.1\\\\ADMIN$\\\\__*.* 2>&1'.replaceAll('\\"', '"'),
        ),
        wildcard("C:\\\\Users\\\\*\\\\agent.exe", "process.executable"),
        wildcard("*.*", "file.name"),
        match("process.executable", "C:\\Users\\a\\agent.exe"),
        match("source.ip", "10.1.0.0/16"),
        match("source.ip", "fe80::1"),
        { type: "list", field: "user.name", list: "admins", ...common },
        { type: "template", field: "process.command_line", value: "agent.exe -id {guid} {{x} {digits}", ...common },
      ),
    ).toEqual([]);
  });

  it.each<[string, ExceptionEntry, string | undefined]>([
    ["a path with single backslashes", wildcard("C:\\Users\\*"), "C:\\\\Users\\\\*"],
    ["only one before the star", wildcard("C:\\*"), "C:\\\\*"],
    ["some of them doubled", wildcard("C:\\\\Program Files\\Acme\\*"), "C:\\\\Program Files\\\\Acme\\\\*"],
    ["a share", wildcard("\\\\srv-01\\tools\\*"), "\\\\\\\\srv-01\\\\tools\\\\*"],
    ["a folder of digits", wildcard("C:\\data\\d*"), "C:\\\\data\\\\d*"],
    ["a regular expression with alternatives", wildcard(".*foo|bar"), undefined],
    ["an anchored regular expression", wildcard("^cmd\\.exe /c .*$"), "cmd.exe /c *"],
    ["digits of a regular expression", wildcard("agent-\\d+"), "*agent-**".replace("**", "*")],
    ["a class of a regular expression", wildcard("agent[0-9]+.exe"), undefined],
    ["a regular expression from the start", wildcard(".*collect.cmd"), undefined],
  ])("say what was typed: %s", (_, entry, value) => {
    const [note, ...more] = notesOf(entry);
    expect(more).toEqual([]);
    expect(note).toMatchObject({ field: "entries.0.value", group: 0, entry: 0, weight: "error" });
    if (value !== undefined) {
      expect(note?.fix).toMatchObject({ type: "wildcard", value });
    }
    if (note?.fix !== undefined) {
      expect(notesOf(note.fix).filter(({ weight }) => weight === "error")).toEqual([]);
    }
  });

  it("offer a correction that matches what a person meant by single backslashes", () => {
    const [note] = notesOf(wildcard("C:\\Program Files\\Acme Agent\\*\\collect.exe", "process.executable"));
    expect(note?.text).toContain("taken as escapes");
    const fields = { "process.executable": "C:\\Program Files\\Acme Agent\\bin0\\collect.exe" };
    expect(compileCondition(entryCondition(note?.fix ?? wildcard("x")))(fields)).toBe(true);
  });

  it.each([["*".repeat(500)], ["*"], ["??*"]])("refuse what matches everything: %s", (value) => {
    const [note] = notesOf(wildcard(value));
    expect(note).toMatchObject({ weight: "error", fix: { type: "exists" } });
    expect(note?.text.length).toBeLessThan(200);
  });

  it.each<[string, ExceptionEntry, object]>([
    ["several stars", wildcard("agent.exe ***x"), { weight: "hint", fix: { value: "agent.exe *x" } }],
    ["no wildcard", wildcard("a\\\\b.exe"), { weight: "warning", fix: { type: "match", value: "a\\b.exe" } }],
    ["a needless escape", wildcard("a\\-b*"), { weight: "hint", fix: { value: "a-b*" } }],
    ["a field that no event has", match("process.comand_line", "x"), { field: "entries.0.field", weight: "warning" }],
    ["a network on a text", match("user.name", "10.1.0.0/16"), { weight: "error" }],
    ["a network that is none", match("source.ip", "10.1.0.0/64"), { weight: "error" }],
    ["an address that is none", match("source.ip", "10.1.0.*"), { weight: "error" }],
    ["an unknown list", { type: "list", field: "user.name", list: "x", ...common }, { field: "entries.0.list" }],
    [
      "an unknown stand-in",
      { type: "template", field: "process.command_line", value: "a {digit}", ...common },
      { weight: "error", fix: { value: "a {digits}" } },
    ],
    [
      "braces in a template",
      { type: "template", field: "process.command_line", value: "& {exit}", ...common },
      { weight: "error", fix: { value: "& {{exit}" } },
    ],
    [
      "a field that ancestors do not have",
      { type: "ancestor", which: "parent", operator: "included", entries: [wildcard("C:\\Tools\\*", "file.path")] },
      { field: "entries.0.entries.0.field", weight: "warning" },
    ],
  ] as [string, ExceptionEntry, object][])("name %s", (_, entry, expected) => {
    expect(notesOf(entry)[0]).toMatchObject(expected);
  });

  it("are also about further groups, dates and the list of hosts", () => {
    const entries = [match("user.name", "a")];
    const draft = {
      entries,
      alternatives: [[match("user.name", "b"), wildcard("C:\\a\\*")]],
      expires: "2020-01-01T00:00:00Z",
      reviewBy: "2020-01-01T00:00:00Z",
      hostList: "nowhere",
    };
    expect(lintDraft(draft, context).map(({ field, group, entry, weight }) => [field, group, entry, weight])).toEqual([
      ["alternatives.0.1.value", 1, 1, "error"],
      ["expires", undefined, undefined, "error"],
      ["reviewBy", undefined, undefined, "warning"],
      ["hostList", undefined, undefined, "error"],
    ]);
  });

  const text = fc.stringMatching(/^[A-Za-z0-9 \\.:$_"{}()|[\]^+*?-]{1,30}$/);

  it("find no error in patterns and templates that the product writes itself", () => {
    fc.assert(
      fc.property(text, (value) => {
        const written = wildcard(`${escapePattern(value)}*`);
        const escapes = notesOf(written).filter(({ text: said }) => said.includes("escapes"));
        expect(escapes).toEqual([]);
        const template = printTemplate([{ kind: "text", text: value }]);
        expect(parseTemplate(template)).toEqual([{ kind: "text", text: value }]);
        const entry: ExceptionEntry = { type: "template", field: "process.command_line", value: template, ...common };
        expect(notesOf(entry).filter(({ text: said }) => said.includes("stand-in."))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("come fast for any text", () => {
    for (const value of [
      "[".repeat(8000),
      "(a|".repeat(2600),
      "\\".repeat(8000),
      ".*".repeat(4000),
      "^".repeat(8000),
    ]) {
      expect(notesOf(wildcard(value)).length).toBeLessThan(3);
    }
  });
});
