import fc from "fast-check";
import { parse as parseToml } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parseDocument, Scalar, stringify } from "yaml";
import { locationAt } from "../languages/source.ts";
import type { Path, Places } from "./places.ts";
import { tomlPlaces } from "./toml-places.ts";
import { yamlPlaces } from "./yaml-document.ts";

/** What a file says at a place, up to the end of the line. */
function textAt(file: string, { line = 0, column = 0 }: { readonly line?: number; readonly column?: number }): string {
  return file.split("\n")[line - 1]?.slice(column - 1) ?? "";
}

const yaml = `title: a title
detection:
  selection:
    - Image|endswith: '\\\\a.exe'
      CommandLine|re:
        - one
        - two
    - keyword
  "condition": selection
---
flow: {a: [b, {c: d}]}
anchored: &anchor
  below: x
alias: *anchor
`;

const toml = `# a file
[metadata]
rule = "no"
[rule]
"name" = 'n' # a comment
dotted.key = 1
list = [ "a", # ]
  { b = "}", c = [1, 2] },
]
query = '''
any where true'''
[[rule.threat]]
framework = "x"
[rule.threat.tactic]
name = "first"
[[rule.threat]]
[rule.threat.tactic]
name = "second"
[[rule.threat.technique]]
id = "T1"
[other]
name = "none"
`;

describe("places in a rule file", () => {
  it.each<[Path, number, string]>([
    [["title"], 0, "title: a title"],
    [["detection", "selection", 0, "Image|endswith"], 0, "Image|endswith: '\\\\a.exe'"],
    [["detection", "selection", 0, "CommandLine|re", 1], 0, "two"],
    [["detection", "selection", 1], 0, "keyword"],
    [["detection", "condition"], 0, '"condition": selection'],
    [["detection", "missing", "more"], 0, "detection:"],
    [["missing"], 0, "title: a title"],
    [["flow", "a", 1, "c"], 1, "c: d}]}"],
    [["alias", "below"], 1, "below: x"],
  ])("YAML: %j of document %i", (path, position, expected) => {
    const at = yamlPlaces(yaml, position).of(path);
    expect([at.field, textAt(yaml, at)]).toEqual([path.join("."), expected]);
  });

  it.each<[string, string]>([
    ["flow: {search: a}\nsearch: b\n", "search: b"],
    ['"search": a\n', '"search": a'],
    ["{search: a}\n", "search: a}"],
    ["other: |\n  search: a\n  b\n# search: c\nsearch:\n- d\n", "search:"],
    ["other: 'it\n  search: a'\nsearch: e", "search: e"],
  ])("YAML: the key in %j", (file, expected) => {
    expect(textAt(file, yamlPlaces(file).of(["search"]))).toBe(expected);
  });

  it.each<[Path, string]>([
    [["metadata"], "[metadata]"],
    [["rule", "name"], "\"name\" = 'n' # a comment"],
    [["rule", "dotted", "key"], "dotted.key = 1"],
    [["rule", "list", 0], '"a", # ]'],
    [["rule", "list", 1, "c", 1], "2] },"],
    [["rule", "list", 7], 'list = [ "a", # ]'],
    [["rule", "query"], "query = '''"],
    [["rule", "threat", 0, "tactic", "name"], 'name = "first"'],
    [["rule", "threat", 1, "tactic", "name"], 'name = "second"'],
    [["rule", "threat", 1, "technique", 0, "id"], 'id = "T1"'],
    [["rule", "missing"], "[rule]"],
    [["rule", "threat", 1, "tactic", "missing"], "[rule.threat.tactic]"],
    [["nothing"], "# a file"],
  ])("TOML: %j", (path, expected) => {
    const at = tomlPlaces(toml).of(path);
    expect([at.field, textAt(toml, at)]).toEqual([path.join("."), expected]);
  });

  /** Every character of a text that is no white space is found where the file says it, whatever way it is written. */
  function expectFound(places: Places, path: Path, file: string, text: string): void {
    for (const [offset, unit] of [...text].entries()) {
      if (/\S/.test(unit)) {
        expect(textAt(file, places.inside(path, text, locationAt(text, offset)))).toMatch(
          new RegExp(`^\\\\?${unit.replace(/[^\w]/, "\\$&")}`),
        );
      }
    }
  }

  const query = fc
    .string({
      unit: fc.constantFrom("a", "b", " ", "\n", "\\", '"', "'", ":", "#", "é", "\t"),
      minLength: 1,
      maxLength: 60,
    })
    .filter((text) => text.trim() !== "");
  const styles = fc.constantFrom(
    Scalar.BLOCK_FOLDED,
    Scalar.BLOCK_LITERAL,
    Scalar.PLAIN,
    Scalar.QUOTE_DOUBLE,
    Scalar.QUOTE_SINGLE,
  );

  it("lead from within a text to the file around it, in every way that YAML writes texts", () => {
    fc.assert(
      fc.property(query, styles, fc.constantFrom(20, 80), (text, style, lineWidth) => {
        const scalar = new Scalar(text);
        scalar.type = style;
        const file = stringify({ name: "n", nested: { search: scalar } }, { lineWidth });
        // The library does not always write what it reads: of some texts it makes others, or a mapping.
        const read = parseDocument(file).getIn(["nested", "search"]);
        fc.pre(typeof read === "string");
        expectFound(yamlPlaces(file), ["nested", "search"], file, String(read));
      }),
      { numRuns: 300 },
    );
  });

  it("and in every way that TOML does", () => {
    const writers: readonly ((text: string) => string)[] = [
      JSON.stringify,
      (text) => `"""\n${text.replace(/[\\"]/g, "\\$&")}"""`,
      (text) => (/'/.test(text) ? JSON.stringify(text) : `'''\n${text}'''`),
    ];
    fc.assert(
      fc.property(query, fc.constantFrom(...writers), (text, write) => {
        const file = `[rule]\nname = "n"\nquery = ${write(text)}\nmore = 1\n`;
        expect(parseToml(file)).toMatchObject({ rule: { query: text } });
        expectFound(tomlPlaces(file), ["rule", "query"], file, text);
      }),
      { numRuns: 300 },
    );
  });

  it("tell the end of a text behind its last character", () => {
    const file = "search: >-\n  a\n  b\nid: x\n";
    expect(yamlPlaces(file).inside(["search"], "a b", { line: 1, column: 4 })).toMatchObject({ line: 3, column: 4 });
  });
});
