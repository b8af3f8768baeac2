/**
 * Templates by their position in the chunk. Every chunk repeats the templates of earlier ones, so a parsed template is
 * also kept by its GUID and reused when the new definition is the same.
 */
import { definitionHeader, type Part, parseFragment } from "./binary-xml.ts";
import type { Bytes } from "./bytes.ts";
import { type Context, compilePlan, type Plan } from "./plan.ts";

export class Template {
  readonly parts: readonly Part[];
  readonly #plans: (Plan | undefined)[] = [];

  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }

  /** How to read a record with this template inside `context`; compiled at first use. */
  plan(context: Context): Plan {
    const known = this.#plans[context];
    if (known !== undefined) return known;
    const made = compilePlan(this.parts, context);
    this.#plans[context] = made;
    return made;
  }
}

/** A definition in the chunk it was parsed from, for comparison with later ones. */
interface Known {
  readonly template: Template;
  readonly content: Buffer;
  /** Positions of name offsets within `content`. */
  readonly names: readonly number[];
  readonly texts: readonly string[];
}

/** The definitions seen so far, by GUID. */
export type KnownTemplates = Map<string, Known>;

/** Limit of definitions kept across chunks: real logs have some hundreds, hostile files could have any number. */
const mostKnown = 4096;

/**
 * Budget of one record, in steps and bytes of values read. A real record has at most 64 KiB and uses each value once or
 * twice; nested templates that refer to the same value repeatedly could grow exponentially.
 */
const recordBudget = 1 << 20;

/** The templates of one chunk, and the budget of the record being read. */
export class Templates {
  readonly #inChunk = new Map<number, Template | undefined>();
  readonly #known: KnownTemplates;

  #left = recordBudget;

  constructor(known: KnownTemplates) {
    this.#known = known;
  }

  startRecord(): void {
    this.#left = recordBudget;
  }

  /** Returns false once the record has exceeded its budget. */
  spend(cost: number): boolean {
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** The template whose definition is at this position of the chunk; `undefined` when it is invalid. */
  find(bytes: Bytes, definition: number): Template | undefined {
    const found = this.#inChunk.get(definition);
    if (found !== undefined || this.#inChunk.has(definition)) return found;
    const template = this.#load(bytes, definition);
    this.#inChunk.set(definition, template);
    return template;
  }

  #load(bytes: Bytes, definition: number): Template | undefined {
    const start = definition + definitionHeader;
    if (start > bytes.length) return undefined;
    const end = start + bytes.view.getUint32(definition + 20, true);
    if (end > bytes.length) return undefined;
    const key = bytes.buffer.toString("latin1", definition + 4, start);
    const known = this.#known.get(key);
    if (known !== undefined && isSame(bytes, start, known)) return known.template;
    const positions: number[] = [];
    const fragment = parseFragment(bytes, start, end, true, positions);
    if (fragment === undefined) return undefined;
    const template = new Template(fragment.parts);
    if (this.#known.size >= mostKnown) this.#known.clear();
    const names = positions.map((position) => position - start);
    this.#known.set(key, {
      template,
      content: Buffer.from(bytes.buffer.subarray(start, end)),
      names,
      texts: positions.map((position) => nameText(bytes, position)),
    });
    return template;
  }
}

function nameText(bytes: Bytes, position: number): string {
  const offset = bytes.view.getUint32(position, true);
  return bytes.buffer.toString("utf16le", offset + 8, offset + 8 + bytes.view.getUint16(offset + 6, true) * 2);
}

/**
 * Whether the definition at `start` equals a known one. Offsets of names differ between chunks although the names are
 * equal; all other bytes must be equal, except the link of a name stored within the definition.
 */
function isSame(bytes: Bytes, start: number, known: Known): boolean {
  const { buffer, view } = bytes;
  const { content } = known;
  let from = 0;
  for (let index = 0; index < known.names.length; index++) {
    const position = known.names[index] ?? 0;
    for (; from < position; from++) if (buffer[start + from] !== content[from]) return false;
    const offset = view.getUint32(start + position, true);
    if (!isName(bytes, offset, known.texts[index] ?? "")) return false;
    from += 4;
    // A name stored here begins with a link to another one, which is specific to the chunk.
    if (offset === start + from) from += 4;
  }
  for (; from < content.length; from++) if (buffer[start + from] !== content[from]) return false;
  return true;
}

function isName(bytes: Bytes, offset: number, text: string): boolean {
  if (offset + 8 + text.length * 2 > bytes.length) return false;
  if (bytes.view.getUint16(offset + 6, true) !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes.view.getUint16(offset + 8 + index * 2, true) !== text.charCodeAt(index)) return false;
  }
  return true;
}
