import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html, lines } from "./markup.ts";

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom("<script>", "</pre>", "<!--", "&lt;", '"', "'", "`", "$" + "{x}", "javascript:", "\n", "\r"),
      fc.constantFrom("\u202e", "\u200b", "\u00a0", "\ue000", "\ue001", "\ud800", "\u{e0041}", "\ufeff", "\0"),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(""));

describe("HTML from templates", () => {
  it("has values as text, whatever they are", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        for (const made of [html`<p>${value}</p>`.html, html`<p>${lines(value)}</p>`.html]) {
          const inner = made.slice("<p>".length, -"</p>".length);
          expect(inner.replaceAll(/<\/?mark>/g, "")).not.toMatch(/[<>"']/);
          expect(inner).not.toMatch(/[\p{Cf}\p{Co}\p{Cs}\u0000-\u0008\u000b-\u001f\u00a0]/u);
        }
      }),
    );
  });

  it("shows characters that hide or reorder text by their number", () => {
    expect(html`${"a\u202ecod.exe"}`.html).toBe("a<mark>U+202E</mark>cod.exe");
    expect(lines("a\n\u{e0041}b").html).toBe("a\n<mark>U+E0041</mark>b");
    expect(html`${"\uE0003C\uE001"}`.html).toBe("<mark>U+E000</mark>3C<mark>U+E001</mark>");
  });

  it("leaves out what is absent, and joins lists", () => {
    expect(html`a${undefined}${false}b${[1, html`<i>${"<"}</i>`, ["x"]]}`.html).toBe("ab1<i>&lt;</i>x");
  });
});
