/**
 * The template of a command line: in lower case, with the parts that vary between runs replaced by `*`. What identifies
 * the activity stays: switches, names, `2>&1`, the loopback address. Alerts of one rule and one template are likely the
 * same activity.
 */
export function commandTemplate(commandLine: string): string {
  const words = commandLine.slice(0, MAX_LENGTH).trim().split(/\s+/);
  const template = words
    .map((word) => word.toLowerCase())
    .map((word) =>
      isPlain(word)
        ? word
        : replacements.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), word),
    )
    .join(" ");
  return template.replace(/\*[*.]*\*/g, "*");
}

/** No replacement matches a short word without digits and backslashes. */
function isPlain(word: string): boolean {
  return word.length < 36 && !/[\d\\]/.test(word);
}

/** Longer command lines are mostly encoded payload; their beginning identifies them. */
const MAX_LENGTH = 8_192;

/** Protects a loopback address while other numbers are replaced. */
const LOOPBACK = "\u0001";
const any = () => "*";

/** Applied in order; each pattern is linear in the length of the word. */
const replacements: readonly (readonly [RegExp, (match: string, ...groups: string[]) => string])[] = [
  // The user in a profile path, but not the profiles every host has.
  [
    /(\\(?:users|documents and settings)\\)([^\\"']+)/g,
    (_, folder, name) => `${folder}${/^(?:public|default|all users)$/.test(name ?? "") ? name : "*"}`,
  ],
  // Names in temporary folders are random; the extension is kept.
  [
    /(\\te?mp\\)[^\\"'<>|]*?(\.[a-z][a-z0-9]{0,3})?(?=["'\\<>|,;)]|$)/g,
    (_, folder, extension) => `${folder}*${extension ?? ""}`,
  ],
  [/\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?/g, any],
  // Encoded blobs.
  [/[a-z0-9+/]{40,}={0,2}/g, any],
  [/0x[0-9a-f]+/g, any],
  // IPv4 addresses except loopback.
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, (address) => (address.startsWith("127.") ? LOOPBACK : "*")],
  // Separate numbers of two or more digits, including dates, times and fractions.
  [/(?<![a-z0-9$])\d{2,}(?:[.,:_-]\d+)*(?![a-z0-9])/g, any],
  // Hexadecimal numbers; unlike words they contain digits.
  [/(?<![a-z0-9])(?=[a-z]{0,40}\d)[0-9a-f]{8,}(?![a-z0-9])/g, any],
  [/(?<=[a-z_~])\d{3,}/g, any],
  [/\u0001/g, () => "127.0.0.1"],
];
