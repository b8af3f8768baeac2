import { expect, it } from "vitest";
import { visible, withHidden } from "./visible.ts";

it.each([
  ["an escape sequence", "a\u001b[2Jb", "a\\u{1b}[2Jb"],
  ["a line end", "a\r\nb", "a\\u{d}\\u{a}b"],
  ["a bidirectional override", "\u202egpj.exe", "\\u{202e}gpj.exe"],
  ["a zero-width character", "cm\u200bd", "cm\\u{200b}d"],
  ["tag characters, which carry text that nobody sees", "\u{e0049}\u{e0067}", "\\u{e0049}\\u{e0067}"],
  ["variation selectors", "a\ufe0f\u{e0101}", "a\\u{fe0f}\\u{e0101}"],
  ["a no-break space", "a\u00a0b", "a\\u{a0}b"],
  ["a blank that is a letter", "\u3164", "\\u{3164}"],
  ["half of a surrogate pair", "a\ud800b", "a\\u{d800}b"],
  ["a line separator", "a\u2028b", "a\\u{2028}b"],
])("%s is printed as its number", (_, text, printed) => {
  expect(visible(text)).toBe(printed);
});

it("leaves letters of any script and emoji as they are", () => {
  const text = "C:\\Users\\Ærøskøbing\\Пример\\例.exe 😀";
  expect(visible(text)).toBe(text);
});

it("keeps line breaks where they are part of a text", () => {
  const write = (codePoint: number) => `<${codePoint.toString(16)}>`;
  expect(withHidden("a\r\n\tb\u202e", write, { lines: true })).toBe("a<d>\n\tb<202e>");
});
