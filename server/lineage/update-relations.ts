import { loadRelations } from "./load.ts";
import type { ProcessRow } from "./process-row.ts";
import {
  formerlyReleasedByExits,
  type MovedExit,
  type PlaceholderReferences,
  redirected,
  rememberReplaced,
  replacementsOf,
  resolvePlaceholders,
} from "./resolve/placeholders.ts";
import { type RelationNews, resolveRelations } from "./resolve/resolve-relations.ts";
import { save } from "./save.ts";
import type { ExitRow, LineageTables } from "./tables.ts";

export interface UpdatedRelations {
  /** Processes and placeholders that changed. */
  readonly touched: ReadonlySet<string>;
  /** Placeholders that were dropped, and the process that is known instead. */
  readonly replaced: ReadonlyMap<string, string>;
  /** The process that each exit in a changed history ended, by event id. */
  readonly exitOwners: ReadonlyMap<string, string>;
  /** Exits that turn out to be of another process than before, which is known still. */
  readonly movedExits: readonly MovedExit[];
}

/**
 * Finds parents and owners of exits by pid and time, for everything that the news may change. The news are saved
 * already.
 */
export async function updateRelations(tables: LineageTables, news: RelationNews): Promise<UpdatedRelations> {
  const { rows, exits, exitOwners, references } = resolveRelations(await loadRelations(tables, news), news);
  const updated = await updatePlaceholders(tables, references, rows, exits);
  const movedExits = references.exits.moved.filter(({ from }) => !updated.replaced.has(from));
  return { ...updated, exitOwners, movedExits };
}

/**
 * Saves what was resolved, creates the placeholders that are referred to, and drops those that nobody refers to any
 * more. Their keys then point to what replaced them.
 */
async function updatePlaceholders(
  tables: LineageTables,
  references: PlaceholderReferences,
  rows: readonly ProcessRow[],
  exits: readonly ExitRow[],
): Promise<Omit<UpdatedRelations, "exitOwners" | "movedExits">> {
  const { released, referenced } = references;
  const movedExits = references.exits.moved;
  const owners = await tables.rows(movedExits.map(({ from }) => from));
  const replacements = replacementsOf([...released, ...formerlyReleasedByExits(movedExits, owners)]);
  const stored = await tables.rows([...referenced.keys(), ...replacements.keys()]);
  const { changed, current, pointers } = resolvePlaceholders(references, stored);
  await save(tables, { rows: [...rows, ...changed], exits, placeholders: [...current.keys()] });

  // Only the store knows which placeholders have no child left.
  const candidates = [...replacements.keys()].flatMap((key) => current.get(key) ?? []);
  const kept = await tables.rows(candidates.map(({ key }) => key));
  const dropped = candidates.filter(({ key }) => !kept.has(key));
  const redirects = redirected([...dropped, ...pointers], replacements);
  const referrers = await tables.rows(redirects.map(({ replacement }) => replacement.by));
  await save(tables, { rows: [...redirects.map(({ row }) => row), ...rememberReplaced(redirects, referrers)] });
  return {
    touched: new Set([...rows, ...changed].map(({ key }) => key)),
    replaced: new Map(
      dropped.flatMap(({ key }) => {
        const to = replacements.get(key)?.to;
        return to === undefined ? [] : [[key, to] as const];
      }),
    ),
  };
}
