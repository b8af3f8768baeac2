import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import { choiceOf, linkParents } from "./link-parents.ts";
import { addFacts, NO_FACTS, type ParentChoice, type ParentLink, type ProcessRow } from "./process-row.ts";
import type { LineageTables } from "./tables.ts";

/** A path is followed so far up when a circle is looked for. */
const GENERATIONS = 1000;

export interface ChosenParent {
  /** Key under which the child is shown. */
  readonly child: string;
  readonly before: ParentLink | undefined;
  readonly after: ParentLink | undefined;
}

/**
 * Takes a person's word on which of several possible parents a process has, or takes it back (`parent` undefined), and
 * hangs the process there. Only a candidate can be chosen: what records settle is not a matter of opinion. Problems:
 * `process.not-found`, `parent.not-a-candidate`, `parent.cycle`, `parent.not-chosen`.
 */
export async function applyParentChoice(
  tables: LineageTables,
  child: string,
  choice: ParentChoice,
): Promise<Result<ChosenParent, RequestProblem>> {
  const row = await shownRow(tables, child);
  if (row === undefined) {
    return fail({ code: "process.not-found", message: "There is no such process." });
  }
  const parent =
    choice.parent === undefined ? undefined : ((await shownRow(tables, choice.parent))?.key ?? choice.parent);
  if (parent === undefined && row.parent?.chosen === undefined) {
    return fail({ code: "parent.not-chosen", message: "The parent of this process is shown as computed already." });
  }
  if (parent !== undefined && row.parent?.candidates?.includes(parent) !== true) {
    return fail({
      code: "parent.not-a-candidate",
      message: "The records of this process do not leave that parent open.",
      remedy: "Choose one of the candidates that its edge names.",
      at: { field: "parent" },
    });
  }
  if (parent !== undefined && (await isBelow(tables, parent, row.key))) {
    return fail({
      code: "parent.cycle",
      message: "That candidate descends from this process: the tree would be a circle.",
      at: { field: "parent" },
    });
  }
  const last = choiceOf(
    row,
    (await tables.rows(row.duplicate === undefined ? [] : [row.duplicate])).get(row.duplicate ?? ""),
  );
  // The later choice holds, so one made within the same millisecond, or after the clock was set back, stands after the
  // last.
  await rememberChoice(tables, row, { ...choice, parent, at: Math.max(choice.at, (last?.at ?? 0) + 1) });
  const after = (await tables.rows([row.key])).get(row.key)?.parent;
  return ok({ child: row.key, before: row.parent, after });
}

/** Keeps a choice with the facts of its process and looks for the parent again. */
export async function rememberChoice(tables: LineageTables, row: ProcessRow, choice: ParentChoice): Promise<void> {
  const asked = { ...row, facts: addFacts(row.facts, { ...NO_FACTS, choice }) };
  await tables.saveRows([asked]);
  await linkParents(tables, { moved: [], paired: [], asking: [asked], exits: [] });
}

async function shownRow(tables: LineageTables, key: string): Promise<ProcessRow | undefined> {
  const shown = (await tables.mergedKeys([key])).get(key) ?? key;
  return (await tables.rows([shown])).get(shown);
}

async function isBelow(tables: LineageTables, key: string, ancestor: string): Promise<boolean> {
  const seen = new Set<string>();
  for (let next: string | undefined = key; next !== undefined && !seen.has(next) && seen.size < GENERATIONS; ) {
    if (next === ancestor) {
      return true;
    }
    seen.add(next);
    next = (await shownRow(tables, next))?.parent?.key;
  }
  return false;
}
