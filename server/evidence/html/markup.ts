import { escapeHtml } from "../../lib/escape-html.ts";
import { withHidden } from "../../lib/visible.ts";

/**
 * HTML that is safe because it is made in one way: whatever stands in a template is text unless it is HTML that came
 * from a template. Values of logs never stand in an attribute.
 */
export interface Html {
  readonly html: string;
}

type Content = string | number | undefined | false | Html | readonly Content[];

export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return { html: parts.map((part, index) => part + contentOf(values[index])).join("") };
}

/** A text whose line breaks are part of it. */
export function lines(text: string): Html {
  return { html: escaped(text, { lines: true }) };
}

function contentOf(value: Content): string {
  if (value === undefined || value === false) {
    return "";
  }
  if (typeof value === "string" || typeof value === "number") {
    return escaped(String(value), {});
  }
  return "html" in value ? value.html : value.map(contentOf).join("");
}

/** Characters that hide or reorder text are shown by their number. */
function escaped(text: string, options: { readonly lines?: boolean }): string {
  const marked = (codePoint: number) => `\uE000${codePoint.toString(16).toUpperCase().padStart(4, "0")}\uE001`;
  return escapeHtml(withHidden(text, marked, options)).replace(/\uE000([0-9A-F]+)\uE001/g, "<mark>U+$1</mark>");
}
