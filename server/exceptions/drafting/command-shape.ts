import type { StandIn, TemplatePart } from "../../exception/template.ts";

/** A command line as the value of an exception entry. */
export interface CommandShape {
  readonly parts: readonly TemplatePart[];
  /** Whether it carries an encoded payload, in which the case of every letter counts. */
  readonly hasPayload: boolean;
}

/**
 * The narrowest template that still covers the next run of a command: numbers, times, hexadecimal ids, GUIDs and random
 * names of data files become typed stand-ins. Everything else stays as it is written: words, folders, names of products
 * in front of an id, addresses, encoded payloads. See docs/decisions/0082.
 */
export function commandShape(commandLine: string): CommandShape {
  const payloads = payloadsIn(commandLine);
  const parts: TemplatePart[] = [];
  let at = 0;
  let protectedUntil = endOfProgram(commandLine);
  const add = (text: string) => parts.push(...typedParts(text, protectedUntil > at ? protectedUntil - at : 0));
  for (const payload of payloads) {
    add(commandLine.slice(at, payload.start));
    parts.push(...payload.parts);
    at = payload.end;
    protectedUntil = 0;
  }
  add(commandLine.slice(at));
  return { parts: merged(parts), hasPayload: payloads.length > 0 };
}

interface Payload {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly TemplatePart[];
}

/** The option for an encoded command and its value; every run of base64 of such a length is one as well. */
const encodedOption =
  /(?<=\s[-/\u2013-\u2015]e[a-z]{0,14}[\s:]["']?)[A-Za-z0-9+/]{4,}={0,2}|[A-Za-z0-9+/]{40,}={0,2}/gi;
/** A payload is fixed, but for a counter at its end: digits decode to nothing that could be executed. */
const counterAtEnd = /(?<![0-9])[0-9]{3,8}$/;

function payloadsIn(commandLine: string): readonly Payload[] {
  return [...commandLine.matchAll(encodedOption)]
    .filter(([text]) => !isWord(text))
    .map((found) => {
      const [text] = found;
      const counter = text.length >= 24 ? counterAtEnd.exec(text) : null;
      const start = found.index;
      const fixed = counter === null ? text : text.slice(0, counter.index);
      return {
        start,
        end: start + text.length,
        parts: [
          { kind: "text", text: fixed },
          ...(counter === null ? [] : [{ kind: "stand-in", type: "digits" } as const]),
        ],
      };
    });
}

/** Values of options that only begin like the one for an encoded command, such as `-ExecutionPolicy Bypass`. */
function isWord(text: string): boolean {
  return text.length < 16 && /^[A-Za-z]+$/.test(text);
}

/** The program in front: its path is exact, only GUIDs in it vary. */
function endOfProgram(commandLine: string): number {
  return /^\s*(?:"[^"]*"|[^\s"]+)/.exec(commandLine)?.[0].length ?? 0;
}

/** Kept although there are numbers in it: addresses of other places, and versions. */
const fixed: readonly RegExp[] = [
  /[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>|]+/,
  /(?<=^|[\s"'=>,(])\\\\[^\\\s"']+/,
  /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\d.])/,
  /(?<![0-9a-f:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![0-9a-f:])/,
  /(?<![0-9a-z])v\d{1,4}(?:\.\d{1,10}){1,4}(?![0-9a-z])/,
];

interface Typed {
  readonly pattern: RegExp;
  readonly parts: (found: string) => readonly TemplatePart[];
  /** Also in the name of the program. */
  readonly inProgram?: true;
}

const standIn = (type: StandIn): TemplatePart => ({ kind: "stand-in", type });
const only = (type: StandIn) => () => [standIn(type)];
const dataFile = "tmp|temp|log|txt|dat|xml|out|err|json|csv|etl|cab|zip|bin|lock|pid|tmp\\d?";

/** The first that matches at a position counts. No pattern has nested repetition without a bound. */
const typed: readonly Typed[] = [
  {
    pattern: /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/,
    parts: only("guid"),
    inProgram: true,
  },
  { pattern: /(?<=cache[\\/])[0-9a-f]{1,8}(?=[\\/])/, parts: only("hex") },
  {
    pattern: /(?<![0-9a-z]0x|[0-9a-z])0x[0-9a-f]{4,16}(?![0-9a-z])/,
    parts: (text) => [literal(text.slice(0, 2)), standIn("hex")],
  },
  { pattern: /(?<![0-9a-z])(?=[a-f]{0,32}\d)(?=\d{0,32}[a-f])[0-9a-f]{6,32}(?![0-9a-z])/, parts: only("hex") },
  { pattern: /(?<![0-9a-z])\d{4}-\d\d-\d\dT\d\d:?\d\d(?::?\d\d)?(?![0-9])/, parts: numbersOf },
  // Dates, times and fractions: all of their numbers.
  {
    pattern: /(?<![0-9a-z])\d{1,20}(?:[.,:_-]\d{1,20}){1,12}(?![0-9a-z])/,
    parts: (text) => (/\d\d/.test(text) ? numbersOf(text) : [literal(text)]),
  },
  { pattern: /(?<![0-9a-z$#])(?!0*[01](?![0-9]))\d{2,20}(?![0-9a-z])/, parts: only("digits") },
  // A counter at the end of a name.
  { pattern: /(?<=[_~-])\d{4,20}(?![0-9a-z])/, parts: only("digits") },
  {
    pattern: /(?<=[a-z_~-])(?!(?:32|64|86)\.)\d{1,20}(?=\.[a-z][a-z0-9]{0,4}(?![a-z0-9.]))/,
    parts: only("digits"),
  },
  {
    pattern: new RegExp(
      `(?<=[\\\\/])(?=[a-z]{0,24}\\d)(?=\\d{0,24}[a-z])(?=[a-z0-9]{0,24}\\d[a-z]{1,24}\\d)[a-z0-9]{6,24}(?=\\.(?:${dataFile})(?![a-z0-9.]))`,
    ),
    parts: only("name"),
  },
];

const anything = new RegExp(
  [...fixed, ...typed.map(({ pattern }) => pattern)].map((one, index) => `(?<p${index}>${one.source})`).join("|"),
  "gi",
);

/** The first `program` characters are the program that runs. */
function typedParts(text: string, program: number): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const found of text.matchAll(anything)) {
    const which = Object.entries(found.groups ?? {}).findIndex(([, value]) => value !== undefined);
    const one = typed[which - fixed.length];
    if (one === undefined || (found.index < program && one.inProgram !== true)) {
      continue;
    }
    parts.push(literal(text.slice(at, found.index)), ...one.parts(found[0]));
    at = found.index + found[0].length;
  }
  return [...parts, literal(text.slice(at))];
}

function literal(text: string): TemplatePart {
  return { kind: "text", text };
}

function numbersOf(text: string): readonly TemplatePart[] {
  return text.split(/(\d+)/).map((part) => (/^\d/.test(part) ? standIn("digits") : literal(part)));
}

/** Without empty texts, and with neighbouring texts as one. */
export function merged(parts: readonly TemplatePart[]): readonly TemplatePart[] {
  const result: TemplatePart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.kind === "text" && last?.kind === "text") {
      result[result.length - 1] = literal(last.text + part.text);
    } else if (part.kind === "stand-in" || part.text !== "") {
      result.push(part);
    }
  }
  return result;
}
