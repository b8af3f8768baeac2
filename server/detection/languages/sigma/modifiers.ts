import { unsupported } from "./sigma-error.ts";

/** How a value is compared. */
export type Comparison =
  | "equals"
  | "contains"
  | "startswith"
  | "endswith"
  | "regex"
  | "cidr"
  | "exists"
  | "fieldref"
  | "lt"
  | "lte"
  | "gt"
  | "gte"
  | TimePart;
export type TimePart = "minute" | "hour" | "day" | "week" | "month" | "year";

/** The combined modifiers of one field. */
export interface Modifiers {
  readonly comparison: Comparison;
  /** All values of the list have to match instead of one. */
  readonly all: boolean;
  readonly negated: boolean;
  readonly cased: boolean;
  readonly windash: boolean;
  readonly encoding: "utf16le" | "utf16be" | "utf16" | undefined;
  readonly base64: "plain" | "offset" | undefined;
  readonly regexFlags: ReadonlySet<"i" | "m" | "s">;
}

const noModifiers: Modifiers = {
  comparison: "equals",
  all: false,
  negated: false,
  cased: false,
  windash: false,
  encoding: undefined,
  base64: undefined,
  regexFlags: new Set(),
};

type Change = (modifiers: Modifiers) => Modifiers;

const set =
  (change: Partial<Modifiers>): Change =>
  (modifiers) => ({ ...modifiers, ...change });
const comparing = (comparison: Comparison): Change => set({ comparison });
const flag =
  (letter: "i" | "m" | "s"): Change =>
  (modifiers) => ({ ...modifiers, regexFlags: new Set([...modifiers.regexFlags, letter]) });
const encoding = (name: "utf16le" | "utf16be" | "utf16"): Change => set({ encoding: name });

/** All modifiers of the Sigma specification 2.1 except `expand`, whose placeholders need a pipeline. */
const table: ReadonlyMap<string, Change> = new Map([
  ["contains", comparing("contains")],
  ["startswith", comparing("startswith")],
  ["endswith", comparing("endswith")],
  ["re", comparing("regex")],
  ["cidr", comparing("cidr")],
  ["exists", comparing("exists")],
  ["fieldref", comparing("fieldref")],
  ["lt", comparing("lt")],
  ["lte", comparing("lte")],
  ["gt", comparing("gt")],
  ["gte", comparing("gte")],
  ["minute", comparing("minute")],
  ["hour", comparing("hour")],
  ["day", comparing("day")],
  ["week", comparing("week")],
  ["month", comparing("month")],
  ["year", comparing("year")],
  ["all", set({ all: true })],
  ["neq", set({ negated: true })],
  ["cased", set({ cased: true })],
  ["windash", set({ windash: true })],
  ["base64", set({ base64: "plain" })],
  ["base64offset", set({ base64: "offset" })],
  ["wide", encoding("utf16le")],
  ["utf16le", encoding("utf16le")],
  ["utf16be", encoding("utf16be")],
  ["utf16", encoding("utf16")],
  ["i", flag("i")],
  ["ignorecase", flag("i")],
  ["m", flag("m")],
  ["multiline", flag("m")],
  ["s", flag("s")],
  ["dotall", flag("s")],
]);

/** Parses `Image|endswith` into the field and its modifiers. Without a field (`|all`) it means the whole event. */
export function readModifiers(key: string): {
  readonly field: string | undefined;
  readonly modifiers: Modifiers;
  /** With `fieldref`: the part of the field to compare. */
  readonly part: "contains" | "startswith" | "endswith" | undefined;
} {
  const [name = "", ...names] = key.split("|").map((part) => part.trim());
  let modifiers = noModifiers;
  let part: "contains" | "startswith" | "endswith" | undefined;
  for (const modifier of names) {
    if (modifier === "expand") {
      throw unsupported(`the modifier "expand" of ${name || "a keyword"} needs values that a Sigma pipeline fills in`);
    }
    const apply = table.get(modifier);
    if (apply === undefined) {
      throw unsupported(`the modifier "${modifier}" of ${name || "a keyword"} is unknown`);
    }
    // `fieldref|endswith` and `re|startswith` keep their comparison.
    if (modifier === "contains" || modifier === "startswith" || modifier === "endswith") {
      part = modifier;
      if (modifiers.comparison === "fieldref" || modifiers.comparison === "regex") {
        continue;
      }
    }
    modifiers = apply(modifiers);
  }
  return { field: name === "" ? undefined : name, modifiers, part };
}
