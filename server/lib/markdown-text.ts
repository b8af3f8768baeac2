import { visible } from "./visible.ts";

/**
 * A value as text within Markdown, in a table, too: log values must not become headings, links, images, HTML, mentions
 * or further cells. Line breaks and what nobody sees are written out.
 */
export function markdownText(value: string): string {
  const escaped = visible(value.trim())
    .replace(/[\\`*_{}[\]<>|~#&@$!]/g, (sign) => `\\${sign}`)
    // What renderers make links of by themselves.
    .replace(/:(?=\/\/)/g, "\\:")
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}\\.`);
  // What begins a list or a line below a heading.
  return escaped.replace(/^[-+=]/, (sign) => `\\${sign}`).replace(/^(\d+)([.)])/, "$1\\$2");
}
