import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition } from "../../../condition/evaluate.ts";
import { macrosOf } from "./macros.ts";
import { printSpl } from "./print.ts";
import { parseTstats } from "./tstats.ts";

const macros = macrosOf([
  { name: "summaries", arguments: [], definition: "summariesonly=false fillnull_value=null" },
  {
    name: "is_wmic",
    arguments: [],
    definition: "(Processes.process_name=wmic.exe OR Processes.original_file_name=wmic.exe)",
  },
  { name: "named", arguments: ["name"], definition: 'Processes.process_name="$name$"' },
  { name: "named", arguments: ["one", "other"], definition: "(`named($one$)` OR `named($other$)`)" },
  { name: "endless", arguments: [], definition: "`more`" },
  { name: "more", arguments: [], definition: "`endless`" },
  {
    name: "wide",
    arguments: [],
    definition: "`wider` `wider` `wider` `wider` `wider` `wider` `wider` `wider`".repeat(100),
  },
  { name: "wider", arguments: [], definition: "Processes.process=*xxxxxxxxxxxxxxxxxxxx* ".repeat(40) },
  { name: "picky_filter", arguments: [], definition: "search dest!=x" },
  { name: "open_filter", arguments: [], definition: "search *" },
]);

const start: Fields = {
  "event.category": ["process"],
  "event.type": "start",
  "host.name": "ws1",
  "user.name": "anna",
  "process.name": "WMIC.exe",
  "process.command_line": 'wmic /node:"127.0.0.1" process call create C:\\tmp\\a.exe (x|y)',
  "process.parent.name": "cmd.exe",
  "process.pid": 12,
};

function parse(where: string) {
  return parseTstats(
    `| tstats \`summaries\` count from datamodel=Endpoint.Processes where ${where} by Processes.dest`,
    macros,
  );
}

function matches(where: string, fields: Fields = start): boolean {
  const query = parse(where);
  if (!query.ok) {
    throw new Error(`${query.error.message} ${JSON.stringify(query.error.at)}`);
  }
  return compileCondition(query.value.condition)(fields);
}

const yes = "Processes.user=anna";
const no = "Processes.user=x";

describe("the where of tstats", () => {
  it.each<[string, boolean]>([
    ["Processes.process_name=wmic.exe", true],
    ["Processes.process_name = wmic.exe", true],
    ['Processes.process_name="WMIC.*"', true],
    ["Processes.process_name=wmic.ex?", false],
    ["Processes.process=*node*", true],
    ["Processes.process=*C:\\\\tmp\\\\a*", true],
    ["Processes.process=*C:\\tmp\\a*", true],
    ['Processes.process="*C:\\\\tmp\\\\*"', true],
    ['Processes.process="*node:\\"127*"', true],
    ["Processes.process=*(x|y)", true],
    ["Processes.process_id=12", true],
    ["Processes.process_id>11 Processes.process_id<=12", true],
    ["Processes.process_name IN (a.exe, wmic.exe)", true],
    ['Processes.process_name IN("a.exe","wm*")', true],
    ["Processes.process_name IN (a.exe b.exe)", false],
    [`${yes}OR`, false],
    [`${yes} OR ${no} ${no}`, false],
    [`${no} ${yes} OR ${yes}`, false],
    [`${yes} AND ${no} OR ${yes}`, true],
    [`NOT ${no} ${yes}`, true],
    [`NOT ${no} OR ${no}`, true],
    [`NOT (${yes} OR ${no})`, false],
    [`(${yes})(${yes})`, true],
    ['Processes.user="anna"Processes.dest="ws1"', true],
    ["Processes.user!=x", true],
    ["Processes.original_file_name!=x", false],
    ["NOT Processes.original_file_name=x", true],
    ["Processes.process_name NOT IN (a.exe)", true],
    ["`is_wmic`", true],
    ["`is_wmic` Processes.process=*node*", true],
    ['`named("wmic.exe")`', true],
    ["`named(a.exe, wmic.exe)`", true],
    ["`named(a.exe, b.exe)`", false],
  ])("%s", (where, expected) => {
    expect(matches(where)).toBe(expected);
  });

  it("matches process starts only", () => {
    expect(matches(yes, { ...start, "event.type": "end" })).toBe(false);
    expect(matches(yes, { ...start, "event.category": "network" })).toBe(false);
  });

  it("keeps rows with absent by-fields with fillnull_value and drops them without", () => {
    const search = (options: string) =>
      parseTstats(
        `tstats ${options} count from datamodel=Endpoint.Processes where ${yes} by Processes.parent_process`,
        macros,
      );
    const filled = search("fillnull_value=null");
    const dropped = search("");
    expect(filled.ok && [filled.value.fill, compileCondition(filled.value.condition)(start)]).toEqual(["null", true]);
    expect(dropped.ok && [dropped.value.fill, compileCondition(dropped.value.condition)(start)]).toEqual([
      undefined,
      false,
    ]);
  });

  it("parses by-fields with commas, spans and _time", () => {
    const query = parseTstats(
      "| tstats count from datamodel=Endpoint.Processes by _time span=1h Processes.dest, Processes.user",
      macros,
    );
    expect(query.ok && query.value.by).toEqual([
      { name: "_time", field: "@timestamp" },
      { name: "dest", field: "host.name" },
      { name: "user", field: "user.name" },
    ]);
  });

  it("prints and parses to the same tree", () => {
    const leaf = fc
      .tuple(
        fc.constantFrom("user", "process", "dest", "process_name"),
        fc.constantFrom("=", "!="),
        fc.string({ unit: fc.constantFrom("a", "*", "\\", '"', " ", "(", ")", "|", "?"), minLength: 1, maxLength: 5 }),
      )
      .map(([name, operator, value]) => `Processes.${name}${operator}"${value.replace(/[\\"]/g, "\\$&")}"`);
    const tree = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => `(${terms.join(" OR ")})`),
        fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => `(${terms.join(" ")})`),
        tie("tree").map((term) => `NOT ${term}`),
      ),
    })).tree;
    fc.assert(
      fc.property(tree, (where) => {
        const first = parse(where);
        const printed = first.ok ? printSpl(first.value.where) : undefined;
        const second = parse(printed ?? "");
        expect(second.ok && second.value.where).toEqual(first.ok && first.value.where);
      }),
      { numRuns: 500 },
    );
  });
});

