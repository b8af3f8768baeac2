import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, type Inline, mostMarkdown, openingOf, readMarkdown } from "./markdown-blocks.ts";

const words = (text: string): Inline => ({ kind: "text", text });
const paragraph = (...parts: readonly Inline[]): Block => ({ kind: "paragraph", parts });

/** All links of the blocks at any depth. */
function linksOf(blocks: readonly Block[]): readonly URL[] {
  const inline = (parts: readonly Inline[]): readonly URL[] =>
    parts.flatMap((part) => [
      ...(part.kind === "link" ? [part.url] : []),
      ...("parts" in part ? inline(part.parts) : []),
    ]);
  return blocks.flatMap((block) => [
    ...("parts" in block ? inline(block.parts) : []),
    ...(block.kind === "list" ? block.items.flatMap(linksOf) : []),
    ...(block.kind === "quote" ? linksOf(block.blocks) : []),
    ...(block.kind === "table" ? [block.head, ...block.rows].flat().flatMap(inline) : []),
  ]);
}

describe("Markdown by somebody else", () => {
  it("is read as headings, lists in lists, quotes, code and marked words, with lines joined", () => {
    const text =
      "## Triage\n\n> **Note**: look at `cmd.exe`\n> twice.\n\n- first\ncontinued\n  - *inner*\n\n3. third\n\n```sh\nls -l\n  next\n```";
    expect(readMarkdown(text)).toEqual([
      { kind: "heading", level: 1, parts: [words("Triage")] },
      {
        kind: "quote",
        blocks: [
          paragraph(
            { kind: "strong", parts: [words("Note")] },
            words(": look at "),
            { kind: "code", text: "cmd.exe" },
            words(" twice."),
          ),
        ],
      },
      {
        kind: "list",
        start: undefined,
        items: [
          [
            paragraph(words("first continued")),
            { kind: "list", start: undefined, items: [[paragraph({ kind: "emphasis", parts: [words("inner")] })]] },
          ],
        ],
      },
      { kind: "list", start: 3, items: [[paragraph(words("third"))]] },
      { kind: "code", text: "ls -l\n  next" },
    ]);
  });

  it("has headings that skip no level, whatever number of signs their author begins with", () => {
    const levels = readMarkdown("### a\n\n##### b\n\n###### c\n\n##### d\n\n## e\n\n### f")?.map((block) =>
      block.kind === "heading" ? block.level : 0,
    );
    expect(levels).toEqual([1, 2, 3, 2, 1, 2]);
  });

  it("has links to http and https alone; other addresses, pictures and HTML stay words", () => {
    const text =
      "[a](https://example.com/x) [b](javascript:alert(1)) [c](//example.com) <b onclick=alert(1)>d</b> https://example.org.\n\n<script>alert(1)</script>\n\n![e](http://example.com/e.png) ![f](data:image/png;base64,AA)";
    const blocks = readMarkdown(text) ?? [];
    expect(linksOf(blocks).map(({ href }) => href)).toEqual([
      "https://example.com/x",
      "https://example.org/",
      "http://example.com/e.png",
    ]);
    expect(blocks[0]).toEqual(
      paragraph(
        { kind: "link", url: new URL("https://example.com/x"), parts: [words("a")] },
        words(" "),
        words("[b](javascript:alert(1))"),
        words(" "),
        words("[c](//example.com)"),
        words(" "),
        words("<b onclick=alert(1)>"),
        words("d"),
        words("</b>"),
        words(" "),
        { kind: "link", url: new URL("https://example.org"), parts: [words("https://example.org")] },
        words("."),
      ),
    );
    expect(blocks[1]).toEqual(paragraph(words("<script>alert(1)</script>")));
  });

  it("is left as it is written where it is too long or nests too deep", () => {
    expect(readMarkdown("a".repeat(mostMarkdown + 1))).toBeUndefined();
    expect(readMarkdown("> ".repeat(mostMarkdown / 2))).toBeUndefined();
    expect(readMarkdown("[".repeat(mostMarkdown))).toHaveLength(1);
  });

  it("opens with whole blocks and items until they are long enough, and with no heading at the end", () => {
    const blocks = readMarkdown("# one\n\n- first\n  - inner\n- second\n- third\n\n## two\n\nlast") ?? [];
    const opening = (characters: number) =>
      openingOf(blocks, characters).map((block) => (block.kind === "list" ? block.items.length : block.kind));
    expect(opening(1)).toEqual(["heading", 1]);
    expect(opening(14)).toEqual(["heading", 2]);
    expect(opening(24)).toEqual(["heading", 3]);
    expect(opening(26)).toEqual(["heading", 3, "heading", "paragraph"]);
    expect(openingOf(blocks, 1_000)).toBe(blocks);
  });

  it("never fails, and never makes a link to anything else", () => {
    const piece = fc.constantFrom(
      ...["#", "- ", "> ", "`", "```", "*", "_", "[", "](", ")", "<", ">", "|", "\n", "\n\n", "  ", "1. ", "\\"],
      ...["javascript:x", "https://e.com", "data:,x", "http:", "//", "a", "\u202e", "!", "[x]: ", "file:///x"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const blocks = readMarkdown(pieces.join("")) ?? [];
        expect(linksOf(blocks).filter(({ protocol }) => !/^https?:$/.test(protocol))).toEqual([]);
      }),
    );
  });
});
