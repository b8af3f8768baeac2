import type { ExceptionDraft } from "#contracts/exception";
import {
  ancestorFields,
  type ExceptionEntry,
  type FieldEntry,
  isFieldEntry,
  sessionFields,
} from "#contracts/exception-entry";
import type { DraftNote } from "#contracts/exception-gate";
import { groupsOf } from "../exception/condition.ts";
import { lintAddress } from "./lint/address.ts";
import type { EntryNote } from "./lint/entry-note.ts";
import { lintTemplate } from "./lint/template.ts";
import { lintWildcard } from "./lint/wildcard.ts";

export interface LintContext {
  /** Whether any event can have the field; undefined: nothing is known yet. */
  readonly fieldKnown: (field: string) => boolean | undefined;
  readonly listKnown: (list: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * What is odd about a draft, found without any data: entries that were probably meant in another way, each with the
 * entry as it was meant where that is clear. See docs/decisions/0085.
 */
export function lintDraft(
  draft: Pick<ExceptionDraft, "entries" | "alternatives" | "expires" | "reviewBy" | "hostList">,
  context: LintContext,
): readonly DraftNote[] {
  const entries = groupsOf(draft).flatMap((group, at) =>
    group.flatMap((entry, index) => {
      const path = at === 0 ? `entries.${index}` : `alternatives.${at - 1}.${index}`;
      return lintEntry(entry, context).map(({ part, ...note }) => ({
        field: part === "" ? path : `${path}.${part}`,
        group: at,
        entry: index,
        ...note,
      }));
    }),
  );
  return [...entries, ...lintScope(draft, context)];
}

/** The note that keeps a draft from being saved, if there is one. */
export function firstError(notes: readonly DraftNote[]): DraftNote | undefined {
  return notes.find(({ weight }) => weight === "error");
}

function lintScope(
  { expires, reviewBy, hostList }: Pick<ExceptionDraft, "expires" | "reviewBy" | "hostList">,
  { now, listKnown }: LintContext,
): readonly DraftNote[] {
  const isPast = (date: string | undefined) => date !== undefined && Date.parse(date) <= now;
  return [
    ...(isPast(expires)
      ? [{ field: "expires", weight: "error", text: "The expiry date is in the past: it would hide nothing." } as const]
      : []),
    ...(isPast(reviewBy)
      ? [{ field: "reviewBy", weight: "warning", text: "The date of the review is in the past." } as const]
      : []),
    ...(hostList !== undefined && !listKnown(hostList) ? [{ ...unknownList(hostList), field: "hostList" }] : []),
  ];
}

function unknownList(list: string): Pick<DraftNote, "weight" | "text"> {
  return { weight: "error", text: `There is no value list "${list}".` };
}

function lintEntry(entry: ExceptionEntry, context: LintContext): readonly EntryNote[] {
  if (isFieldEntry(entry)) {
    return lintField(entry, context.fieldKnown, context);
  }
  const known =
    entry.type === "nested"
      ? (field: string) => context.fieldKnown(`${entry.field}.${field}`)
      : among(entry.type === "ancestor" ? ancestorFields : sessionFields);
  return entry.entries.flatMap((inner, index) =>
    lintField(inner, known, context).map(({ part, fix, ...note }) => ({
      ...note,
      part: `entries.${index}${part === "" ? "" : `.${part}`}`,
      ...(fix === undefined || entry.type === "nested"
        ? {}
        : { fix: { ...entry, entries: entry.entries.map((other, at) => (at === index ? fix : other)) } }),
    })),
  ) as readonly EntryNote[];
}

function among(fields: readonly string[]): (field: string) => boolean {
  return (field) => fields.includes(field);
}

function lintField(
  entry: FieldEntry,
  known: LintContext["fieldKnown"],
  { listKnown }: LintContext,
): readonly (EntryNote & { readonly fix?: FieldEntry })[] {
  const unknown: readonly (EntryNote & { readonly fix?: FieldEntry })[] =
    known(entry.field) === false
      ? [
          {
            part: "field",
            weight: "warning",
            text: `No event has the field ${entry.field}, so ${entry.operator === "included" ? "nothing matches" : "this is always true"}.`,
          },
        ]
      : [];
  switch (entry.type) {
    case "list":
      return [...unknown, ...(listKnown(entry.list) ? [] : [{ ...unknownList(entry.list), part: "list" }])];
    case "wildcard":
      return [...unknown, ...lintWildcard(entry), ...lintAddress(entry)];
    case "template":
      return [...unknown, ...lintTemplate(entry)];
    case "match":
    case "match_any":
      return [...unknown, ...lintAddress(entry)];
    case "exists":
      return unknown;
  }
}