describe("unsupported or invalid tstats", () => {
  const search = (tail: string) =>
    `| tstats count from datamodel=Endpoint.Processes where ${yes} by Processes.dest ${tail}`;
  it.each<[string, string, string]>([
    [
      search("| where count > 5"),
      "not-supported",
      "the number of events in a row depends on the time range of the search, unless _time span=… is a by-field",
    ],
    [
      search("| `drop_dm_object_name(Processes)` | `unheard`"),
      "not-supported",
      "the macro `unheard` after tstats is not supported",
    ],
    [
      search("| `picky_filter`"),
      "not-supported",
      "dest cannot be tested: no by-field and no count of the search has this name",
    ],
    ["index=main foo", "not-supported", 'expected "| tstats" at the beginning of the search'],
    [
      "| tstats count from datamodel=Network_Traffic by x",
      "not-supported",
      "the data model Network_Traffic is not supported: expected Endpoint.Processes",
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where Processes.colour=x",
      "not-supported",
      "the field Processes.colour of the data model has no counterpart in ECS",
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where `unheard`",
      "not-supported",
      "the macro `unheard` is not defined",
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where [search x]",
      "not-supported",
      "subsearches ([ … ]) are not supported",
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where `endless`",
      "syntax",
      "the macro `endless` expands endlessly: endless → more → endless",
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where `wide`",
      "syntax",
      "the macros expand to more than 1000000 characters",
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where (Processes.user=x",
      "syntax",
      'expected ")" to close the parenthesis, found the end of the search',
    ],
    [
      "| tstats count from datamodel=Endpoint.Processes where Processes.user",
      "syntax",
      'expected =, !=, <, <=, >, >= or IN after "Processes.user", found the end of the search',
    ],
    [
      `| tstats count from datamodel=Endpoint.Processes where ${"(".repeat(10_000)}`,
      "syntax",
      "the search nests more than 250 levels deep here",
    ],
    [
      `| tstats count from datamodel=Endpoint.Processes where ${"NOT ".repeat(10_000)}`,
      "syntax",
      "the search nests more than 250 levels deep here",
    ],
    ["| tstats count", "syntax", 'expected "from datamodel=…", found the end of the search'],
  ])("%.90s", (text, kind, message) => {
    const query = parseTstats(text, macros);
    expect(query.ok ? "accepted" : [query.error.code, query.error.message]).toEqual([`query.${kind}`, message]);
  });

  it("accepts filters that pass every row, defined or not", () => {
    expect(parseTstats(search("| `open_filter` | `any_filter` | `security_content_ctime(firstTime)`"), macros).ok).toBe(
      true,
    );
  });

  it("reports the position of a macro call for a problem within it", () => {
    const broken = macrosOf([{ name: "broken", arguments: [], definition: "Processes.user x" }]);
    const query = parseTstats(
      "| tstats count from datamodel=Endpoint.Processes\n  where Processes.dest=x `broken`",
      broken,
    );
    expect(query.ok ? "accepted" : query.error.at).toEqual({ line: 2, column: 26 });
  });
});
