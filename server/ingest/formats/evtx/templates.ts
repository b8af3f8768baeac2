/**
 * Templates by their place in the chunk. A chunk repeats the templates of the one before it, so a parsed template is kept
 * by its GUID too and used again when the new definition says the same.
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

  /** What a record does with this template where it stands in `context`; made at first use. */
  plan(context: Context): Plan {
    const known = this.#plans[context];
    if (known !== undefined) return known;
    const made = compilePlan(this.parts, context);
    this.#plans[context] = made;
    return made;
  }
}

/** A definition as it was in the chunk that it was parsed from, with the places of its names, for comparison. */
interface Known {
  readonly template: Template;
  readonly content: Buffer;
  /** Places of name offsets within `content`. */
  readonly names: readonly number[];
  readonly texts: readonly string[];
}

/** The definitions of the chunks so far, by GUID. */
export type KnownTemplates = Map<string, Known>;

/** How many definitions are kept across chunks; logs have some hundreds, hostile files could have any number. */
const mostKnown = 4096;

/**
 * What one record may cost: steps taken and bytes of values read. A record has at most 64 KiB and uses each value once or
 * twice; nested templates that name the same value again and again could multiply without end.
 */
const recordBudget = 1 << 20;

/** The templates of one chunk, and the budget of the record that is being read with them. */
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

  /** False once the record has cost more than it may. */
  spend(cost: number): boolean {
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** The template whose definition is at this place of the chunk; `undefined` where there is none that makes sense. */
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
    const places: number[] = [];
    const fragment = parseFragment(bytes, start, end, true, places);
    if (fragment === undefined) return undefined;
    const template = new Template(fragment.parts);
    if (this.#known.size >= mostKnown) this.#known.clear();
    const names = places.map((place) => place - start);
    this.#known.set(key, {
      template,
      content: Buffer.from(bytes.buffer.subarray(start, end)),
      names,
      texts: places.map((place) => nameText(bytes, place)),
    });
    return template;
  }
}

function nameText(bytes: Bytes, place: number): string {
  const offset = bytes.view.getUint32(place, true);
  return bytes.buffer.toString("utf16le", offset + 8, offset + 8 + bytes.view.getUint16(offset + 6, true) * 2);
}

/**
 * Whether the definition at `start` says the same as a known one. The offsets of names differ between chunks while the
 * names are equal; all other bytes must be equal, save the link of a name that lies within the definition.
 */
function isSame(bytes: Bytes, start: number, known: Known): boolean {
  const { buffer, view } = bytes;
  const { content } = known;
  let from = 0;
  for (let index = 0; index < known.names.length; index++) {
    const place = known.names[index] ?? 0;
    for (; from < place; from++) if (buffer[start + from] !== content[from]) return false;
    const offset = view.getUint32(start + place, true);
    if (!isName(bytes, offset, known.texts[index] ?? "")) return false;
    from += 4;
    // A name that lies here begins with a link to another one, which belongs to the chunk.
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
