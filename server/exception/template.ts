/**
 * Templates of values: text as it is written, with stand-ins for parts that differ between runs. A stand-in matches a
 * part of its type only, never separators or operators of a shell, so what is appended to a command is not covered.
 * See docs/decisions/0081.
 */

export type StandIn = "digits" | "hex" | "guid" | "name";

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "stand-in"; readonly type: StandIn };

/** What each stand-in matches, as a regular expression. */
const patterns: Readonly<Record<StandIn, string>> = {
  digits: "[0-9]+",
  hex: "[0-9A-Fa-f]+",
  guid: "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
  name: "[0-9A-Za-z_-]+",
};

const standIns: readonly string[] = Object.keys(patterns);

/** Reads a template. `{{` is a brace; a brace that begins no stand-in is text. */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = "";
  for (let at = 0; at < template.length; ) {
    if (template.startsWith("{{", at)) {
      text += "{";
      at += 2;
      continue;
    }
    const type = template[at] === "{" ? standInAt(template, at) : undefined;
    if (type === undefined) {
      text += template[at];
      at += 1;
      continue;
    }
    if (text !== "") {
      parts.push({ kind: "text", text });
      text = "";
    }
    parts.push({ kind: "stand-in", type });
    at += type.length + 2;
  }
  return text === "" ? parts : [...parts, { kind: "text", text }];
}

function standInAt(template: string, at: number): StandIn | undefined {
  const name = standIns.find((one) => template.startsWith(`${one}}`, at + 1));
  return name as StandIn | undefined;
}

/** Writes a template so that `parseTemplate` reads the same parts. */
export function printTemplate(parts: readonly TemplatePart[]): string {
  return parts.map((part) => (part.kind === "text" ? part.text.replaceAll("{", "{{") : `{${part.type}}`)).join("");
}

/**
 * A regular expression for the whole value. A run of blanks matches any run of blanks: logs write some command lines
 * with one blank and some with two.
 */
export function templateRegex(template: string): string {
  return parseTemplate(template)
    .map((part) => (part.kind === "text" ? textRegex(part.text) : patterns[part.type]))
    .join("");
}

function textRegex(text: string): string {
  return text.replace(/[ \t]+|[\\^$.*+?()[\]{}|/#&@<>~"-]/g, (found) =>
    /[ \t]/.test(found) ? "[ \\t]+" : `\\${found}`,
  );
}

/** The text of a template, with a space in place of each stand-in. */
export function templateText(template: string): string {
  return parseTemplate(template)
    .map((part) => (part.kind === "text" ? part.text : " "))
    .join("");
}
