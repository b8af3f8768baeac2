import type { EndFact } from "../facts.ts";
import { placeholderKey } from "../keys.ts";
import { mergeReplacedPlaceholders, NO_FACTS, type ReplacedPlaceholder } from "../process-facts.ts";
import type { ParentLink, ProcessRow } from "../process-row.ts";
import { type AssignedExits, exitNow } from "./assign-exits.ts";

/*
 * A placeholder represents a process that other records refer to by pid: a parent, or a process that an exit ended.
 * When the process becomes known, or turns out to be another one, the row that referred to the placeholder refers to
 * something else. The placeholder is dropped if nobody refers to it any more, and its key then points to the
 * replacement, so that links to it keep working. See docs/decisions/0029.
 */

/** What a resolution found about placeholders. */
export interface PlaceholderReferences {
  /** Placeholders that a process or an exit refers to. */
  readonly referenced: ReadonlyMap<string, ProcessRow>;
  readonly exits: AssignedExits;
  /** References that ended, now or earlier. */
  readonly released: readonly Release[];
}

/** A row does not refer to a placeholder any more. */
export interface Release {
  readonly placeholder: string;
  /** Undefined if it refers to nothing instead. */
  readonly replacement: Replacement | undefined;
}

/** The process that is known in place of a placeholder. */
export interface Replacement {
  readonly to: string;
  /**
   * The row that referred to the placeholder: when its parent or owner changes, the placeholder's key is redirected.
   */
  readonly by: string;
  /** Event id of the exit, if that referred to it. */
  readonly exit?: string;
  /** Start of `by`: of several replacements the earliest decides. */
  readonly at: number;
}

/** An exit that ended another process than was known before. */
export interface MovedExit {
  readonly exit: EndFact;
  readonly from: string;
  readonly to: string;
}

/** By key of the placeholder; undefined if nothing replaces it. */
export type Replacements = ReadonlyMap<string, Replacement | undefined>;

/** The one placeholder for everyone who refers to this pid and path between two uses of the pid. */
export function placeholderRow(
  host: string,
  pid: number,
  executable: string | undefined,
  boundary: number | undefined,
): ProcessRow {
  const key = placeholderKey(host, pid, executable ?? "", boundary);
  return { key, kind: "placeholder", host, facts: { ...NO_FACTS, named: { pid, executable } } };
}

/** A row has another parent than the placeholder that it referred to. */
export function releasedBy(row: string, at: number, placeholder: string, parent: ParentLink | undefined): Release {
  return { placeholder, replacement: parent === undefined ? undefined : { to: parent.key, by: row, at } };
}

/** Exits that moved do not refer to their former owner any more, which may be a placeholder. */
export function releasedByExits(movedExits: readonly MovedExit[]): readonly Release[] {
  return movedExits.map((moved) => ({ placeholder: moved.from, replacement: replacementBy(moved) }));
}

/** Placeholders that exits referred to before their former owners (`owners`, by key) were known. */
export function formerlyReleasedByExits(
  movedExits: readonly MovedExit[],
  owners: ReadonlyMap<string, ProcessRow>,
): readonly Release[] {
  return movedExits.flatMap((moved) => {
    const { eventId } = moved.exit.source;
    const replaced = owners.get(moved.from)?.facts.replacedPlaceholders ?? [];
    return replaced
      .filter(({ exit }) => exit === eventId)
      .map(({ key }) => ({ placeholder: key, replacement: replacementBy(moved) }));
  });
}

function replacementBy({ exit, to }: MovedExit): Replacement {
  return { to, by: to, exit: exit.source.eventId, at: exit.time };
}

/** Of several rows that referred to a placeholder, the earliest decides what replaces it. */
export function replacementsOf(released: readonly Release[]): Replacements {
  const replacements = new Map<string, Replacement | undefined>();
  for (const { placeholder, replacement } of released) {
    const known = replacements.get(placeholder);
    if (known === undefined || (replacement !== undefined && isEarlier(replacement, known))) {
      replacements.set(placeholder, replacement);
    }
  }
  return replacements;
}

function isEarlier(a: Replacement, b: Replacement): boolean {
  return a.at < b.at || (a.at === b.at && a.to < b.to);
}

export interface ResolvedPlaceholders {
  /** New ones, and ones with another exit. */
  readonly changed: readonly ProcessRow[];
  /** All that are referred to or were until now; the store drops those without a child and without an exit. */
  readonly current: ReadonlyMap<string, ProcessRow>;
  /** Placeholders that were replaced earlier. */
  readonly pointers: readonly ProcessRow[];
}

/** `stored` holds the rows of the placeholders that are referenced and released. */
export function resolvePlaceholders(
  { referenced, exits }: PlaceholderReferences,
  stored: ReadonlyMap<string, ProcessRow>,
): ResolvedPlaceholders {
  const current = new Map(referenced);
  const pointers: ProcessRow[] = [];
  for (const [key, row] of stored) {
    if (row.kind !== "placeholder") {
      continue;
    }
    if (row.mergedInto !== undefined && !referenced.has(key)) {
      pointers.push(row);
    } else {
      current.set(key, withName(row, referenced.get(key)));
    }
  }
  const changed = [...current].flatMap(([key, row]) => {
    const exit = exitNow(row, exits);
    const isChanged =
      !stored.has(key) || row.mergedInto !== undefined || exit?.source.eventId !== row.exit?.source.eventId;
    return isChanged ? [{ ...row, exit, mergedInto: undefined }] : [];
  });
  return { changed, current, pointers };
}

/** A former key of a process of another host (`hosts/move-hosts.ts`) has neither the host nor the name of its own. */
function withName(row: ProcessRow, referenced: ProcessRow | undefined): ProcessRow {
  return referenced === undefined || row.facts.named !== undefined
    ? row
    : { ...row, host: referenced.host, facts: { ...row.facts, named: referenced.facts.named } };
}

/** A replaced placeholder and what it points to. */
export interface Pointer {
  readonly row: ProcessRow;
  readonly replacement: Replacement;
}

/** Turns placeholders into pointers; those that point to their replacement already are left out. */
export function redirected(placeholders: readonly ProcessRow[], replacements: Replacements): readonly Pointer[] {
  return placeholders.flatMap((row) => {
    const replacement = replacements.get(row.key);
    return replacement === undefined || replacement.to === row.mergedInto
      ? []
      : [{ replacement, row: { ...row, exit: undefined, mergedInto: replacement.to } }];
  });
}

/** The rows that referred to the placeholders, which keep their keys: when they change, the pointers follow. */
export function rememberReplaced(
  pointers: readonly Pointer[],
  referrers: ReadonlyMap<string, ProcessRow>,
): readonly ProcessRow[] {
  return [...Map.groupBy(pointers, ({ replacement }) => replacement.by)].flatMap(([by, own]) => {
    const row = referrers.get(by);
    if (row === undefined) {
      return [];
    }
    const added = own.map(({ row: { key }, replacement: { exit } }): ReplacedPlaceholder => ({ key, exit }));
    const replacedPlaceholders = mergeReplacedPlaceholders(row.facts.replacedPlaceholders ?? [], added);
    return [{ ...row, facts: { ...row.facts, replacedPlaceholders } }];
  });
}
