import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type ParsedNode,
  parseAllDocuments,
  visit,
} from "yaml";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { maximumNesting } from "../languages/source.ts";
import {
  nestsTooDeep,
  offsetProblem,
  type Path,
  type Places,
  placesIn,
  type Scalar,
  type Spot,
  tooDeep,
} from "./places.ts";

/**
 * All documents of a YAML text, at least one, as plain values. Aliases may make up a hundred nodes in each, which rules
 * do not come near and YAML bombs exceed at once.
 */
export function parseYamlDocuments(text: string): Result<readonly unknown[], Problem> {
  try {
    const all = documentsOf(text);
    if (all.length === 0) {
      return fail({ code: "rule.yaml-syntax", message: "the file is empty", at: { line: 1, column: 1 } });
    }
    const error = all.flatMap((document) => document.errors)[0];
    if (error !== undefined) {
      // The library reports a stack overflow like any other error.
      const message = /call stack/.test(error.message) ? tooDeep : error.message;
      return fail(offsetProblem("rule.yaml-syntax", message, text, error.pos[0]));
    }
    const flaw = all.map(({ contents }) => firstFlaw(contents)).find((found) => found !== undefined);
    if (flaw !== undefined) {
      return fail(offsetProblem("rule.yaml-syntax", flaw.message, text, flaw.at));
    }
    return valuesOf(all, text);
  } catch (error) {
    if (error instanceof RangeError) {
      return fail(nestsTooDeep("rule.yaml-syntax", text));
    }
    throw error;
  }
}

function documentsOf(text: string): readonly Document.Parsed[] {
  // The library compares each key with all before it, which takes minutes where there are very many.
  const documents = parseAllDocuments(text, { logLevel: "silent", prettyErrors: false, uniqueKeys: false });
  return Array.isArray(documents) ? documents : [];
}

function valuesOf(documents: readonly Document.Parsed[], text: string): Result<readonly unknown[], Problem> {
  const values: unknown[] = [];
  for (const document of documents) {
    const tooMuch = excessiveAlias(document);
    if (tooMuch !== undefined) {
      const message = `the aliases stand for more than ${maximumAliased} characters: write out fewer, or shorter, values`;
      return fail(offsetProblem("rule.yaml-syntax", message, text, tooMuch));
    }
    try {
      values.push(document.toJS({ maxAliasCount: 100 }));
    } catch (error) {
      // Unresolved and excessive aliases.
      if (error instanceof ReferenceError) {
        return fail(offsetProblem("rule.yaml-syntax", error.message, text, aliasToBlame(document)));
      }
      throw error;
    }
  }
  return ok(values);
}

/** Characters and values that all aliases of a document may stand for, those in what they name included. */
const maximumAliased = 200_000;

/**
 * Where the aliases begin to stand for too much. The library only counts how often a value is named, and not how large
 * it is; everything that reads the values sees them each time.
 */
function excessiveAlias(document: Document.Parsed): number | undefined {
  const anchors = new Map<string, number>();
  let aliased = 0;
  let excessive: number | undefined;
  /** How much a value is when its aliases are written out. Anchors precede their aliases. */
  const sizeOf = (node: unknown): number => {
    if (isPair(node)) {
      return sizeOf(node.key) + sizeOf(node.value);
    }
    if (isAlias(node)) {
      const size = anchors.get(node.source) ?? 1;
      aliased += size;
      if (aliased > maximumAliased) {
        excessive ??= node.range?.[0] ?? 0;
      }
      return size;
    }
    const size = isCollection(node)
      ? node.items.reduce<number>((sum, item) => sum + sizeOf(item), 1)
      : 1 + (isScalar(node) ? String(node.value).length : 0);
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) {
      anchors.set(node.anchor, size);
    }
    return size;
  };
  sizeOf(document.contents);
  return excessive;
}

