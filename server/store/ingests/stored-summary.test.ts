import { expect, it } from "vitest";
import { readStoredSummary } from "./stored-summary.ts";

const summary = {
  id: "i",
  startedAt: "2024-05-05T00:00:00.000Z",
  actor: "a",
  paths: [],
  state: "done",
  files: 0,
  ignored: [],
  records: 0,
  events: 0,
  duplicates: 0,
  rejected: [],
  rejectedTotal: 0,
  warnings: [],
  processes: 0,
  sessions: 0,
  alerts: 0,
  suppressed: 0,
  bytes: 0,
  seconds: 0,
};

it.each([
  ["sequences-evicted", "ingest.sequences-evicted"],
  ["more-warnings", "ingest.more-warnings"],
  ["archive.truncated", "archive.truncated"],
])("reads the warning %s of an older version as %s", (stored, current) => {
  const json = JSON.stringify({ ...summary, warnings: [{ code: stored, message: "m" }] });
  expect(readStoredSummary(json).warnings).toEqual([{ code: current, message: "m" }]);
});

it("counts what an older version listed, and keeps the totals of this one", () => {
  const ignored = [{ file: "a", reason: "r" }];
  expect(readStoredSummary(JSON.stringify({ ...summary, ignored }))).toMatchObject({
    ignoredTotal: 1,
    warningsTotal: 0,
  });
  const totals = { ignoredTotal: 5000, warningsTotal: 7 };
  expect(readStoredSummary(JSON.stringify({ ...summary, ignored, ...totals }))).toMatchObject(totals);
});

it("rejects a code that no version wrote", () => {
  expect(() => readStoredSummary(JSON.stringify({ ...summary, warnings: [{ code: "x", message: "m" }] }))).toThrow();
});
