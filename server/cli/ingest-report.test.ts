import { expect, it } from "vitest";
import type { IngestSummary } from "#contracts/ingest";
import { summary } from "../../test/contracts/store/fixtures.ts";
import { readable } from "./ingest-report.ts";

const done: IngestSummary = { ...summary, state: "done" };
const problem = (code: "json.syntax" | "record.no-time", file: string, line: number) =>
  ({ code, message: `bad ${line}`, at: { file, line } }) as const;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

it("prints a few problems of each kind and file, and how many there are in all", () => {
  const rejected = [
    ...numbers(100).map((line) => problem("json.syntax", "a.json", line)),
    ...numbers(100).map((line) => problem("record.no-time", "a.json", line)),
    problem("json.syntax", "b.json", 7),
  ];
  const text = readable({ ...done, rejected, rejectedTotal: 5201 });
  const lines = text.split("\n").filter((line) => line.startsWith("not read: "));
  expect(lines.map((line) => line.slice(10))).toEqual([
    ...[0, 1, 2].map((line) => `a.json, line ${line}: bad ${line}`),
    ...[0, 1, 2].map((line) => `a.json, line ${line}: bad ${line}`),
    "b.json, line 7: bad 7",
  ]);
  expect(text).toContain("… and 5194 more that could not be read\n");
});

it("prints a few of thousands of skipped files and of files with the same warning", () => {
  const ignored = numbers(1000).map((index) => ({
    file: `${index}.txt`,
    reason: index === 999 ? "a link" : "unknown",
  }));
  const warnings = numbers(1000).map((index) => problem("json.syntax", `${index}.json`, 1));
  const text = readable({ ...done, ignored, ignoredTotal: 1500, warnings, warningsTotal: 1000 });
  expect(text.split("\n").length).toBeLessThan(60);
  for (const line of ["ignored: 999.txt: a link", "… and 1479 more that were ignored", "… and 980 more warnings"]) {
    expect(text).toContain(`${line}\n`);
  }
});

it("prints everything of an ingest with few problems", () => {
  const rejected = [problem("json.syntax", "a.json", 1)];
  const text = readable({
    ...done,
    rejected,
    rejectedTotal: 1,
    ignored: [{ file: "b", reason: "r" }],
    ignoredTotal: 1,
  });
  expect(text).not.toContain("…");
  expect(text).not.toContain("More of them");
});
