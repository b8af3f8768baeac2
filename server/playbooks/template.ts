import type { Fields, Scalar } from "#contracts/event";
import { valuesOf } from "../event/event.ts";

export type Filled =
  /** Any of the values matches. */
  | { readonly kind: "filled"; readonly values: readonly Scalar[]; readonly multiValued: readonly string[] }
  | { readonly kind: "missing"; readonly fields: readonly string[] }
  | { readonly kind: "too-many"; readonly fields: readonly string[]; readonly limit: number };

/**
 * More combinations than this are refused: a hostile event could have thousands of values in each of several fields.
 */
const limit = 1000;

/** The names of the fields in `{{field}}` templates. */
export function templateFields(text: string): readonly string[] {
  return templatePieces(text).flatMap((piece) => (piece.kind === "field" ? [piece.name] : []));
}

/**
 * Fills `{{field}}` templates from the fields of an alert. A template that is the whole text keeps the type of the
 * value. A multi-valued field yields one text per value, several such fields all combinations. A missing field is
 * reported.
 */
export function fillTemplate(text: string, fields: Fields): Filled {
  const parts = templatePieces(text);
  const names = parts.flatMap((piece) => (piece.kind === "field" ? [piece.name] : []));
  const missing = [...new Set(names)].filter((name) => valuesOf(fields, name).length === 0);
  if (missing.length > 0) {
    return { kind: "missing", fields: missing };
  }
  const multiValued = [...new Set(names)].filter((name) => valuesOf(fields, name).length > 1);
  if (names.reduce((product, name) => product * valuesOf(fields, name).length, 1) > limit) {
    return { kind: "too-many", fields: multiValued, limit };
  }
  const [only] = parts;
  if (parts.length === 1 && only?.kind === "field") {
    return { kind: "filled", values: valuesOf(fields, only.name), multiValued };
  }
  let texts: readonly string[] = [""];
  for (const piece of parts) {
    const values = piece.kind === "text" ? [piece.text] : valuesOf(fields, piece.name).map(String);
    texts = texts.flatMap((head) => values.map((value) => head + value));
  }
  return { kind: "filled", values: texts, multiValued };
}

/** A text for people with the values of an alert; what is missing stays a template. Several values are listed. */
export function fillText(text: string, fields: Fields): string {
  return templatePieces(text)
    .map((piece) => {
      const values = piece.kind === "field" ? valuesOf(fields, piece.name) : [];
      return piece.kind === "text" ? piece.text : values.length === 0 ? piece.source : values.map(String).join(", ");
    })
    .join("");
}

/** A text outside of templates, or a template with the name of its field and as it is written. */
export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly name: string; readonly source: string };

/** The pieces of a text with `{{field}}` templates, at least one. */
export function templatePieces(text: string): readonly TemplatePiece[] {
  const found: TemplatePiece[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/g)) {
    if (match.index > at) {
      found.push({ kind: "text", text: text.slice(at, match.index) });
    }
    found.push({ kind: "field", name: match[1] ?? "", source: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length || found.length === 0) {
    found.push({ kind: "text", text: text.slice(at) });
  }
  return found;
}
