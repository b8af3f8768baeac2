import { describe, expect, it } from "vitest";
import { buildReportAddress, edgesOf, parseReportAddress } from "./url.ts";

describe("the address of the shift report", () => {
  it.each([
    ["last=12h", { range: { kind: "last", span: "12h" }, people: false }],
    ["last=7d&people=true", { range: { kind: "last", span: "7d" }, people: true }],
    [
      "from=2026-06-17T06%3A00%3A00.000Z&to=2026-06-17T14%3A00%3A00.000Z",
      { range: { kind: "between", from: "2026-06-17T06:00:00.000Z", to: "2026-06-17T14:00:00.000Z" }, people: false },
    ],
  ])("says %s and reads it back", (text, address) => {
    expect(parseReportAddress(new URLSearchParams(text))).toEqual(address);
    expect(buildReportAddress(address as ReturnType<typeof parseReportAddress>).toString()).toBe(text);
  });

  it.each(["", "last=__proto__", "from=never&to=2026-06-17", "from=2026-06-18&to=2026-06-17", "from=2026-06-17"])(
    "opens the last 8 hours for %j",
    (text) => {
      expect(parseReportAddress(new URLSearchParams(text)).range).toEqual({ kind: "last", span: "8h" });
    },
  );

  it("has edges that end now for a preset", () => {
    expect(edgesOf({ kind: "last", span: "8h" }, Date.UTC(2026, 5, 17, 14))).toEqual({
      from: "2026-06-17T06:00:00.000Z",
      to: "2026-06-17T14:00:00.000Z",
    });
  });
});
