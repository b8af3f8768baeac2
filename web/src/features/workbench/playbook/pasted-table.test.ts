import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pastedTable } from "./pasted-table.ts";

const users = {
  columns: ["name", "uid"],
  rows: [
    ["root", "0"],
    ['lena, "L"', ""],
  ],
};

describe("a pasted result is read as a table", () => {
  it.each([
    ["a JSON array of flat objects", '[{"name":"root","uid":0},{"name":"lena, \\"L\\"","uid":null}]'],
    ["CSV with a header", 'name,uid\r\nroot,0\r\n"lena, ""L""",\r\n'],
    ["CSV as osqueryi prints it", 'name|uid\nroot|0\nlena, "L"|\n'],
    ["values with tabs between them", 'name\tuid\nroot\t0\nlena, "L"\t\n\n'],
    [
      "the table of osqueryi",
      '+-----------+-----+\n| name      | uid |\n+-----------+-----+\n| root      | 0   |\n| lena, "L" |     |\n+-----------+-----+\n',
    ],
  ])("from %s", (_, text) => {
    expect(pastedTable(text)).toEqual(users);
  });

  it("with the columns of all objects, whatever they are called", () => {
    expect(pastedTable('[{"__proto__":"a"},{"b":true}]')).toEqual({
      ...{
        columns: ["__proto__", "b"],
        rows: [
          ["a", ""],
          ["", "true"],
        ],
      },
    });
  });

  it("with a bar or a line break within a value", () => {
    const printed = "+-----+---+\n| cmd | n |\n+-----+---+\n| a|b | 1 |\n+-----+---+";
    expect(pastedTable(printed)?.rows).toEqual([["a|b", "1"]]);
    expect(pastedTable('a,b\n"x\ny",2')?.rows).toEqual([["x\ny", "2"]]);
  });
});

describe("what is no table stays text", () => {
  it.each([
    ["nothing", ""],
    ["a mail", "Hello Lena,\n\nthat was me, sorry.\n"],
    ["sentences with commas", "I asked him, and he said no.\nThen, he left."],
    ["an empty list", "[]"],
    ["nested values", '[{"a":{"b":1}}]'],
    ["a list of texts", '["a"]'],
    ["broken JSON", '[{"a":1}'],
    ["a header alone", "a,b"],
    ["rows of other lengths", "a,b\n1,2,3"],
    ["a broken printed table", "+---+\n| a |\n| 1 |"],
    ["too many columns", JSON.stringify([Object.fromEntries(Array.from({ length: 61 }, (_, at) => [`c${at}`, at]))])],
  ])("%s", (_, text) => {
    expect(pastedTable(text)).toBeUndefined();
  });

  it("of any characters, and a table has a cell for each column", () => {
    const parts = fc.constantFrom(...'[]{}+-|,;\t\n\r"a1: ');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(parts).map((all) => all.join("")),
        ),
        (text) => {
          const table = pastedTable(text);
          expect(table?.rows.every((row) => row.length === table.columns.length) ?? true).toBe(true);
        },
      ),
    );
  });

  it("and the largest hostile text is read in no time", () => {
    const size = 64 * 1024;
    const texts = [
      "[".repeat(size),
      `${'"'.repeat(size - 1)},`,
      "+-".repeat(size / 2),
      `a,b\n${'"'.repeat(size)}`,
      ",".repeat(size),
    ];
    for (const text of texts) {
      const before = performance.now();
      expect(pastedTable(text)).toBeUndefined();
      expect(performance.now() - before).toBeLessThan(500);
    }
  });
});
