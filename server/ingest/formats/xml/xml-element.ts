/**
 * The XML of one Windows record as a tree. Only what Windows writes: elements, attributes, text, CDATA, comments, the five
 * named entities and characters by number. Declarations of documents and entities are refused, so nothing expands and
 * nothing is fetched; characters that XML forbids stand in real logs and are kept.
 */

export interface XmlElement {
  /** Without the prefix of a namespace. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, put together. */
  readonly text: string;
}

/** What is wrong, in words, and how many UTF-16 units into the text. */
export interface XmlDamage {
  readonly message: string;
  readonly at: number;
}

export type XmlRead =
  | { readonly ok: true; readonly element: XmlElement }
  | { readonly ok: false; readonly damage: XmlDamage };

const maximumDepth = 64;
const maximumElements = 10_000;

interface Open {
  readonly name: string;
  readonly element: XmlElement & { readonly children: XmlElement[]; text: string };
}

class Damage extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Reads the one element that the text is. Linear in its length. */
export function readXmlElement(text: string): XmlRead {
  try {
    return { ok: true, element: read(text) };
  } catch (error) {
    if (error instanceof Damage) {
      return { ok: false, damage: { message: error.message, at: error.at } };
    }
    throw error;
  }
}

function read(text: string): XmlElement {
  const open: Open[] = [];
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const inside = open.at(-1);
    const tag = text.indexOf("<", at);
    const end = tag < 0 ? text.length : tag;
    if (inside !== undefined && end > at) {
      inside.element.text += unescaped(text, at, end);
    } else if (text.slice(at, end).trim() !== "") {
      throw new Damage("text outside of an element", at);
    }
    if (tag < 0) {
      break;
    }
    if (text.startsWith("<!--", tag)) {
      at = behind(text, "-->", tag, "a comment");
    } else if (text.startsWith("<![CDATA[", tag)) {
      at = behind(text, "]]>", tag, "a CDATA section");
      if (inside !== undefined) {
        inside.element.text += text.slice(tag + "<![CDATA[".length, at - "]]>".length);
      }
    } else if (text.startsWith("<!", tag)) {
      throw new Damage("declarations (such as DOCTYPE and ENTITY) are not read", tag);
    } else if (text.startsWith("<?", tag)) {
      at = behind(text, "?>", tag, "an instruction");
    } else if (text.startsWith("</", tag)) {
      at = behind(text, ">", tag, "an end tag");
      const name = text.slice(tag + 2, at - 1).trim();
      const closed = open.pop();
      if (closed === undefined || closed.name !== name) {
        throw new Damage(`</${shown(name)}> ends ${closed === undefined ? "nothing" : `<${shown(closed.name)}>`}`, tag);
      }
      if (open.length === 0) {
        if (text.slice(at).trim() !== "") {
          throw new Damage("something follows the end of the element", at);
        }
        return closed.element;
      }
    } else {
      elements++;
      if (elements > maximumElements || open.length >= maximumDepth) {
        throw new Damage(
          elements > maximumElements
            ? `more than ${maximumElements} elements`
            : `elements nest deeper than ${maximumDepth}`,
          tag,
        );
      }
      const start = startTag(text, tag);
      inside?.element.children.push(start.element);
      at = start.end;
      if (!start.empty) {
        open.push(start);
      } else if (inside === undefined) {
        return start.element;
      }
    }
  }
  const unfinished = open.at(-1);
  throw new Damage(unfinished === undefined ? "no element" : `<${shown(unfinished.name)}> has no end`, text.length);
}

const nameThere = /[^\s<>/=&'"]+/y;
const spaceThere = /\s*/y;

function startTag(text: string, tag: number) {
  const name = match(nameThere, text, tag + 1);
  if (name === "") {
    throw new Damage("< is followed by no name", tag);
  }
  const attributes = new Map<string, string>();
  let at = tag + 1 + name.length;
  for (;;) {
    at += match(spaceThere, text, at).length;
    if (text.startsWith(">", at) || text.startsWith("/>", at)) {
      break;
    }
    const key = match(nameThere, text, at);
    const equals = at + key.length + match(spaceThere, text, at + key.length).length;
    const quoteAt = equals + 1 + match(spaceThere, text, equals + 1).length;
    const quote = text[quoteAt];
    if (key === "" || text[equals] !== "=" || (quote !== "'" && quote !== '"')) {
      throw new Damage(`expected an attribute, > or /> in <${shown(name)}>`, at);
    }
    const end = text.indexOf(quote, quoteAt + 1);
    if (end < 0) {
      throw new Damage(`the value of the attribute ${shown(key)} has no end`, quoteAt);
    }
    attributes.set(key, unescaped(text, quoteAt + 1, end));
    at = end + 1;
  }
  const empty = text[at] === "/";
  const children: XmlElement[] = [];
  return {
    name,
    element: { name: name.slice(name.indexOf(":") + 1), attributes, children, text: "" },
    end: at + (empty ? 2 : 1),
    empty,
  };
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function behind(text: string, end: string, start: number, what: string): number {
  const found = text.indexOf(end, start);
  if (found < 0) {
    throw new Damage(`${what} has no end`, start);
  }
  return found + end.length;
}

const named: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescaped(text: string, start: number, end: number): string {
  let result = "";
  let at = start;
  for (let ampersand = text.indexOf("&", at); ampersand >= 0 && ampersand < end; ampersand = text.indexOf("&", at)) {
    const semicolon = text.slice(ampersand + 1, ampersand + 12).indexOf(";");
    const character = semicolon < 0 ? undefined : characterOf(text.slice(ampersand + 1, ampersand + 1 + semicolon));
    if (character === undefined) {
      throw new Damage("& is not followed by the name or number of a character and a semicolon", ampersand);
    }
    result += text.slice(at, ampersand) + character;
    at = ampersand + 1 + semicolon + 1;
  }
  return result + text.slice(at, end);
}

function characterOf(reference: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(reference) ?? [];
  if (hexadecimal === undefined && decimal === undefined) {
    return named.get(reference);
  }
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code > 0x10ffff ? undefined : String.fromCodePoint(code);
}

function shown(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}
