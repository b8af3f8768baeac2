import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Route, subjects } from "#contracts/api";
import { problemTitles } from "#contracts/problem-codes";
import {
  permissions,
  permits,
  type Rights,
  role,
  rolePermissions,
  scopePermissions,
  tokenScope,
} from "#contracts/roles";
import { problemStatus } from "../../server/http/problem-status.ts";

const text = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");

/** The text between a heading and the next one of the same or a higher level. */
function section(heading: string): string {
  const level = heading.indexOf(" ");
  const start = text.indexOf(`\n${heading}\n`);
  expect(start, heading).toBeGreaterThan(-1);
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, "m"));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The cells of the rows of all tables in a text, without headers. */
const rowsOf = (markdown: string) =>
  markdown
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.replaceAll("`", "")),
    );

describe("docs/api.md", () => {
  it.each(Object.entries(subjects))("lists every route of %s and no other", (tag, { description, routes }) => {
    const [header, ...rows] = rowsOf(section(`### ${tag}`));
    expect(header).toEqual(["method", "path", "summary", "needs"]);
    expect(rows).toEqual(
      Object.values<Route>(routes).map(({ method, path, summary, access }) => [
        method.toUpperCase(),
        path,
        summary,
        access,
      ]),
    );
    expect(section(`### ${tag}`)).toContain(description);
  });

  it("lists who has what a route needs", () => {
    const [header, ...rows] = rowsOf(section("## Routes").split("### ")[0] ?? "");
    const callers: readonly (readonly [string, Rights | undefined])[] = [
      ...role.options.map((name) => [name, { role: name, permissions: new Set(rolePermissions[name]) }] as const),
      ...tokenScope.options.map((name) => [`token ${name}`, { permissions: new Set(scopePermissions[name]) }] as const),
      ["nobody", undefined],
    ];
    expect(header).toEqual(["needs", ...callers.map(([name]) => name)]);
    const needs = ["public", "signed-in", ...permissions] as const;
    expect(rows).toEqual(
      needs.map((access) => [access, ...callers.map(([, rights]) => (permits(rights, access) ? "yes" : "no"))]),
    );
  });

  it("has no section about routes of another subject", () => {
    const headings = [...section("## Routes").matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(Object.keys(subjects));
  });

  it("lists every code that a request can be refused with, with its status, and no other", () => {
    const refusals = section("## Problem codes").split("### Codes of reports")[0] ?? "";
    const rows = rowsOf(refusals).slice(1);
    expect(rows.map(([code, status]) => [code, Number(status)])).toEqual(Object.entries(problemStatus));
    expect(rows.filter(([, , meaning = ""]) => meaning.length < 10)).toEqual([]);
  });

  it("lists every code of reports and no other", () => {
    const rows = rowsOf(section("### Codes of reports")).slice(1);
    const others = Object.keys(problemTitles).filter((code) => !Object.hasOwn(problemStatus, code));
    expect(rows.map(([code]) => code)).toEqual(others);
    expect(rows.filter(([, meaning = ""]) => meaning.length < 10)).toEqual([]);
  });
});
