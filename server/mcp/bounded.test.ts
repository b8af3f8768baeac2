import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bounded, shortened } from "./bounded.ts";

describe("a long text", () => {
  it("is cut with a note of how much there is", () => {
    expect(shortened("a".repeat(12_000), 500)).toBe(`${"a".repeat(500)} (truncated: 500 of 12000 characters)`);
    expect(shortened("short", 500)).toBe("short");
  });

  it("is not cut within a character", () => {
    expect(shortened("ab😀cd", 3)).toBe("ab (truncated: 2 of 6 characters)");
  });
});

describe("a bounded value", () => {
  it("is the same if it is small, apart from hidden characters", () => {
    const value = { id: "x", list: [1, true, null, { text: "a\u202eb" }] };
    expect(bounded(value)).toEqual({ data: { id: "x", list: [1, true, null, { text: "a\\u{202e}b" }] }, omitted: [] });
  });

  it("says how many items of which list are shown", () => {
    const { data, omitted } = bounded({ events: Array.from({ length: 1000 }, (_, index) => index) });
    expect(omitted).toEqual(["events: 200 of 1000 items shown"]);
    expect(data).toMatchObject({ events: { length: 200 } });
  });

  it("has short texts and lists if it would be too large otherwise, and never more than its limit", () => {
    const event = { id: "e".repeat(180), command: "x".repeat(5000), modules: Array.from({ length: 300 }, String) };
    const { data, omitted } = bounded({ events: Array.from({ length: 300 }, () => event) }, 20_000);
    expect(JSON.stringify(data).length).toBeLessThanOrEqual(20_000);
    expect(omitted).toEqual(["events: 10 of 300 items shown", "events.modules: 10 of 300 items shown"]);
    expect(data).toMatchObject({ events: { length: 10, 0: { id: event.id } } });
  });

  it("says so if even that is too large", () => {
    const nested = Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => ["x".repeat(140), "y".repeat(140)]));
    expect(bounded(nested, 500)).toEqual({ data: null, omitted: [expect.stringContaining("too large")] });
  });

  it("keeps ids and cursors whole, because a cut one is of no use", () => {
    const next = "n".repeat(1500);
    const events = Array.from({ length: 300 }, () => ({ text: "x".repeat(3000) }));
    expect(bounded({ next, events }, 20_000).data).toMatchObject({ next });
  });

  it("treats field names as data", () => {
    const fields = Object.fromEntries([
      ["__proto__", "polluted"],
      ["a\u200bb", 1],
    ]);
    const text = JSON.stringify(bounded({ fields }).data);
    expect(text).toBe('{"fields":{"__proto__":"polluted","a\\\\u{200b}b":1}}');
    expect(Object.hasOwn({}, "polluted")).toBe(false);
  });

  it("never has hidden characters or more than its limit", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: "binary", maxLength: 80 }), (value, text) => {
        const shown = JSON.stringify(bounded([value, text, { [text]: text }], 2000));
        expect(shown.length).toBeLessThanOrEqual(2100);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
