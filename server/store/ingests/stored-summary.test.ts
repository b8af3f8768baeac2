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

it("rejects a code that no version wrote", () => {
  expect(() => readStoredSummary(JSON.stringify({ ...summary, warnings: [{ code: "x", message: "m" }] }))).toThrow();
});
