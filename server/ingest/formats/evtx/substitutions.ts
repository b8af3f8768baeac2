/** The values of one template instance, and template content as text with those values inserted. */
import { type InstanceHeader, type Part, parseFragment, readInstanceHeader } from "./binary-xml.ts";
import type { Bytes } from "./bytes.ts";
import type { Templates } from "./templates.ts";
import { arrayTexts, scalarText, valueType } from "./value-text.ts";

/** Limit of templates nested in values: more than real logs have, too few for hostile bytes to exhaust the stack. */
export const deepestNesting = 12;

const room = 64;

/** Types, positions and sizes of the values of an instance. Reusable, so that reading a record allocates none. */
export class Substitutions {
  count = 0;
  /** The position after the last value. */
  end = 0;
  types = new Uint8Array(room);
  starts = new Uint32Array(room);
  sizes = new Uint16Array(room);

  /** Reads the table at `header.values`. Returns false when it or its values exceed `end`. */
  read(bytes: Bytes, header: InstanceHeader, end: number): boolean {
    this.count = 0;
    let at = header.values + 4;
    if (at > end) return false;
    const count = bytes.view.getUint32(header.values, true);
    // The table must fit into the chunk, which bounds the count and with it the allocation below.
    let start = at + count * 4;
    if (start > end) return false;
    if (count > this.types.length) {
      this.types = new Uint8Array(count);
      this.starts = new Uint32Array(count);
      this.sizes = new Uint16Array(count);
    }
    for (let index = 0; index < count; index++, at += 4) {
      const size = bytes.view.getUint16(at, true);
      this.types[index] = bytes.view.getUint8(at + 2);
      this.starts[index] = start;
      this.sizes[index] = size;
      start += size;
    }
    if (start > end) return false;
    this.count = count;
    this.end = start;
    return true;
  }

  clear(): void {
    this.count = 0;
  }

  type(index: number): number {
    return index < this.count ? (this.types[index] ?? 0) : valueType.absent;
  }

  start(index: number): number {
    return this.starts[index] ?? 0;
  }

  size(index: number): number {
    return index < this.count ? (this.sizes[index] ?? 0) : 0;
  }

  /** The text of a value other than nested binary XML; array items are joined by commas. */
  text(bytes: Bytes, index: number): string {
    const type = this.type(index);
    if (type & valueType.array) return this.texts(bytes, index).join(", ");
    return scalarText(bytes, type, this.start(index), this.size(index));
  }

  /** The items of an array value. */
  texts(bytes: Bytes, index: number): readonly string[] {
    return arrayTexts(bytes, this.type(index), this.start(index), this.size(index));
  }
}

/** The text of parts, including elements and nested content. */
export function textOf(
  bytes: Bytes,
  templates: Templates,
  parts: readonly Part[],
  values: Substitutions,
  depth: number,
): string {
  let text = "";
  for (const part of parts) {
    const cost = part.kind === "substitution" ? values.size(part.index) : part.kind === "text" ? part.text.length : 0;
    if (!templates.spend(1 + cost)) return text;
    if (part.kind === "text") text += part.text;
    else if (part.kind === "element") text += textOf(bytes, templates, part.children, values, depth);
    else if (part.kind === "instance") text += fragmentText(bytes, templates, part.at, bytes.length, depth + 1);
    else if (values.type(part.index) !== valueType.binaryXml) text += values.text(bytes, part.index);
    else {
      const start = values.start(part.index);
      text += fragmentText(bytes, templates, start, start + values.size(part.index), depth + 1);
    }
  }
  return text;
}

function fragmentText(bytes: Bytes, templates: Templates, start: number, end: number, depth: number): string {
  if (depth > deepestNesting) return "";
  const values = new Substitutions();
  const parts = openFragment(bytes, templates, start, end, values);
  return parts === undefined ? "" : textOf(bytes, templates, parts, values, depth);
}

/**
 * The content of a fragment: a template, whose values are read into `values`, or loose elements, which have none.
 * `undefined` for invalid binary XML.
 */
export function openFragment(
  bytes: Bytes,
  templates: Templates,
  start: number,
  end: number,
  values: Substitutions,
): readonly Part[] | undefined {
  const at = fragmentStart(bytes, start, end);
  if (at < end && (bytes.view.getUint8(at) & 0xbf) === instanceToken) {
    const header = readInstanceHeader(bytes, at, end);
    const template = header && templates.find(bytes, header.definition);
    if (template === undefined || header === undefined || !values.read(bytes, header, end)) return undefined;
    return template.parts;
  }
  values.clear();
  return (parseFragment(bytes, at, end, false) ?? parseFragment(bytes, at, end, true))?.parts;
}

export const instanceToken = 0x0c;
const fragmentHeaderToken = 0x0f;

/** The position of the first token after the fragment header, which nested fragments may lack. */
export function fragmentStart(bytes: Bytes, start: number, end: number): number {
  return start + 4 <= end && bytes.view.getUint8(start) === fragmentHeaderToken ? start + 4 : start;
}
