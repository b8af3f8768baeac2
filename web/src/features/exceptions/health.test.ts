import { describe, expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import { exceptionStateAt } from "#contracts/exception-life";
import { healthOf } from "./health.ts";

const now = Date.parse("2026-03-04T00:00:00Z");
const record: ExceptionRecord = {
  id: "x",
  name: "x",
  reason: "",
  ruleIds: ["r"],
  entries: [{ type: "exists", field: "a", operator: "included", case: "insensitive" }],
  mode: "shadow",
  createdAt: "2026-03-01T00:00:00Z",
  version: 1,
  createdBy: "mika",
  hits: 0,
  breadth: { score: 1, level: "narrow", reasons: [] },
};

describe("the health of an exception", () => {
  it("is disabled before it is expired, and expired before its mode counts", () => {
    expect(exceptionStateAt(record, now)).toBe("shadow");
    expect(exceptionStateAt({ ...record, expires: "2026-03-04T00:00:00Z" }, now)).toBe("expired");
    expect(
      exceptionStateAt({ ...record, expires: "2026-03-02T00:00:00Z", disabledAt: "2026-03-01T01:00:00Z" }, now),
    ).toBe("disabled");
  });

  it("doubts an exception that has had no hit for a month, not a new one", () => {
    expect(healthOf(record, now)).toBe("no hits yet");
    expect(healthOf({ ...record, createdAt: "2026-01-01T00:00:00Z" }, now)).toMatch(/still needed/);
    const old = { ...record, createdAt: "2025-12-01T00:00:00Z" };
    expect(healthOf({ ...old, lastHit: "2026-01-01T00:00:00Z" }, now)).toMatch(/still needed/);
    expect(healthOf({ ...record, lastHit: "2019-01-01T00:00:00Z" }, now)).toBe("in use");
    expect(healthOf({ ...record, lastHit: "2026-03-03T00:00:00Z" }, now)).toBe("in use");
  });
});
