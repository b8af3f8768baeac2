import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition } from "../../../condition/evaluate.ts";
import { macrosOf } from "./macros.ts";
import { printTstats } from "./print.ts";
import { parseTstats, type TstatsQuery } from "./tstats.ts";

const macros = macrosOf([
  { name: "ours_filter", arguments: [], definition: 'search NOT (user="svc_*" AND process_name=wmic.exe)' },
  { name: "piped", arguments: [], definition: 'eval size=len(process) | where size > 10 | `inner("b")`' },
  { name: "inner", arguments: ["part"], definition: 'where like(process, "%$part$%")' },
  { name: "looks_up", arguments: [], definition: "lookup a b as process_name | search c=true" },
  { name: "endless", arguments: [], definition: "`endless`" },
]);

const head =
  "| tstats fillnull_value=null count dc(Processes.process_name) as names values(Processes.process_path) as paths min(_time) as firstTime " +
  "from datamodel=Endpoint.Processes where Processes.dest=* by _time span=1m Processes.dest Processes.user Processes.process Processes.process_name " +
  "Processes.process_id Processes.parent_process_name Processes.original_file_name | `drop_dm_object_name(Processes)`";

function parse(tail: string): TstatsQuery {
  const query = parseTstats(`${head} ${tail}`, macros);
  if (!query.ok) {
    throw new Error(`${query.error.message} ${JSON.stringify(query.error.at)}`);
  }
  return query.value;
}

/** No original file name: its row contains "null". */
const start: Fields = {
  "event.category": ["process"],
  "event.type": "start",
  "host.name": "WS1",
  "user.name": "Anna",
  "process.name": "cmd.exe",
  "process.command_line": 'cmd.exe /Q /c "echo" > C:\\Windows\\Temp\\b*.txt',
  "process.parent.name": "CMD.EXE",
  "process.pid": 12,
};

