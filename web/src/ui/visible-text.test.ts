import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eqlText } from "./hunt-path.ts";
import {
  fromEditable,
  middleEllipsis,
  toEditable,
  visibleParts,
  visibleString,
  withoutHidden,
} from "./visible-text.ts";

describe("visible text", () => {
  it("shows a right-to-left override as its code point", () => {
    expect(visibleParts("a\u202ecod.exe")).toEqual([
      { kind: "plain", text: "a" },
      { kind: "invisible", text: "U+202E" },
      { kind: "plain", text: "cod.exe" },
    ]);
  });

  it("leaves ordinary text in any script whole", () => {
    expect(visibleParts("cmd.exe /c dir \\\\сервер\\データ")).toEqual([
      { kind: "plain", text: "cmd.exe /c dir \\\\сервер\\データ" },
    ]);
  });

  it("keeps them visible where no markup is possible", () => {
    expect(visibleString("a\u202ecod.exe")).toBe("a⟨U+202E⟩cod.exe");
  });

  it("keeps line breaks and no-break spaces in texts, and shows what reorders or hides them", () => {
    expect(withoutHidden("1\u00a0of 2\n\ta\u2067b\u{e0041}\ud800\u0007")).toBe(
      "1\u00a0of 2\n\ta⟨U+2067⟩b⟨U+E0041⟩⟨U+D800⟩⟨U+0007⟩",
    );
  });

  it("leaves the style of an emoji alone, and shows selectors that have no emoji", () => {
    expect(withoutHidden("\u26a0\ufe0f seen")).toBe("\u26a0\ufe0f seen");
    expect(withoutHidden("a\ufe0fb \u26a0\ufe0f\ufe0f")).toBe("a⟨U+FE0F⟩b \u26a0\ufe0f⟨U+FE0F⟩");
  });

  it("is escaped in a query, as are quotes and backslashes", () => {
    expect(eqlText('C:\\a "b"\u202e\n')).toBe('"C:\\\\a \\"b\\"\\u{202e}\\u{0a}"');
  });

  it("can be edited, and gives any value back", () => {
    expect(toEditable("a\u202ecod.exe")).toBe("a⟨U+202E⟩cod.exe");
    expect(toEditable("⟨U+202E⟩")).toBe("⟨U+27E8⟩U+202E⟩");
    expect(toEditable("a\nb\u00a0", { lines: true })).toBe("a\nb⟨U+00A0⟩");
    expect(fromEditable("⟨U+FFFFFF⟩ ⟨U+20⟩")).toBe("⟨U+FFFFFF⟩ ⟨U+20⟩");
    const pieces = fc.constantFrom("⟨", "U+", "202E", "27E8", "⟩", "a", " ", "\n", "\u202e", "\u200b", "\u{e0041}");
    fc.assert(
      fc.property(fc.array(pieces), fc.boolean(), (drawn, lines) => {
        const value = drawn.join("");
        expect(fromEditable(toEditable(value, { lines }))).toBe(value);
        expect(toEditable(value, { lines })).not.toMatch(/[\u202e\u200b\u{e0041}]/u);
      }),
    );
  });

  it("shortens in the middle and never beyond the wanted length", () => {
    expect(middleEllipsis("abcdefghij", 7)).toBe("abcd…ij");
    expect(middleEllipsis("short", 7)).toBe("short");
  });
});
