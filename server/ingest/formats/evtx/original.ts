/** A record as a plain JSON value with the content of its XML. */
import type { Element, Part } from "./binary-xml.ts";
import type { Bytes } from "./bytes.ts";
import { recordHeader, tooExpensive } from "./record-reader.ts";
import { deepestNesting, openFragment, Substitutions, textOf } from "./substitutions.ts";
import type { Templates } from "./templates.ts";
import { valueType } from "./value-text.ts";

/** Text, or the members of an element by name; a repeated name has a list. */
export type JsonValue = string | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

type Members = Record<string, JsonValue>;

/**
 * The children of the `Event` element of a record, such as `{System: {...}, EventData: {...}}`. `Data` elements are
 * keyed by their `Name`. An element with attributes is an object of them, with its text, if any, as `#text`. Decoded
 * from the bytes on every call.
 */
export function originalOf(bytes: Bytes, templates: Templates, start: number, end: number): JsonValue {
  const members: Members = {};
  templates.startRecord();
  new Rendering(bytes, templates).fragment(members, start + recordHeader, end, 0);
  if (!templates.spend(0)) return tooExpensive;
  return ownMember(members, "Event") ?? members;
}

// Ordinary objects, because V8 stores those without a prototype as slow dictionaries. Names come from the log, so they
// are always looked up as own members, and `__proto__` is defined instead of assigned.
function ownMember(members: Members, name: string): JsonValue | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function setMember(members: Members, name: string, value: JsonValue): void {
  if (name !== "__proto__") members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}

function addMember(members: Members, name: string, value: JsonValue): void {
  const before = ownMember(members, name);
  if (before === undefined) setMember(members, name, value);
  else setMember(members, name, Array.isArray(before) ? [...before, value] : [before, value]);
}

function addText(members: Members, text: string): void {
  if (text === "") return;
  const before = ownMember(members, "#text");
  members["#text"] = typeof before === "string" ? before + text : text;
}

/** Values by nesting depth, reused by every call: a call is synchronous. */
const pool: readonly Substitutions[] = Array.from({ length: deepestNesting }, () => new Substitutions());

class Rendering {
  readonly #bytes: Bytes;
  readonly #templates: Templates;

  constructor(bytes: Bytes, templates: Templates) {
    this.#bytes = bytes;
    this.#templates = templates;
  }

  fragment(members: Members, start: number, end: number, depth: number): void {
    const values = pool[depth];
    if (values === undefined) return;
    const parts = openFragment(this.#bytes, this.#templates, start, end, values);
    if (parts !== undefined) this.#parts(members, parts, values, depth);
  }

  #parts(members: Members, parts: readonly Part[], values: Substitutions, depth: number): void {
    for (const part of parts) {
      if (!this.#templates.spend(1 + (part.kind === "substitution" ? values.size(part.index) : 0))) return;
      if (part.kind === "element") this.#element(members, part, values, depth);
      else if (part.kind === "instance") this.fragment(members, part.at, this.#bytes.length, depth + 1);
      else if (part.kind === "text") addText(members, part.text);
      else if (values.type(part.index) === valueType.binaryXml) {
        const start = values.start(part.index);
        this.fragment(members, start, start + values.size(part.index), depth + 1);
      } else addText(members, values.text(this.#bytes, part.index));
    }
  }

  #element(members: Members, element: Element, values: Substitutions, depth: number): void {
    if (element.dependency >= 0 && values.type(element.dependency) === valueType.absent) return;
    let { name } = element;
    let own: Members | undefined;
    for (const { name: key, parts } of element.attributes) {
      const [only] = parts;
      if (only?.kind === "substitution" && only.optional && values.type(only.index) === valueType.absent) continue;
      if (key === "xmlns") continue;
      const text = textOf(this.#bytes, this.#templates, parts, values, depth);
      if (key === "Name" && element.name === "Data") name = text;
      else {
        own ??= {};
        setMember(own, key, text);
      }
    }
    const [only] = element.children;
    if (own === undefined && (only === undefined || (only.kind === "substitution" && element.children.length === 1))) {
      const type = only === undefined ? valueType.absent : values.type(only.index);
      if (only !== undefined && !this.#templates.spend(values.size(only.index))) return;
      if (only !== undefined && type & valueType.array) {
        for (const text of values.texts(this.#bytes, only.index)) addMember(members, name, text);
        return;
      }
      if (type !== valueType.binaryXml) {
        addMember(members, name, only === undefined ? "" : values.text(this.#bytes, only.index));
        return;
      }
    }
    own ??= {};
    this.#parts(own, element.children, values, depth);
    const keys = Object.keys(own);
    const text = keys.length === 1 ? ownMember(own, "#text") : undefined;
    addMember(members, name, keys.length === 0 ? "" : (text ?? own));
  }
}
