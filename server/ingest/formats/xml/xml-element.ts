/**
 * The XML of one Windows record as a tree. Supports what Windows writes: elements, attributes, text, CDATA, comments,
 * the five named entities and numeric character references. Document types and entity declarations are rejected, so
 * nothing expands and nothing is fetched. Characters that XML forbids occur in real logs and are kept.
 */

export interface XmlElement {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, concatenated. */
  readonly text: string;
}

export interface XmlFault {
  readonly message: string;
  /** UTF-16 units from the start of the text. */
  readonly at: number;
}

export type XmlResult =
  | { readonly ok: true; readonly element: XmlElement }
  | { readonly ok: false; readonly fault: XmlFault };

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 10_000;

/** Parses a text that is one element. Linear in its length. */
export function readXmlElement(text: string): XmlResult {
  try {
    return { ok: true, element: new ElementParser(text).parse() };
  } catch (error) {
    if (error instanceof XmlError) {
      return { ok: false, fault: { message: error.message, at: error.at } };
    }
    throw error;
  }
}

class XmlError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

interface OpenElement {
  /** With its namespace prefix, as in its end tag. */
  readonly name: string;
  readonly element: XmlElement & { readonly children: XmlElement[]; text: string };
}

class ElementParser {
  readonly #text: string;
  readonly #open: OpenElement[] = [];
  #elements = 0;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): XmlElement {
    while (this.#at < this.#text.length) {
      const tag = this.#text.indexOf("<", this.#at);
      this.#characters(tag < 0 ? this.#text.length : tag);
      if (tag < 0) {
        break;
      }
      const root = this.#markup(tag);
      if (root !== undefined) {
        return root;
      }
    }
    const unfinished = this.#open.at(-1);
    const message = unfinished === undefined ? "no element" : `<${excerpt(unfinished.name)}> has no end tag`;
    throw new XmlError(message, this.#text.length);
  }

  /** Text up to the next markup. */
  #characters(end: number): void {
    const inside = this.#open.at(-1);
    if (inside !== undefined && end > this.#at) {
      inside.element.text += unescaped(this.#text, this.#at, end);
    } else if (this.#text.slice(this.#at, end).trim() !== "") {
      throw new XmlError("text outside of an element", this.#at);
    }
  }

  /** Returns the root element once it is complete. */
  #markup(tag: number): XmlElement | undefined {
    const text = this.#text;
    if (text.startsWith("<!--", tag)) {
      this.#at = endOf(text, "-->", tag, "a comment");
    } else if (text.startsWith("<![CDATA[", tag)) {
      this.#at = endOf(text, "]]>", tag, "a CDATA section");
      const inside = this.#open.at(-1);
      if (inside !== undefined) {
        inside.element.text += text.slice(tag + "<![CDATA[".length, this.#at - "]]>".length);
      }
    } else if (text.startsWith("<!", tag)) {
      throw new XmlError("declarations (DOCTYPE, ENTITY) are not supported", tag);
    } else if (text.startsWith("<?", tag)) {
      this.#at = endOf(text, "?>", tag, "a processing instruction");
    } else if (text.startsWith("</", tag)) {
      return this.#endTag(tag);
    } else {
      return this.#startTag(tag);
    }
    return undefined;
  }

  #startTag(tag: number): XmlElement | undefined {
    this.#elements++;
    if (this.#elements > MAX_ELEMENTS) {
      throw new XmlError(`more than ${MAX_ELEMENTS} elements`, tag);
    }
    if (this.#open.length >= MAX_DEPTH) {
      throw new XmlError(`elements nest deeper than ${MAX_DEPTH}`, tag);
    }
    const start = readStartTag(this.#text, tag);
    const inside = this.#open.at(-1);
    inside?.element.children.push(start.element);
    this.#at = start.end;
    if (!start.empty) {
      this.#open.push(start);
      return undefined;
    }
    return inside === undefined ? start.element : undefined;
  }

  #endTag(tag: number): XmlElement | undefined {
    this.#at = endOf(this.#text, ">", tag, "an end tag");
    const name = this.#text.slice(tag + 2, this.#at - 1).trim();
    const closed = this.#open.pop();
    if (closed === undefined) {
      throw new XmlError(`</${excerpt(name)}> has no start tag`, tag);
    }
    if (closed.name !== name) {
      throw new XmlError(`</${excerpt(name)}> does not match <${excerpt(closed.name)}>`, tag);
    }
    if (this.#open.length > 0) {
      return undefined;
    }
    if (this.#text.slice(this.#at).trim() !== "") {
      throw new XmlError("text after the end of the element", this.#at);
    }
    return closed.element;
  }
}

const namePattern = /[^\s<>/=&'"]+/y;
const spacePattern = /\s*/y;

function readStartTag(text: string, tag: number) {
  const name = match(namePattern, text, tag + 1);
  if (name === "") {
    throw new XmlError("< is not followed by a name", tag);
  }
  const attributes = new Map<string, string>();
  let at = tag + 1 + name.length;
  for (;;) {
    at += match(spacePattern, text, at).length;
    if (text.startsWith(">", at) || text.startsWith("/>", at)) {
      break;
    }
    const key = match(namePattern, text, at);
    const equals = at + key.length + match(spacePattern, text, at + key.length).length;
    const quoteAt = equals + 1 + match(spacePattern, text, equals + 1).length;
    const quote = text[quoteAt];
    if (key === "" || text[equals] !== "=" || (quote !== "'" && quote !== '"')) {
      throw new XmlError(`expected an attribute, > or /> in <${excerpt(name)}>`, at);
    }
    const end = text.indexOf(quote, quoteAt + 1);
    if (end < 0) {
      throw new XmlError(`the value of the attribute ${excerpt(key)} has no closing quote`, quoteAt);
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

/** The position after the next `terminator`. */
function endOf(text: string, terminator: string, start: number, what: string): number {
  const found = text.indexOf(terminator, start);
  if (found < 0) {
    throw new XmlError(`${what} has no end`, start);
  }
  return found + terminator.length;
}

const namedEntities: ReadonlyMap<string, string> = new Map([
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
      throw new XmlError("& is not followed by a known entity or character number and a semicolon", ampersand);
    }
    result += text.slice(at, ampersand) + character;
    at = ampersand + 1 + semicolon + 1;
  }
  return result + text.slice(at, end);
}

function characterOf(reference: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(reference) ?? [];
  if (hexadecimal === undefined && decimal === undefined) {
    return namedEntities.get(reference);
  }
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code > 0x10ffff ? undefined : String.fromCodePoint(code);
}

/** A name for a message. */
function excerpt(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}
