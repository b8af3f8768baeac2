import type { DryRun, ExceptionDraft, SuggestedDraft } from "#contracts/exception";
import { type ExceptionEntry, type FieldEntry, isFieldEntry } from "#contracts/exception-entry";
import { reasonLack } from "#contracts/reason";
import { type EntryType, entryValues, type RelationId, relations } from "../../ui/exception-entry.ts";
import { fromEditable, toEditable, visibleString } from "../../ui/visible-text.ts";

/** An exception draft: pure edits, and the reasons why it cannot be saved yet. */

function entryWith(entry: FieldEntry, type: EntryType, values: readonly string[]): FieldEntry {
  const { field, operator } = entry;
  const common = { field, operator, case: entry.case };
  const first = values[0] ?? "";
  switch (type) {
    case "match":
      return { type, value: first, ...common };
    case "wildcard":
      return { type, value: first, ...common };
    case "template":
      return { type, value: first, ...common };
    case "list":
      return { type, list: first, ...common };
    case "match_any":
      return { type, values: [...values], ...common };
    case "exists":
      return { type, ...common };
  }
}

/** Changes the relation. Keeps the values that the new relation supports; `known` fills in missing ones. */
export function withRelation(entry: FieldEntry, id: RelationId, known: readonly string[]): FieldEntry {
  const relation = relations.find((other) => other.id === id) ?? relations[0];
  const values = entryValues(entry);
  const next = entryWith(entry, relation.type, values.length > 0 ? values : known.slice(0, 1));
  return { ...next, operator: relation.operator };
}

/** Changes the field and takes the alert's values of it. */
export function withField(entry: FieldEntry, field: string, known: readonly string[]): FieldEntry {
  return { ...entryWith(entry, entry.type, entry.type === "match_any" ? known : known.slice(0, 1)), field };
}

/** Values as text to edit: one per line for "is one of", otherwise the whole text. See `toEditable`. */
export function entryText(entry: FieldEntry): string {
  const lines = entry.type !== "match_any";
  return entryValues(entry)
    .map((value) => toEditable(value, { lines }))
    .join("\n");
}

/** The entry with the values of such a text. */
export function withText(entry: FieldEntry, text: string): FieldEntry {
  const values = entry.type === "match_any" ? text.split("\n") : [text];
  return entryWith(entry, entry.type, values.map(fromEditable));
}

/** Values that new entries about ancestors start from: the nearest ancestor that tells something, and the session. */
export interface Around {
  readonly ancestor?: { readonly executable?: string; readonly name?: string };
  readonly session?: { readonly sourceIp?: string; readonly logonType?: string };
}

/** An entry of a type that is about more than one field of the event. */
export type CompoundEntry = Exclude<ExceptionEntry, FieldEntry>;

export function newCompound(type: CompoundEntry["type"], around: Around = {}): CompoundEntry {
  const { ancestor, session } = around;
  switch (type) {
    case "ancestor":
      return {
        ...{ type, which: "any", operator: "included" },
        entries: [
          ancestor?.executable === undefined && ancestor?.name !== undefined
            ? newEntry("process.name", [ancestor.name])
            : newEntry("process.executable", [ancestor?.executable ?? ""]),
        ],
      };
    case "session":
      return {
        ...{ type, operator: "included" },
        entries: [
          session?.sourceIp === undefined && session?.logonType !== undefined
            ? newEntry("winlog.logon.type", [session.logonType])
            : newEntry("source.ip", [session?.sourceIp ?? ""]),
        ],
      };
    case "nested":
      return {
        type,
        field: "",
        entries: [{ type: "match", field: "", value: "", operator: "included", case: "insensitive" }],
      };
  }
}

/** The groups of a draft: the exception matches if all entries of any group match. */
export function groupsOf({ entries, alternatives = [] }: ExceptionDraft): readonly (readonly ExceptionEntry[])[] {
  return [entries, ...alternatives];
}

/** A draft with these groups; empty ones are left out. */
export function withGroups(
  groups: readonly (readonly ExceptionEntry[])[],
): Pick<ExceptionDraft, "entries" | "alternatives"> {
  const [entries = [], ...alternatives] = groups.filter((group) => group.length > 0).map((group) => [...group]);
  return { entries, alternatives: alternatives.length === 0 ? undefined : alternatives };
}

export function newEntry(field: string, values: readonly string[]): FieldEntry {
  return { type: "match", field, operator: "included", case: "insensitive", value: values[0] ?? "" };
}

