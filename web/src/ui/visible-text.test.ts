import { describe, expect, it } from "vitest";
import { middleEllipsis, visibleParts, visibleString } from "./visible-text.ts";

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

  it("shortens in the middle and never beyond the wanted length", () => {
    expect(middleEllipsis("abcdefghij", 7)).toBe("abcd…ij");
    expect(middleEllipsis("short", 7)).toBe("short");
  });
});
