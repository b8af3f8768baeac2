import { describe, expect, it } from "vitest";
import type { AuditRecord } from "#contracts/audit";
import { changesOf, markOf, workedOn } from "./news.ts";

function record(kind: string, id: string, actor: string): AuditRecord {
  return {
    sequence: 1,
    at: "2026-06-17T12:00:00.000Z",
    actor,
    action: "some.action",
    subject: { kind, id },
    previousHash: "",
    hash: "",
  };
}

describe("what is told of audit records", () => {
  const records = [
    record("alert", "a", "lena"),
    record("alert", "b", "tom"),
    record("incident", "i", "lena"),
    record("alert", "a", "lena"),
    record("alert", "lonely", "tom"),
    record("exception", "e", "tom"),
    record("exception", "f", "tom"),
  ];

  it("asks once for the incident of each alert and record of work", () => {
    expect(workedOn(records).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      "alert a",
      "alert b",
      "incident i",
      "alert lonely",
    ]);
  });

  it("names each incident once, with everybody who worked on it, and everything else by its kind", () => {
    expect(
      changesOf(records, [
        { kind: "alert", id: "a", key: "one" },
        { kind: "alert", id: "b", key: "two" },
        { kind: "incident", id: "i", key: "two" },
      ]),
    ).toEqual([
      { kind: "incident", key: "one", by: ["lena"] },
      { kind: "incident", key: "two", by: ["tom", "lena"] },
      { kind: "subject", subject: "alert" },
      { kind: "subject", subject: "exception" },
    ]);
  });

  it("takes an alert and a record of work with one id apart", () => {
    const twins = [record("alert", "x", "lena"), record("incident", "x", "tom")];
    expect(
      changesOf(twins, [
        { kind: "alert", id: "x", key: "one" },
        { kind: "incident", id: "x", key: "two" },
      ]),
    ).toEqual([
      { kind: "incident", key: "one", by: ["lena"] },
      { kind: "incident", key: "two", by: ["tom"] },
    ]);
  });

  it("marks where a store is by all that it looks at", () => {
    const audit = { sequence: 7, hash: "0123456789" };
    const marks = [
      { alerts: 3 },
      { audit, alerts: 3 },
      { audit, alerts: 4 },
      { audit: { ...audit, hash: "1" }, alerts: 3 },
    ];
    expect(new Set(marks.map(markOf)).size).toBe(marks.length);
  });
});
