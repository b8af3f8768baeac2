import { describe, expect, it } from "vitest";
import { ok } from "../../lib/result.ts";
import { readRules } from "./load.ts";
import { parseMacrosConf, printMacrosConf } from "./macros-conf.ts";

describe("macros.conf", () => {
  it("has a stanza for each macro, with arguments, comments and lines that go on", () => {
    const text =
      '# tuning\n[a_filter]\ndefinition = search NOT (process="x")\niseval = 0\n\n[b(2)]\nargs = one, two\n' +
      "definition = $one$ \\\n OR $two$\n[gone]\ndefinition = x\ndisabled = 1\n";
    expect(parseMacrosConf(text)).toEqual(
      ok([
        { name: "a_filter", arguments: [], definition: 'search NOT (process="x")' },
        { name: "b", arguments: ["one", "two"], definition: "$one$ \n OR $two$" },
      ]),
    );
  });

  it("is the same again when it is printed", () => {
    const macros = [
      { name: "a_filter", arguments: [], definition: 'search NOT (process="*\\\\x = y")' },
      { name: "b", arguments: ["x"], definition: "$x$=1" },
    ];
    expect(parseMacrosConf(printMacrosConf(macros))).toEqual(ok(macros));
  });

  it.each([
    ["[a b c]\ndefinition = x", 1],
    ["[a(1)]\ndefinition = x", 1],
    ["\nnothing", 2],
    ["[a]\niseval = 1\ndefinition = x", 1],
  ])("that is wrong is a failed file with the line: %s", (text, line) => {
    const { files } = readRules([{ file: "/r/macros.conf", source: "macros.conf", text: ok(text) }]);
    expect(files.map(({ state, at }) => [state, at?.line])).toEqual([["failed", line]]);
  });
});
