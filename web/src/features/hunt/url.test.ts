import { describe, expect, it } from "vitest";
import { defaultHuntColumns } from "#contracts/hunt";
import { buildHuntAddress, parseHuntAddress, windowOf } from "./url.ts";

const parsed = (text: string) => parseHuntAddress(new URLSearchParams(text));

describe("the address of a search", () => {
  it.each([
    "",
    "language=kql&query=a",
    "language=eql&query=any&last=24h",
    "language=eql&query=any&from=2026-03-04T09%3A00%3A00.000Z",
    "language=eql&query=any&from=2026-03-04T09%3A00%3A00.000Z&to=2026-03-05T09%3A00%3A00.000Z&columns=time%2Cprocess.pid",
  ])("says the same after it was read: %s", (text) => {
    expect(buildHuntAddress(parsed(text)).toString()).toBe(text);
  });

  it("leaves out what is not valid", () => {
    expect(parsed("language=sql&query=a&last=2h&from=yesterday&columns=,,")).toEqual({
      language: "eql",
      query: "a",
      time: { kind: "all" },
      columns: defaultHuntColumns,
    });
    expect(parsed("last=constructor").time).toEqual({ kind: "all" });
  });

  it("has presets that end when the search is run", () => {
    const now = Date.UTC(2026, 2, 4, 12);
    expect(windowOf({ kind: "last", span: "24h" }, now)).toEqual({ from: "2026-03-03T12:00:00.000Z" });
    expect(windowOf({ kind: "all" }, now)).toEqual({});
    expect(windowOf({ kind: "between", to: "2026-03-03T12:00:00.000Z" }, now)).toEqual({
      to: "2026-03-03T12:00:00.000Z",
    });
  });
});
