import { lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { webAddress } from "./web-address.ts";

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis"; readonly parts: readonly Inline[] }
  | { readonly kind: "link"; readonly url: URL; readonly parts: readonly Inline[] };

export type Block =
  /** `level` starts at 1 and never skips a level downwards. */
  | { readonly kind: "heading"; readonly level: number; readonly parts: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly parts: readonly Inline[] }
  | { readonly kind: "list"; readonly start: number | undefined; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "break" }
  | {
      readonly kind: "table";
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    };

/** Longest text that is parsed. Texts in rules have at most a third of that, and no input of this length is slow. */
export const mostMarkdown = 30_000;

/**
 * Reads a text by somebody else as Markdown with GitHub's tables and bare addresses. HTML in it is text, a picture is a
 * link to it, and links lead to http and https alone. `undefined` where it is longer than `mostMarkdown` or nests
 * deeper than can be read: then it is shown as it is written.
 */
export function readMarkdown(text: string): readonly Block[] | undefined {
  const tokens = text.length > mostMarkdown ? undefined : tokensOf(text);
  return tokens === undefined ? undefined : blocksOf(tokens, createOutline());
}

function tokensOf(text: string): readonly Token[] | undefined {
  try {
    return lexer(text, { gfm: true });
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** Normalises heading levels to the outline, whatever level the author starts with. */
function createOutline(): (depth: number) => number {
  const above: number[] = [];
  return (depth) => {
    while ((above.at(-1) ?? 0) >= depth) {
      above.pop();
    }
    return above.push(depth);
  };
}

/** No extension is used, so these are the library's own tokens. */
const own = (tokens: readonly Token[]): readonly MarkedToken[] => tokens as readonly MarkedToken[];

function blocksOf(tokens: readonly Token[], outline: (depth: number) => number): readonly Block[] {
  return own(tokens).flatMap((token): readonly Block[] => {
    switch (token.type) {
      case "heading":
        return [{ kind: "heading", level: outline(token.depth), parts: partsOf(token.tokens) }];
      case "paragraph":
        return [{ kind: "paragraph", parts: partsOf(token.tokens) }];
      case "text":
        return [{ kind: "paragraph", parts: partsOf(token.tokens ?? [token]) }];
      case "list":
        return [
          {
            kind: "list",
            start: typeof token.start === "number" ? token.start : undefined,
            items: token.items.map((item) => blocksOf(item.tokens, outline)),
          },
        ];
      case "checkbox":
        return [{ kind: "paragraph", parts: partsOf([token]) }];
      case "blockquote":
        return [{ kind: "quote", blocks: blocksOf(token.tokens, outline) }];
      case "code":
        return [{ kind: "code", text: token.text }];
      case "hr":
        return [{ kind: "break" }];
      case "table":
        return [tableOf(token)];
      case "html":
        return [{ kind: "paragraph", parts: [{ kind: "text", text: prose(token.text) }] }];
      default:
        return [];
    }
  });
}

function tableOf({ header, rows }: Tokens.Table): Block {
  const cells = (row: readonly Tokens.TableCell[]) => row.map(({ tokens }) => partsOf(tokens));
  return { kind: "table", head: cells(header), rows: rows.map(cells) };
}

function partsOf(tokens: readonly Token[]): readonly Inline[] {
  return own(tokens).flatMap((token): readonly Inline[] => {
    switch (token.type) {
      case "codespan":
        return [{ kind: "code", text: token.text }];
      case "strong":
        return [{ kind: "strong", parts: partsOf(token.tokens) }];
      case "em":
        return [{ kind: "emphasis", parts: partsOf(token.tokens) }];
      case "link":
      case "image":
        return linkOf(token);
      case "checkbox":
        return [{ kind: "text", text: token.checked ? "☑ " : "☐ " }];
      case "br":
        return [{ kind: "text", text: " " }];
      case "text":
      case "escape":
        return [{ kind: "text", text: prose(token.text) }];
      default:
        return [{ kind: "text", text: prose(token.raw) }];
    }
  });
}

/** Links that do not lead to http or https are shown as written, including their address. */
function linkOf({ href, text, tokens, raw }: Tokens.Link | Tokens.Image): readonly Inline[] {
  const parts = tokens.length === 0 ? [{ kind: "text", text } as const] : partsOf(tokens);
  const url = webAddress(href);
  return url === undefined ? [{ kind: "text", text: prose(raw) }] : [{ kind: "link", url, parts }];
}

/** Joins lines that the author wrapped. */
const prose = (text: string) => text.replace(/[ \t\r\n]+/g, " ");

/**
 * The beginning of a text: whole blocks and items of lists until they hold `characters`, the last one beyond it; a
 * heading is never the last. The same blocks where that is all.
 */
export function openingOf(blocks: readonly Block[], characters: number): readonly Block[] {
  const opening: Block[] = [];
  let left = characters;
  for (const block of blocks) {
    if (left <= 0 && opening.at(-1)?.kind !== "heading") {
      return opening;
    }
    const first = block.kind === "list" ? openingOfList(block, Math.max(1, left)) : block;
    opening.push(first);
    left -= lengthOf(first);
  }
  return opening.every((block, at) => block === blocks[at]) ? blocks : opening;
}

type List = Extract<Block, { readonly kind: "list" }>;

function openingOfList(list: List, characters: number): List {
  const items: (readonly Block[])[] = [];
  let left = characters;
  for (const item of list.items) {
    if (left <= 0) {
      return { ...list, items };
    }
    items.push(item);
    left -= lengthOfAll(item);
  }
  return list;
}

const lengthOfAll = (blocks: readonly Block[]) => blocks.reduce((sum, block) => sum + lengthOf(block), 0);

/** Visible characters of a block. */
function lengthOf(block: Block): number {
  switch (block.kind) {
    case "heading":
    case "paragraph":
      return lengthOfParts(block.parts);
    case "list":
      return block.items.reduce((sum, item) => sum + lengthOfAll(item), 0);
    case "quote":
      return lengthOfAll(block.blocks);
    case "code":
      return block.text.length;
    case "break":
      return 0;
    case "table":
      return [block.head, ...block.rows].flat().reduce((sum, cell) => sum + lengthOfParts(cell), 0);
  }
}

const lengthOfParts = (parts: readonly Inline[]): number =>
  parts.reduce((sum, part) => sum + ("text" in part ? part.text.length : lengthOfParts(part.parts)), 0);