/** The first alias that nothing resolves, or else the first. */
function aliasToBlame(document: Document.Parsed): number {
  const anchors = new Set<string>();
  let first: number | undefined;
  let unresolved: number | undefined;
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const at = node.range?.[0] ?? 0;
        first ??= at;
        unresolved ??= anchors.has(node.source) ? undefined : at;
      } else if (node.anchor !== undefined) {
        anchors.add(node.anchor);
      }
    },
  });
  return unresolved ?? first ?? 0;
}

/** Where things stand in one of the documents of a YAML text that has been read before. */
export function yamlPlaces(text: string, position = 0): Places {
  return placesIn(text, (path) => {
    const { part, start } = position === 0 ? partWith(path[0], text) : { part: text, start: 0 };
    try {
      const documents = documentsOf(part);
      const { at, scalar } = find(part, documents[position] ?? documents[0], path);
      return {
        at: at + start,
        ...(scalar === undefined
          ? {}
          : { scalar: { ...scalar, start: scalar.start + start, end: scalar.end + start } }),
      };
    } catch (error) {
      // It nests nearly too deep: what could be read before can need more of the stack here.
      if (error instanceof RangeError) {
        return { at: start };
      }
      throw error;
    }
  });
}

/**
 * The lines that one key of the outermost mapping takes up: what belongs to it is indented. Reading these alone is much
 * faster. The whole text where it is not that simple.
 */
function partWith(key: PropertyKey | undefined, text: string): { readonly part: string; readonly start: number } {
  const isPlain = typeof key === "string" && /^[a-z_]+$/.test(key) && !/\n---/.test(text);
  const found = isPlain ? new RegExp(`^${key}:(?=\\s)`, "m").exec(text) : null;
  if (found === null) {
    return { part: text, start: 0 };
  }
  const end = /\n(?=[^\s#])/g;
  end.lastIndex = found.index;
  return { part: text.slice(found.index, end.exec(text)?.index), start: found.index };
}

function find(text: string, document: Document.Parsed | undefined, path: Path): Spot {
  let node: unknown = document?.contents;
  let at = startOf(node) ?? 0;
  for (const step of path) {
    const within = document !== undefined && isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(within)
      ? within.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined;
    const item = isSeq(within) && typeof step === "number" ? within.items[step] : undefined;
    if (pair === undefined && item === undefined) {
      return { at };
    }
    at = startOf(pair?.key ?? item) ?? at;
    node = pair?.value ?? item;
  }
  const scalar = scalarOf(text, node);
  return scalar === undefined ? { at } : { at, scalar };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function scalarOf(text: string, node: unknown): Scalar | undefined {
  if (!isScalar(node) || !node.range || typeof node.value !== "string") {
    return undefined;
  }
  const [start, end] = node.range;
  switch (node.type) {
    case "QUOTE_DOUBLE":
      return { start: start + 1, end: end - 1, escapes: "backslashes" };
    case "QUOTE_SINGLE":
      return { start: start + 1, end: end - 1, escapes: "quotes" };
    case "BLOCK_FOLDED":
    case "BLOCK_LITERAL":
      // The line of a block's header does not belong to it.
      return { start: Math.min(text.indexOf("\n", start) + 1, end), end, escapes: "none" };
    default:
      return { start, end, escapes: "none" };
  }
}

/** The first duplicate key of a mapping, or the first value nested too deeply. */
function firstFlaw(contents: ParsedNode | null): { readonly message: string; readonly at: number } | undefined {
  let flaw: { readonly message: string; readonly at: number } | undefined;
  visit(contents, {
    Collection(_, collection, path) {
      if (path.length > maximumNesting) {
        flaw = { message: tooDeep, at: collection.range?.[0] ?? 0 };
        return visit.BREAK;
      }
      const keys = new Set<unknown>();
      for (const { key } of isMap(collection) ? collection.items : []) {
        if (isScalar(key)) {
          if (keys.has(key.value)) {
            flaw = { message: `the key ${String(key.value).slice(0, 100)} is there twice`, at: key.range?.[0] ?? 0 };
            return visit.BREAK;
          }
          keys.add(key.value);
        }
      }
      return undefined;
    },
  });
  return flaw;
}
