import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillSql } from "./sql-template.ts";
import { fillText } from "./template.ts";

const filled = (sql: string, fields: Readonly<Record<string, string | number | readonly string[]>>) =>
  fillSql({ label: "q", sql }, fields);

describe("the label of a query", () => {
  it("has the values of the alert, and templates where it has none", () => {
    const fields = { "host.name": "h", "user.name": ["a", "{{host.name}}"] };
    expect(fillText("of {{user.name}} on {{host.name}} at {{host.id}}", fields)).toBe(
      "of a, {{host.name}} on h at {{host.id}}",
    );
  });
});

describe("a query for a host", () => {
  it("gets values of the alert as SQL strings, with quotes doubled", () => {
    expect(filled("SELECT * FROM users WHERE username = {{user.name}}", { "user.name": "o'neil" }).sql).toBe(
      "SELECT * FROM users WHERE username = 'o''neil'",
    );
  });

  it("does not quote a template that is quoted already", () => {
    const fields = { "file.path": `C:\\it's "x"` };
    expect(filled("path LIKE '%{{file.path}}%'", fields).sql).toBe(`path LIKE '%C:\\it''s "x"%'`);
    expect(filled('path = "{{file.path}}"', fields).sql).toBe(`path = "C:\\it's ""x"""`);
    expect(filled("'a''b' || {{file.path}}", fields).sql).toBe(`'a''b' || 'C:\\it''s "x"'`);
  });

  it("keeps templates of missing fields and names them", () => {
    const { sql, missing } = filled("a = {{user.name}} or b = {{ host.name }} or c = {{user.name}}", {
      "host.name": "h",
    });
    expect([sql, missing]).toEqual(["a = {{user.name}} or b = 'h' or c = {{user.name}}", ["user.name"]]);
  });

  it("never expands a template within a value", () => {
    expect(filled("{{a}}", { a: "{{b}}", b: "secret" }).sql).toBe("'{{b}}'");
  });

  it("takes all values within a list, else the first with a remark", () => {
    const fields = { "user.name": ["a", "b"] };
    expect(filled("x IN ({{user.name}})", fields).sql).toBe("x IN ('a', 'b')");
    expect(filled("x = {{user.name}}", fields).sql).toBe("x = 'a'\n-- user.name has 2 values; the first is used");
  });

  it("leaves templates in comments alone", () => {
    const sql = "SELECT 1 -- {{a}}\n/* {{a}} */ + {{a}}";
    expect(filled(sql, { a: "\n; DROP" }).sql).toBe("SELECT 1 -- {{a}}\n/* {{a}} */ + '\n; DROP'");
  });

  it("means the value itself to SQLite, whatever it is", () => {
    const database = new DatabaseSync(":memory:");
    const read = (sql: string) => database.prepare(sql).get()?.["v"];
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }).filter((value) => value !== "" && !value.includes("\0")),
        (value) => {
          expect(read(filled("SELECT {{a}} AS v", { a: value }).sql)).toBe(value);
          expect(read(filled("SELECT '{{a}}' AS v", { a: value }).sql)).toBe(value);
        },
      ),
    );
    database.close();
  });
});
