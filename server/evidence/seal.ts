import { hash } from "node:crypto";
import type { Bundle } from "#contracts/bundle";
import { canonicalJson } from "../lib/canonical-json.ts";
import { withHidden } from "../lib/visible.ts";

/** Hashes of a bundle, and its text. */

/** SHA-256 of a value as canonical JSON, in hex: the way in which the audit trail is hashed, too. */
export function valueHash(value: unknown): string {
  return hash("sha256", canonicalJson(value), "hex");
}

/** The hashes of a document without them. The last one stands for the whole document: it is what people note down. */
export function bundleHashes(document: Omit<Bundle, "hashes">): Bundle["hashes"] {
  const { sections } = document;
  const bySection = Object.fromEntries(Object.entries(sections).map(([name, value]) => [name, valueHash(value)]));
  return { sections: bySection, bundle: wholeHash(document, bySection) };
}

/** The hash of a document whose sections have these hashes. */
export function wholeHash(
  { sections: _, ...rest }: Omit<Bundle, "hashes">,
  hashes: Bundle["hashes"]["sections"],
): string {
  return valueHash({ ...rest, sections: hashes });
}

/**
 * The text of the JSON file, and of the document within the HTML file. Equal documents have equal text: keys are
 * sorted. Nothing in it can end a `script` element, or reorder or hide text in an editor.
 */
export function bundleText(bundle: unknown): string {
  const text = JSON.stringify(sorted(bundle), undefined, 1).replaceAll("<", "\\u003c");
  return `${withHidden(text, escaped, { lines: true })}\n`;
}

function escaped(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}

/** Without a prototype, because records can have a field called `__proto__`. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    copy[key] = sorted(item);
  }
  return copy;
}
