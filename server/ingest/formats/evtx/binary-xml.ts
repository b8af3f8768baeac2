/**
 * The binary XML of a chunk as a tree with placeholders for substitutions. Tokens follow [MS-EVEN6] section 2.2.12. A
 * tree is parsed once per template and then used for every record of that template.
 */
import type { Bytes } from "./bytes.ts";
import { scalarText, utf16Text, valueType } from "./value-text.ts";

export interface Element {
  readonly kind: "element";
  readonly name: string;
  /** The element is omitted when this substitution is absent; -1 when it is always present. */
  readonly dependency: number;
  readonly attributes: readonly Attribute[];
  readonly children: readonly Part[];
}

export interface Attribute {
  readonly name: string;
  readonly parts: readonly Part[];
}

export type Part =
  | Element
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "substitution"; readonly index: number; readonly type: number; readonly optional: boolean }
  /** A template instance with its own values inside other content, by the position of its token. */
  | { readonly kind: "instance"; readonly at: number };

/** Parsed content and where it ended. */
export interface Fragment {
  readonly parts: readonly Part[];
  readonly end: number;
}

/** Where the definition and the values of a template instance are. */
export interface InstanceHeader {
  readonly definition: number;
  /** Position of the number of substitutions. */
  readonly values: number;
}

const token = {
  endOfFragment: 0x00,
  openElement: 0x01,
  closeStart: 0x02,
  closeEmpty: 0x03,
  endElement: 0x04,
  text: 0x05,
  attribute: 0x06,
  cdata: 0x07,
  character: 0x08,
  entity: 0x09,
  instructionTarget: 0x0a,
  instructionData: 0x0b,
  instance: 0x0c,
  substitution: 0x0d,
  optionalSubstitution: 0x0e,
  fragmentHeader: 0x0f,
} as const;

const more = 0x40;
const deepest = 64;
const entities: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Bytes of a template definition before its fragment: next offset, GUID, size. */
export const definitionHeader = 24;

/** The header of the template instance whose token is at `at`; `undefined` when it exceeds `end`. */
export function readInstanceHeader(bytes: Bytes, at: number, end: number): InstanceHeader | undefined {
  if (at + 10 > end) return undefined;
  const definition = bytes.view.getUint32(at + 6, true);
  if (definition !== at + 10) return { definition, values: at + 10 };
  if (definition + definitionHeader > end) return undefined;
  const values = definition + definitionHeader + bytes.view.getUint32(definition + 20, true);
  return values + 4 > end ? undefined : { definition, values };
}

/** The position after the values of an instance; `undefined` when their sizes exceed `end`. */
function endOfValues(bytes: Bytes, header: InstanceHeader, end: number): number | undefined {
  if (header.values + 4 > end) return undefined;
  const count = bytes.view.getUint32(header.values, true);
  let at = header.values + 4 + count * 4;
  if (at > end) return undefined;
  for (let index = 0; index < count; index++) at += bytes.view.getUint16(header.values + 4 + index * 4, true);
  return at > end ? undefined : at;
}

/**
 * Parses the fragment between `start` and `end`. In a template definition each element has a dependency identifier, in
 * loose content it has none (`dependencies`). `names` receives the positions of name offsets, for comparison with the
 * same definition in another chunk. Returns `undefined` for invalid binary XML.
 */
export function parseFragment(
  bytes: Bytes,
  start: number,
  end: number,
  dependencies: boolean,
  names?: number[],
): Fragment | undefined {
  const parser = new FragmentParser(bytes, Math.min(end, bytes.length), dependencies, names);
  parser.at = start;
  const parts = parser.content(0);
  return parts === undefined ? undefined : { parts, end: parser.at };
}

/** One pass over the tokens. Every method advances `at` past what it read, or returns `undefined` for invalid bytes. */
class FragmentParser {
  at = 0;
  readonly #bytes: Bytes;
  readonly #end: number;
  readonly #dependencies: boolean;
  readonly #names: number[] | undefined;

  constructor(bytes: Bytes, end: number, dependencies: boolean, names: number[] | undefined) {
    this.#bytes = bytes;
    this.#end = end;
    this.#dependencies = dependencies;
    this.#names = names;
  }

  /** Everything up to the end of the element or the fragment. */
  content(depth: number): Part[] | undefined {
    if (depth > deepest) return undefined;
    const parts: Part[] = [];
    while (this.at < this.#end) {
      const code = this.#bytes.view.getUint8(this.at);
      const kind = code & ~more;
      if (kind === token.endOfFragment || kind === token.endElement) {
        this.at += 1;
        return parts;
      }
      if (kind === token.fragmentHeader) {
        this.at += 4;
        continue;
      }
      const part = kind === token.openElement ? this.#element(code, depth) : this.#value(kind);
      if (part === undefined) return undefined;
      if (part !== "nothing") parts.push(part);
    }
    // Loose content may end without a token at the end of its value; nested content may not.
    return this.at === this.#end && depth === 0 ? parts : undefined;
  }

