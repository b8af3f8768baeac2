import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differ, editing, requestsOf, tooLarge } from "./attachments.ts";

const saved = { title: "Shares", source: "osquery: Shares", sha256: "a".repeat(64), bytes: 5 };
const kept = { kind: "recorded", attachment: saved } as const;
const pasted = { kind: "pasted", title: "Users", text: "x" } as const;

describe("attachments of a draft", () => {
  it("differ from those of the answer when one is pasted or removed, not while a field is empty", () => {
    expect(differ([kept], [saved])).toBe(false);
    expect(differ([kept, { ...pasted, text: "" }], [saved])).toBe(false);
    expect(differ([kept, pasted], [saved])).toBe(true);
    expect(differ([], [saved])).toBe(true);
    expect(differ([], undefined)).toBe(false);
  });

  it("are sent as text, or by the hash of what is recorded; empty fields are not", () => {
    expect(requestsOf([kept, pasted, { ...pasted, title: " " }, { ...pasted, text: "" }])).toEqual([
      { title: "Shares", source: "osquery: Shares", sha256: saved.sha256 },
      { title: "Users", text: "x" },
      { title: "Pasted result", text: "x" },
    ]);
  });

  it("say when they are too large together", () => {
    const large = { ...pasted, text: "ä".repeat(32 * 1024) };
    expect(tooLarge([large, large, large, large])).toBeUndefined();
    expect(tooLarge([large, large, large, large, kept])).toContain("262,149 of 262,144 bytes");
  });
});

describe("a pasted text in a text field", () => {
  it.each([
    ["line breaks of Windows", "a\r\nb\r\n", "a\nb\n"],
    ["mixed line breaks", "a\r\nb\n", "a⟨U+000D⟩\nb\n"],
    ["tabs", "a\tb", "a\tb"],
    ["hidden characters", "\u202ecod\u0000", "⟨U+202E⟩cod⟨U+0000⟩"],
    ["what looks like one", "⟨U+0009⟩", "⟨U+27E8⟩U+0009⟩"],
  ])("has %s", (_, text, field) => {
    expect(editing(text).field).toBe(field);
    expect(editing(text).back(field)).toBe(text);
  });

  it("is the same text as long as nobody edits it, whatever it is", () => {
    const parts = fc.constantFrom("\r", "\n", "\r\n", "\t", "\u0000", "⟨", "⟩", "⟨U+0009⟩", "U+", "a", "𝕏");
    const odd = fc.array(parts).map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), odd), (text) => {
        const { field, back } = editing(text);
        expect(back(field)).toBe(text);
        expect(field).not.toMatch(/[\r\0\u202e]/);
      }),
    );
  });
});
