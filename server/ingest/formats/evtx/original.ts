/** A record as a plain JSON value: the same content as its XML, attributes beside text. */
import type { Element, Part } from "./binary-xml.ts";
import type { Bytes } from "./bytes.ts";
import { recordHeader } from "./record-reader.ts";
import { deepestNesting, openFragment, Substitutions, textOf } from "./substitutions.ts";
import type { Templates } from "./templates.ts";
import { valueType } from "./value-text.ts";

/** Text, or the members of an element by name; a name that occurs more than once has a list. */
export type JsonValue = string | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

type Members = Record<string, JsonValue>;

/**
 * The children of the `Event` element of a record, such as `{System: {...}, EventData: {...}}`. `Data` elements stand under
 * their `Name`; an element with attributes alone is an object of them, one with text and attributes has its text as
 * `#text`. Objects have no prototype, because names come from the log.
 */
export function originalOf(bytes: Bytes, templates: Templates, start: number, end: number): JsonValue {
  const members: Members = Object.create(null);
  addFragment({ bytes, templates }, members, start + recordHeader, end, 0);
  const event = members["Event"];
  return event === undefined ? members : event;
}

interface Source {
  readonly bytes: Bytes;
  readonly templates: Templates;
}

function addFragment(source: Source, members: Members, start: number, end: number, depth: number): void {
  if (depth > deepestNesting) return;
  const content = openFragment(source.bytes, source.templates, start, end, new Substitutions());
  if (content !== undefined) addParts(source, members, content.parts, content.values, depth);
}

function addParts(
  source: Source,
  members: Members,
  parts: readonly Part[],
  values: Substitutions,
  depth: number,
): void {
  for (const part of parts) {
    if (part.kind === "element") addElement(source, members, part, values, depth);
    else if (part.kind === "instance") addFragment(source, members, part.at, source.bytes.length, depth + 1);
    else if (part.kind === "text") addText(members, part.text);
    else if (values.type(part.index) === valueType.binaryXml) {
      const start = values.start(part.index);
      addFragment(source, members, start, start + values.size(part.index), depth + 1);
    } else addText(members, values.text(source.bytes, part.index));
  }
}

function addText(members: Members, text: string): void {
  if (text === "") return;
  const before = members["#text"];
  members["#text"] = typeof before === "string" ? before + text : text;
}

function addMember(members: Members, name: string, value: JsonValue): void {
  const before = members[name];
  if (before === undefined) members[name] = value;
  else members[name] = Array.isArray(before) ? [...before, value] : [before, value];
}

function addElement(source: Source, members: Members, element: Element, values: Substitutions, depth: number): void {
  if (element.dependency >= 0 && values.type(element.dependency) === valueType.absent) return;
  const own: Members = Object.create(null);
  let name = element.name;
  let count = 0;
  for (const { name: key, parts } of element.attributes) {
    const [only] = parts;
    if (only?.kind === "substitution" && only.optional && values.type(only.index) === valueType.absent) continue;
    const text = textOf(source.bytes, source.templates, parts, values, depth);
    if (key === "Name" && element.name === "Data") name = text;
    else if (key !== "xmlns") {
      own[key] = text;
      count += 1;
    }
  }
  const [only] = element.children;
  if (element.children.length === 1 && only?.kind === "substitution") {
    const type = values.type(only.index);
    if (type & valueType.array) {
      for (const text of values.texts(source.bytes, only.index)) addMember(members, name, text);
      return;
    }
    if (count === 0 && type !== valueType.binaryXml) {
      addMember(members, name, values.text(source.bytes, only.index));
      return;
    }
  }
  addParts(source, own, element.children, values, depth);
  const text = own["#text"];
  const keys = Object.keys(own);
  if (keys.length === 0) addMember(members, name, "");
  else addMember(members, name, keys.length === 1 && text !== undefined ? text : own);
}
