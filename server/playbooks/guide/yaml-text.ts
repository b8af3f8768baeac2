import { withoutBold } from "./texts.ts";

type YamlMap = Readonly<Record<string, unknown>>;

export function mapOf(value: unknown): YamlMap | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

/** A text or a number as a text; anything else is no text. */
export function textOf(value: unknown): string {
  if (value instanceof Date) {
    return value.toISOString().slice(0, 10);
  }
  return typeof value === "string"
    ? value.trim()
    : typeof value === "number" || typeof value === "boolean"
      ? `${value}`
      : "";
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null || value === "" ? [] : [value];
}

export function mapsOf(value: unknown): readonly YamlMap[] {
  return listOf(value)
    .map(mapOf)
    .filter((map) => map !== undefined);
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value)
    .map(textOf)
    .filter((text) => text !== "");
}

/** Deeper values are shown as JSON. */
const deepest = 6;

/** Any value as a Markdown list, so that what a format has besides its known fields stays readable. */
export function markdownOfValue(value: unknown, depth = 0): string {
  const indent = "  ".repeat(depth);
  const map = mapOf(value);
  if (depth > deepest) {
    return `${indent}- ${JSON.stringify(value) ?? ""}`;
  }
  if (Array.isArray(value)) {
    return value
      .map((item) => markdownOfValue(item, depth))
      .filter((text) => text.trim() !== "")
      .join("\n");
  }
  if (map !== undefined) {
    return Object.entries(map)
      .filter(([, item]) => item !== null && item !== undefined && item !== "")
      .map(([name, item]) => {
        const text = textOf(item);
        return text === "" || text.includes("\n")
          ? `${indent}- ${labelOfName(name)}:\n${markdownOfValue(item, depth + 1)}`
          : `${indent}- ${labelOfName(name)}: ${text}`;
      })
      .join("\n");
  }
  return textOf(value)
    .split("\n")
    .map((line, index) => (index === 0 ? `${indent}- ${line}` : `${indent}  ${line}`))
    .join("\n");
}

function labelOfName(name: string): string {
  const words = withoutBold(name.replaceAll(/[_-]+/g, " ")).trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** ATT&CK techniques among tags such as `T1021` and `attack.t1021.002`, and the other tags. */
export function splitTags(tags: readonly string[]): {
  readonly techniques: readonly string[];
  readonly tags: readonly string[];
} {
  const technique = /^(?:attack\.)?(t\d{4}(?:\.\d{3})?)$/i;
  return {
    techniques: tags.flatMap((tag) => technique.exec(tag)?.[1]?.toUpperCase() ?? []),
    tags: tags.filter((tag) => !technique.test(tag)),
  };
}
