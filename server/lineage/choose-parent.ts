import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { addFacts, NO_FACTS, type ParentChoice } from "./process-facts.ts";
import type { ParentLink, ProcessRow } from "./process-row.ts";
import { choiceOf } from "./resolve/find-parents.ts";
import { save } from "./save.ts";
import type { LineageTables } from "./tables.ts";
import { updateRelations } from "./update-relations.ts";

/** How far up ancestors are followed when looking for a cycle. */
const MAX_GENERATIONS = 1000;

export interface ChosenParent {
  /** The key that the child is shown under. */
  readonly child: string;
  readonly before: ParentLink | undefined;
  readonly after: ParentLink | undefined;
}

/**
 * Stores an analyst's choice among the possible parents of a process, or reverts it (`parent` undefined), and updates
 * the edge. Only candidates can be chosen. See docs/decisions/0021. Problems: `process.not-found`,
 * `parent.not-a-candidate`, `parent.cycle`, `parent.not-chosen`.
 */
export async function applyParentChoice(
  tables: LineageTables,
  child: string,
  choice: ParentChoice,
): Promise<Result<ChosenParent, RequestProblem>> {
  const row = await shownRow(tables, child);
  if (row === undefined) {
    return fail({ code: "process.not-found", message: "Process not found." });
  }
  const chosen = choice.parent;
  const parent = chosen === undefined ? undefined : ((await shownRow(tables, chosen))?.key ?? chosen);
  const problem = parent === undefined ? whyNotReverted(row) : await whyNotChosen(tables, row, parent);
  if (problem !== undefined) {
    return fail(problem);
  }
  const last = choiceOf({ row, duplicate: await duplicateOf(tables, row) });
  // The later choice applies: two within a millisecond, or a clock that was set back, must not lose the newer one.
  const at = Math.max(choice.at, (last?.at ?? 0) + 1);
  await storeChoice(tables, row, { ...choice, parent, at });
  const after = (await tables.rows([row.key])).get(row.key)?.parent;
  return ok({ child: row.key, before: row.parent, after });
}

/** Adds a choice to the facts of its process and resolves the parent again. */
export async function storeChoice(tables: LineageTables, row: ProcessRow, choice: ParentChoice): Promise<void> {
  const changed = { ...row, facts: addFacts(row.facts, { ...NO_FACTS, choice }) };
  await save(tables, { rows: [changed] });
  const unlinked = [{ row: changed, duplicate: await duplicateOf(tables, row) }];
  await updateRelations(tables, { moved: [], exits: [], unlinked, reassigned: [] });
}

function whyNotReverted(row: ProcessRow): RequestProblem | undefined {
  return row.parent?.chosen === undefined
    ? { code: "parent.not-chosen", message: "No parent was chosen for this process." }
    : undefined;
}

async function whyNotChosen(
  tables: LineageTables,
  row: ProcessRow,
  parent: string,
): Promise<RequestProblem | undefined> {
  if (row.parent?.candidates?.includes(parent) !== true) {
    return {
      code: "parent.not-a-candidate",
      message: "The records of this process rule out that parent.",
      remedy: "Choose one of the candidates of its parent edge.",
      at: { field: "parent" },
    };
  }
  return (await isBelow(tables, parent, row.key))
    ? {
        code: "parent.cycle",
        message: "That candidate descends from this process; choosing it would create a cycle.",
        at: { field: "parent" },
      }
    : undefined;
}

async function duplicateOf(tables: LineageTables, { duplicate }: ProcessRow): Promise<ProcessRow | undefined> {
  return duplicate === undefined ? undefined : (await tables.rows([duplicate])).get(duplicate);
}

async function shownRow(tables: LineageTables, key: string): Promise<ProcessRow | undefined> {
  const shown = (await tables.mergedKeys([key])).get(key) ?? key;
  return (await tables.rows([shown])).get(shown);
}

async function isBelow(tables: LineageTables, key: string, ancestor: string): Promise<boolean> {
  const visited = new Set<string>();
  let next: string | undefined = key;
  while (next !== undefined && !visited.has(next) && visited.size < MAX_GENERATIONS) {
    if (next === ancestor) {
      return true;
    }
    visited.add(next);
    next = (await shownRow(tables, next))?.parent?.key;
  }
  return false;
}
