/**
 * The values in the texts of PowerShell records, by their names in lower case and without blanks. Values may have
 * several lines: a script passed to `-Command` is one of them.
 */
export type TextValues = ReadonlyMap<string, string>;

/** `ContextInfo` of a module's record: lines `        Host Name = ConsoleHost`. */
export function contextOf(text: string): TextValues {
  return linesOf(text, /^ {8,}([A-Za-z][\w .-]*?) *[=:] ?(.*)$/);
}

/** Details of the engine's records: lines `\tHostName=ConsoleHost`. */
export function detailsOf(text: string): TextValues {
  return linesOf(text, /^\t([A-Za-z]\w*)=(.*)$/);
}

function linesOf(text: string, pattern: RegExp): TextValues {
  const values = new Map<string, string>();
  let name: string | undefined;
  let lines: string[] = [];
  const keep = () => {
    if (name !== undefined && !values.has(name)) {
      values.set(name, lines.join("\n").trim());
    }
  };
  for (const line of text.split(/\r?\n/)) {
    const [, key, rest] = pattern.exec(line) ?? [];
    if (key === undefined) {
      lines.push(line);
      continue;
    }
    keep();
    name = key.replaceAll(/\s/g, "").toLowerCase();
    lines = [rest ?? ""];
  }
  keep();
  return values;
}
