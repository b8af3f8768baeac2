import { escapeHidden } from "./visible-text.ts";

/** A text as EQL writes it: JSON has other escapes for invisible characters. Wildcards in it keep their meaning. */
export function eqlText(value: string): string {
  const quoted = value.replace(/[\\"]/g, "\\$&");
  return `"${escapeHidden(quoted, (hex) => `\\u{${hex.padStart(2, "0")}}`)}"`;
}

/** The hunt page with an EQL query that runs at once. */
export function huntPath(query: string): string {
  return `/hunt?language=eql&query=${encodeURIComponent(query)}`;
}