/** The suggested draft in shadow mode, plus the field value from the URL unless an entry already contains it. */
export function startDraft(suggested: SuggestedDraft, field: string | null, value: string | null): ExceptionDraft {
  const draft: ExceptionDraft = { ...suggested.draft, mode: "shadow" };
  if (field === null || value === null || value === "") {
    return draft;
  }
  const known = draft.entries.some(
    (entry) => isFieldEntry(entry) && entry.field === field && entryValues(entry).includes(value),
  );
  return known ? draft : { ...draft, entries: [...draft.entries, newEntry(field, [value])] };
}

/** Why a draft cannot be run at all; the server would refuse it as well. */
export function incomplete(draft: ExceptionDraft): string | undefined {
  if (draft.name.trim() === "") {
    return "Enter a name";
  }
  if (draft.entries.length === 0) {
    return "Add an entry: without entries, the exception would hide every alert of its rules";
  }
  const empty = [draft.entries, ...(draft.alternatives ?? [])]
    .flat()
    .flatMap((entry) => (isFieldEntry(entry) ? [entry] : entry.entries))
    .find((entry) => entry.field === "" || entryValues(entry).some((value) => value === "") || isWithoutValues(entry));
  return empty === undefined
    ? unscoped(draft)
    : empty.field === ""
      ? "Choose a field for each entry"
      : `Enter a value for ${empty.field}`;
}

function unscoped({ ruleIds, ruleTags = [], allRules }: ExceptionDraft): string | undefined {
  return allRules === true || ruleIds.length + ruleTags.length > 0
    ? undefined
    : "Choose the rules that the exception applies to";
}

const isWithoutValues = (entry: FieldEntry) => entry.type !== "exists" && entryValues(entry).length === 0;

/** Identity of a draft: a dry run belongs to exactly one. */
export const draftIdentity = (draft: ExceptionDraft): string => JSON.stringify(draft);

/** Why the draft cannot be saved now; `undefined` if it can. */
export function saveBlocked(state: {
  readonly draft: ExceptionDraft;
  readonly dryRun: DryRun | undefined;
  /** Identity of the draft whose dry run is shown and was in the viewport. */
  readonly seen: string | undefined;
  /** Why a second person should enforce it although it hides alerts judged malicious. */
  readonly overrideReason?: string;
  readonly now: number;
}): string | undefined {
  const { draft, dryRun, seen, now, overrideReason } = state;
  const missing = incomplete(draft);
  if (missing !== undefined) {
    return missing;
  }
  if (draft.expires !== undefined && Date.parse(draft.expires) <= now) {
    return "The expiry date is in the past";
  }
  if (dryRun === undefined || seen !== draftIdentity(draft)) {
    return "Review the dry run of this draft first";
  }
  const error = dryRun.notes.find(({ weight }) => weight === "error");
  if (error !== undefined) {
    return visibleString(error.text);
  }
  if (dryRun.breadth.level === "refused") {
    return "Too broad to save. Narrow it down: see the reasons under Breadth.";
  }
  if (dryRun.breadth.level === "broad" && (draft.breadthReason ?? "").trim() === "") {
    return "Enter a reason for the breadth";
  }
  if (draft.reason.trim() === "") {
    return "Enter a reason";
  }
  return draft.mode === "enforced" ? enforcingBlocked(dryRun, overrideReason) : undefined;
}

function enforcingBlocked({ breadth, broadPolicy, redStop }: DryRun, overrideReason: string | undefined) {
  if (breadth.level === "broad" && broadPolicy === "refuse") {
    return "Broad exceptions are not enforced on this server: narrow it, or save it in shadow mode";
  }
  const lack = redStop === undefined ? undefined : reasonLack(overrideReason);
  return lack === undefined
    ? undefined
    : overrideReason === undefined || overrideReason.trim() === ""
      ? "It would hide alerts judged malicious: leave them out, save it in shadow mode, or ask a second person"
      : `The reason for a second person is missing: ${lack}`;
}

/** Whether saving only asks another author to enforce the draft. */
export function needsSecondPerson({ mode }: Pick<ExceptionDraft, "mode">, dryRun: DryRun | undefined): boolean {
  return (
    mode === "enforced" &&
    dryRun !== undefined &&
    (dryRun.redStop !== undefined || (dryRun.breadth.level === "broad" && dryRun.broadPolicy === "second-person"))
  );
}
