/**
 * The shape of a command line: folded, with the parts that change from run to run replaced by `*`. Alerts of one rule and
 * one shape are likely one activity. What stays tells what was done: switches, names, `2>&1`, the loopback address.
 */
export function commandTemplate(commandLine: string): string {
  const words = commandLine.slice(0, LONGEST).trim().split(/\s+/);
  const shaped = words
    .map((word) => word.toLowerCase())
    .map((word) =>
      isPlain(word) ? word : steps.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), word),
    )
    .join(" ");
  return shaped.replace(/\*[*.]*\*/g, "*");
}

/** Nothing of `steps` fits a short word without digits that is no path. */
function isPlain(word: string): boolean {
  return word.length < 36 && !/[\d\\]/.test(word);
}

/** Longer command lines are mostly encoded payload; what tells them apart stands in front. */
const LONGEST = 8_192;

/** Stands for the own address until everything else is replaced. */
const LOOPBACK = "\u0001";
const any = () => "*";

/** In order; each pattern is linear in the length of its word. */
const steps: readonly (readonly [RegExp, (match: string, ...groups: string[]) => string])[] = [
  // The person in a profile path; names everybody has stay.
  [
    /(\\(?:users|documents and settings)\\)([^\\"']+)/g,
    (_, folder, name) => `${folder}${/^(?:public|default|all users)$/.test(name ?? "") ? name : "*"}`,
  ],
  // Names in temporary folders are made up anew each time; the extension says what it was.
  [
    /(\\te?mp\\)[^\\"'<>|]*?(\.[a-z][a-z0-9]{0,3})?(?=["'\\<>|,;)]|$)/g,
    (_, folder, extension) => `${folder}*${extension ?? ""}`,
  ],
  [/\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?/g, any],
  // Encoded blobs.
  [/[a-z0-9+/]{40,}={0,2}/g, any],
  [/0x[0-9a-f]+/g, any],
  // Addresses, except the own one.
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, (address) => (address.startsWith("127.") ? LOOPBACK : "*")],
  // Dates and times, numbers with fractions, numbers of two digits and more that stand alone.
  [/(?<![a-z0-9$])\d{2,}(?:[.,:_-]\d+)*(?![a-z0-9])/g, any],
  // Hexadecimal runs: digits among the letters tell them from words.
  [/(?<![a-z0-9])(?=[a-z]{0,40}\d)[0-9a-f]{8,}(?![a-z0-9])/g, any],
  [/(?<=[a-z_~])\d{3,}/g, any],
  [/\u0001/g, () => "127.0.0.1"],
];
