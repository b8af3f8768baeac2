import type { ExceptionEntry, FieldEntry } from "#contracts/exception-entry";
import { escapePattern } from "../../condition/wildcard-pattern.ts";
import { parseTemplate, type TemplatePart, templateText } from "../../exception/template.ts";
import { fail, ok, type Result } from "../../lib/result.ts";

/** What a format can say of values. */
export interface Dialect {
  /** `?` matches one character. */
  readonly single: boolean;
  /** Regular expressions over whole values. */
  readonly regex: boolean;
  /** Whether values cannot have backquotes and line breaks. */
  readonly oneLine?: boolean;
}

/** Entries without those that a format lacks. */
export interface Adapted {
  readonly groups: readonly (readonly ExceptionEntry[])[];
  /** Whether they can match what the exception does not match. */
  readonly broader: boolean;
  /** Whether they can miss what it matches. */
  readonly narrower: boolean;
  /** Each difference as a sentence. */
  readonly notes: readonly string[];
}

type Part = Omit<Adapted, "groups"> & { readonly entries: readonly ExceptionEntry[] };

/** Replaces what a format cannot say by its nearest form, or says why there is none. See docs/decisions/0086. */
export function adaptGroups(groups: readonly (readonly ExceptionEntry[])[], dialect: Dialect): Result<Adapted, string> {
  const adapted: (readonly ExceptionEntry[])[] = [];
  const parts: Part[] = [];
  for (const entries of groups) {
    const group: Part[] = [];
    for (const entry of entries) {
      const one = adaptEntry(entry, dialect);
      if (!one.ok) {
        return one;
      }
      group.push(one.value);
    }
    adapted.push(group.flatMap((part) => part.entries));
    parts.push(...group);
  }
  return ok({
    groups: adapted,
    broader: parts.some((part) => part.broader),
    narrower: parts.some((part) => part.narrower),
    notes: [...new Set(parts.flatMap((part) => part.notes))],
  });
}

const same = { broader: false, narrower: false, notes: [] } as const;

function adaptEntry(entry: ExceptionEntry, dialect: Dialect): Result<Part, string> {
  switch (entry.type) {
    case "template":
      return dialect.regex ? ok({ ...same, entries: [entry] }) : adaptTemplate(entry, dialect);
    case "session":
      return fail("It has conditions on the logon session, which only the process graph knows.");
    case "ancestor":
      return adaptAncestor(entry, dialect);
    default:
      return ok({ ...same, entries: [entry] });
  }
}

/** The fields of the parent that a record of a process start can have itself. */
const parentFields: ReadonlyMap<string, string> = new Map([
  ["process.name", "process.parent.name"],
  ["process.executable", "process.parent.executable"],
  ["process.command_line", "process.parent.command_line"],
  ["process.pid", "process.parent.pid"],
  ["process.entity_id", "process.parent.entity_id"],
]);

function adaptAncestor(
  { which, operator, entries }: ExceptionEntry & { readonly type: "ancestor" },
  dialect: Dialect,
): Result<Part, string> {
  const fields = entries.map((entry) => parentFields.get(entry.field));
  if (which === "any" || operator === "excluded" || entries.some((entry) => entry.operator === "excluded")) {
    return fail("It has conditions on ancestors of the process, which only the process graph knows.");
  }
  if (fields.some((field) => field === undefined)) {
    return fail("It tests the parent by a field that records of process starts do not have.");
  }
  const parts: Part[] = [];
  for (const [index, entry] of entries.entries()) {
    const part = adaptEntry({ ...entry, field: fields[index] ?? entry.field } satisfies FieldEntry, dialect);
    if (!part.ok) {
      return part;
    }
    parts.push(part.value);
  }
  return ok({
    entries: parts.flatMap((part) => part.entries),
    broader: parts.some((part) => part.broader),
    narrower: true,
    notes: [
      "Knows the parent only where the record itself names it, not from the process graph.",
      ...parts.flatMap((part) => part.notes),
    ],
  });
}

/** What stand-ins never match, so that a value that fits a template has as many of each as its text. */
const separators = [" ", "&", "|", ";", "<", ">", '"', "'", "`", "\\", "/", "(", ")", "$", "%", "\n"] as const;

/**
 * A template as a wildcard, and further wildcards that exclude values with more separators than its text: nothing can
 * be appended. The result matches whatever the template matches, as long as blanks are as written.
 */
function adaptTemplate(
  entry: ExceptionEntry & { readonly type: "template" },
  { single, oneLine = false }: Dialect,
): Result<Part, string> {
  if (entry.operator === "excluded") {
    return fail("It excludes values by a template, and the format has no form that excludes exactly these.");
  }
  const parts = parseTemplate(entry.value);
  const standIns = [...new Set(parts.flatMap((part) => (part.kind === "stand-in" ? [part.type] : [])))];
  const text = templateText(entry.value);
  const literal = parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
  const common = { field: entry.field, case: entry.case } as const;
  const blanks = /[ \t]/.test(literal);
  if (standIns.length === 0) {
    return ok({
      entries: [{ type: "match", value: text, operator: "included", ...common }],
      broader: false,
      narrower: blanks,
      notes: blanks ? ["Blanks in values have to be as written: one is not the same as two."] : [],
    });
  }
  const value = parts.map((part) => wildcardOf(part, single)).join("");
  const limiting = separators.filter((separator) => !(oneLine && /[`\n]/.test(separator)));
  const limits: ExceptionEntry[] = limiting.map((separator) => ({
    type: "wildcard",
    value: `*${`${escapePattern(separator)}*`.repeat(literal.split(separator).length)}`,
    operator: "excluded",
    ...common,
  }));
  return ok({
    entries: [{ type: "wildcard", value, operator: "included", ...common }, ...limits],
    broader: true,
    narrower: blanks,
    notes: [
      `In place of ${standIns.map((type) => `{${type}}`).join(", ")} any characters match except blanks, quotes, ` +
        "slashes and operators of a shell.",
      ...(blanks ? ["Blanks in values have to be as written: one is not the same as two."] : []),
    ],
  });
}

function wildcardOf(part: TemplatePart, single: boolean): string {
  if (part.kind === "text") {
    return escapePattern(part.text);
  }
  if (!single) {
    return "*";
  }
  return part.type === "guid" ? [8, 4, 4, 4, 12].map((length) => "?".repeat(length)).join("-") : "?*";
}