  #element(code: number, depth: number): Element | undefined {
    const { view } = this.#bytes;
    let at = this.at + 1;
    if (at + 10 > this.#end) return undefined;
    let dependency = -1;
    if (this.#dependencies) {
      const value = view.getUint16(at, true);
      if (value !== 0xffff) dependency = value;
      at += 2;
    }
    this.at = at + 4;
    const name = this.#name();
    if (name === undefined) return undefined;
    if (code & more) this.at += 4;
    const attributes = this.#attributes();
    if (attributes === undefined || this.at >= this.#end) return undefined;
    const close = view.getUint8(this.at);
    this.at += 1;
    if (close === token.closeEmpty) return { kind: "element", name, dependency, attributes, children: [] };
    if (close !== token.closeStart) return undefined;
    const children = this.content(depth + 1);
    return children === undefined ? undefined : { kind: "element", name, dependency, attributes, children };
  }

  #attributes(): Attribute[] | undefined {
    const attributes: Attribute[] = [];
    while (this.at < this.#end && (this.#bytes.view.getUint8(this.at) & ~more) === token.attribute) {
      this.at += 1;
      const name = this.#name();
      if (name === undefined) return undefined;
      const parts: Part[] = [];
      while (this.at < this.#end) {
        const kind = this.#bytes.view.getUint8(this.at) & ~more;
        if (kind === token.attribute || kind === token.closeStart || kind === token.closeEmpty) break;
        const part = this.#value(kind);
        if (part === undefined) return undefined;
        if (part !== "nothing") parts.push(part);
      }
      attributes.push({ name, parts });
    }
    return attributes;
  }

  /** A name by its offset in the chunk; its text is stored here when this is its first use. */
  #name(): string | undefined {
    if (this.at + 4 > this.#end) return undefined;
    const offset = this.#bytes.view.getUint32(this.at, true);
    this.#names?.push(this.at);
    this.at += 4;
    const name = nameAt(this.#bytes, offset);
    if (name !== undefined && offset === this.at) this.at += 10 + name.length * 2;
    return this.at <= this.#end ? name : undefined;
  }

  #text(width: number): string | undefined {
    const start = this.at + width + 2;
    if (start > this.#end) return undefined;
    const size = this.#bytes.view.getUint16(start - 2, true) * 2;
    if (start + size > this.#end) return undefined;
    this.at = start + size;
    return utf16Text(this.#bytes, start, size);
  }

  #value(kind: number): Part | "nothing" | undefined {
    const { view } = this.#bytes;
    switch (kind) {
      case token.text: {
        const text = this.#text(2);
        return text === undefined ? undefined : { kind: "text", text };
      }
      case token.cdata: {
        const text = this.#text(1);
        return text === undefined ? undefined : { kind: "text", text };
      }
      case token.character: {
        if (this.at + 3 > this.#end) return undefined;
        this.at += 3;
        return { kind: "text", text: String.fromCharCode(view.getUint16(this.at - 2, true)) };
      }
      case token.entity: {
        this.at += 1;
        const name = this.#name();
        return name === undefined ? undefined : { kind: "text", text: entities.get(name) ?? `&${name};` };
      }
      case token.instructionTarget: {
        this.at += 1;
        return this.#name() === undefined ? undefined : "nothing";
      }
      case token.instructionData:
        return this.#text(1) === undefined ? undefined : "nothing";
      case token.substitution:
      case token.optionalSubstitution: {
        if (this.at + 4 > this.#end) return undefined;
        const index = view.getUint16(this.at + 1, true);
        const type = view.getUint8(this.at + 3);
        this.at += 4;
        return { kind: "substitution", index, type, optional: kind === token.optionalSubstitution };
      }
      case token.instance: {
        const at = this.at;
        const header = readInstanceHeader(this.#bytes, at, this.#end);
        const end = header && endOfValues(this.#bytes, header, this.#end);
        if (end === undefined) return undefined;
        this.at = end;
        return { kind: "instance", at };
      }
      default:
        return undefined;
    }
  }
}

/** The name at an offset of the chunk: link, hash, length, text. `undefined` when it exceeds the chunk. */
export function nameAt(bytes: Bytes, offset: number): string | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const length = bytes.view.getUint16(offset + 6, true);
  if (offset + 8 + length * 2 > bytes.length) return undefined;
  const text = scalarText(bytes, valueType.text, offset + 8, length * 2);
  return text.length === length ? text : undefined;
}