describe("the commands after tstats", () => {
  it.each<[string, boolean]>([
    // search: any case, wildcards, OR before AND.
    ["| search process_name=CMD.EXE", true],
    ["| search process=*temp* user=anna", true],
    ["| search user=x OR user=anna process_name=x", false],
    ["| search NOT process_name IN (a.exe, cmd.*)", false],
    ["| search process_id>11", true],
    ["| search original_file_name=null", true],
    ["| search original_file_name!=cmd.exe", true],
    ["| search *", true],
    // where: exact case, names without quotes, AND before OR.
    ['| where process_name="cmd.exe"', true],
    ['| where process_name="CMD.EXE"', false],
    ['| where "cmd.exe" == process_name', true],
    ['| where process_name!="CMD.EXE" AND NOT user="anna"', true],
    ['| where user="x" AND user="y" OR user="Anna"', true],
    ["| where parent_process_name != process_name", true],
    ["| where process_name = process_name", true],
    ["| where original_file_name = process_name", false],
    ["| where original_file_name != process_name", true],
    ['| where original_file_name="null"', true],
    ['| where NOT original_file_name="null"', false],
    ["| where isnotnull(original_file_name)", true],
    ["| where isnull(process)", false],
    ['| where like(process, "%/q%")', false],
    ['| where process LIKE "cmd.___ /Q%"', true],
    ['| where like(process, "%b*.txt")', true],
    ['| where like(process, "%\\\\Windows\\\\Temp%")', true],
    ['| where user IN ("a", "Anna")', true],
    ['| where in(user, "anna")', false],
    ['| where match(process, "cmd\\.exe\\s+\\/Q\\s+\\/c")', true],
    ['| where match(process, "^CMD")', false],
    [
      '| where match(process, "(?i)^CMD.*\\"echo\\"") AND match(process, "C:\\\\\\\\Windows\\\\\\\\[a-zA-Z]{1,8}\\\\\\\\b")',
      true,
    ],
    ['| where match(original_file_name, "^nul")', true],
    ["| where len(process) > 200", false],
    ["| where len(original_file_name) = 4", true],
    ["| where 12 <= process_id AND 'process_id' < 13", true],
    ['| where process_name="a | b" OR user="Anna"', true],
    // regex: as match.
    ['| regex process="(?i)(echo.{0,40}$)"', true],
    ['| regex process!="echo"', false],
    // Names change.
    ["| rename process as text, user as who | search text=*echo* who=anna", true],
    ["| rename process* as p* | search p_name=cmd.exe", true],
    ['| eval size=len(process), copy = user | where size > 10 AND copy="Anna"', true],
    ['| rex field=process "echo.*(?<target>[A-Z]:\\S+)" | where isnotnull(target)', true],
    ['| rex field=process "(?<target>nothing)" | where isnotnull(target)', false],
    // What is shown changes.
    [
      "| table dest user process* | fields - user | sort - dest | fillnull value=x | convert ctime(firstTime) | search process=*echo*",
      true,
    ],
    // Macros.
    ["| `ours_filter`", true],
    ["| `piped`", true],
    ["| `anything_filter` | `security_content_ctime(firstTime)` | search user=anna", true],
    ["| search user=x | `anything_filter`", false],
  ])("%s", (tail, expected) => {
    expect(compileCondition(parse(tail).condition)(start)).toBe(expected);
  });

  it.each<[string, TstatsQuery["counts"]]>([
    ["| where count > 4", [{ field: undefined, min: 5 }]],
    ["| search count>=5", [{ field: undefined, min: 5 }]],
    [
      '| where names >= 2 AND match(process, "cmd") AND 3 <= count',
      [
        { field: "process.name", min: 2 },
        { field: undefined, min: 3 },
      ],
    ],
  ])("counts: %s", (tail, counts) => {
    const query = parse(tail);
    expect([query.counts, query.span]).toEqual([counts, 60_000]);
    expect(compileCondition(query.condition)(start)).toBe(true);
  });

  it.each<[string, string]>([
    ["| lookup a b", "the command lookup after tstats is not supported"],
    ["| join process_id [| tstats count]", "the command join after tstats is not supported"],
    ["| dedup user", "the command dedup after tstats is not supported"],
    ["| sort 10 - user", "sort with a limit drops rows depending on other rows"],
    ["| `looks_up`", "the command lookup after tstats is not supported"],
    [
      "| search paths=*temp*",
      "paths cannot be tested: values(Processes.process_path) is computed from all events of a row",
    ],
    ["| search process_path=x", "process_path cannot be tested: no by-field and no count of the search has this name"],
    ["| fields - user | search user=x", "user cannot be tested: no by-field and no count of the search has this name"],
    ["| search word", 'expected =, !=, <, <=, >, >= or IN after "word", found the end of the search'],
    ['| where cidrmatch("10.0.0.0/8", dest)', "the function cidrmatch is not supported in an expression"],
    ['| where match(process, "(?=a)b")', expect.stringContaining("cannot run in linear time")],
    ['| regex "a"', "regex without a field searches the whole event, which a row does not have"],
    ['| where process_name > "a"', "<, <=, > and >= compare numbers, and only with names that have a number"],
    ['| where match(process_name, "(?i)".user)', "concatenated texts are not supported"],
    [
      "| where count = 5",
      "a count over the events of a row is supported only with a minimum, joined to other conditions by AND",
    ],
    [
      '| where count > 5 OR user="x"',
      "a count over the events of a row is supported only with a minimum, joined to other conditions by AND",
    ],
    ['| eval user=lower(user) | where user="anna"', "user cannot be tested: eval sets it to lower(user)"],
    ['| rex field=process "(?<a>x)?" | where isnotnull(a)', "a cannot be tested: rex extracts it from a value"],
  ])("reject %s", (tail, message) => {
    const query = parseTstats(`${head} ${tail}`, macros);
    expect(query.ok ? "accepted" : [query.error.code, query.error.message]).toEqual(["query.not-supported", message]);
    expect(query.ok ? 0 : query.error.at?.column).toBeGreaterThan(head.length);
  });

  it.each<[string, string]>([
    [`| where ${"(".repeat(10_000)}`, "the expression nests more than 250 levels deep here"],
    [`| where ${"NOT ".repeat(10_000)}`, "the expression nests more than 250 levels deep here"],
    ["| search `endless`", "the macro `endless` expands endlessly: endless → endless"],
  ])("reject %.30s", (tail, message) => {
    const query = parseTstats(`${head} ${tail}`, macros);
    expect(query.ok ? "accepted" : [query.error.code, query.error.message]).toEqual(["query.syntax", message]);
  });

  it("print and parse to the same query", () => {
    const value = fc.string({
      unit: fc.constantFrom("a", "*", "\\", '"', " ", "(", "|", "?", "%", "_"),
      minLength: 1,
      maxLength: 6,
    });
    const quoted = value.map((text) => `"${text.replace(/[\\"]/g, "\\$&")}"`);
    const name = fc.constantFrom("user", "process", "dest", "process_name");
    const searched = fc.tuple(name, fc.constantFrom("=", "!="), quoted).map((parts) => parts.join(""));
    const asked = fc.oneof(
      fc.tuple(name, fc.constantFrom("=", "!="), quoted).map((parts) => parts.join(" ")),
      fc.tuple(name, quoted, quoted).map(([field, one, other]) => `${field} IN (${one}, ${other})`),
      fc
        .tuple(name, fc.stringMatching(/^[a-c]{1,3}[.+*]?(\\\.)?$/))
        .map(([field, pattern]) => `match(${field}, "${pattern.replace(/\\/g, "\\\\")}")`),
      fc.tuple(name, fc.stringMatching(/^[a%_*?]{1,4}$/)).map(([field, pattern]) => `like(${field}, "${pattern}")`),
      fc
        .tuple(name, fc.constantFrom("<", ">=", "="), fc.nat(99))
        .map(([field, operator, size]) => `len(${field}) ${operator} ${size}`),
      fc.constantFrom("user = process", "isnull(dest)", "process_id > 4"),
    );
    const treeOf = (leaf: fc.Arbitrary<string>, or: string, and: string) =>
      fc.letrec<{ tree: string }>((tie) => ({
        tree: fc.oneof(
          { depthSize: "small" },
          leaf,
          fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => `(${terms.join(or)})`),
          fc.array(tie("tree"), { minLength: 2, maxLength: 3 }).map((terms) => `(${terms.join(and)})`),
          tie("tree").map((term) => `NOT ${term}`),
        ),
      })).tree;
    const filter = fc.oneof(
      treeOf(searched, " OR ", " ").map((text) => `| search ${text}`),
      treeOf(asked, " OR ", " AND ").map((text) => `| where ${text}`),
      fc.constantFrom(
        "| where count > 4",
        "| where names >= 2 AND count > 1",
        '| regex process!="a+"',
        "| search count>3 user=a",
      ),
    );
    fc.assert(
      fc.property(fc.array(filter, { minLength: 1, maxLength: 3 }), (filters) => {
        const query = parse(filters.join(" "));
        const printed = printTstats(query);
        expect(printed).toBeDefined();
        const again = parseTstats(printed ?? "", new Map());
        expect([printed, again]).toEqual([printed, { ok: true, value: query }]);
      }),
      { numRuns: 300 },
    );
  });
});
