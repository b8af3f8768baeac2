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

const counts = new Uint32Array(0x1_0000);

/**
 * The length of a script without its signature, the entropy of its characters in bits, and the standard deviation of
 * what a single character tells: obfuscated scripts have unusual ones.
 */
export function measuresOf(text: string): {
  readonly length: number;
  readonly entropy: number;
  readonly deviation: number;
} {
  const signature = text.indexOf("# SIG # Begin signature block");
  const script = (signature < 0 ? text : text.slice(0, signature)).trim().normalize("NFC");
  const { length } = script;
  const used = new Set<number>();
  for (let at = 0; at < length; at += 1) {
    const unit = script.charCodeAt(at);
    counts[unit] = (counts[unit] ?? 0) + 1;
    used.add(unit);
  }
  let entropy = 0;
  let squares = 0;
  for (const unit of used) {
    const share = (counts[unit] ?? 0) / length;
    const bits = -Math.log2(share);
    entropy += share * bits;
    squares += share * bits * bits;
    counts[unit] = 0;
  }
  return { length, entropy, deviation: Math.sqrt(Math.max(0, squares - entropy * entropy)) };
}
