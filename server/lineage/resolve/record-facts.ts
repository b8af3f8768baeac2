import { addFacts, keptFacts, type ProcessFacts, provisionalAttributes } from "../process-facts.ts";
import { type ProcessRow, positionOf } from "../process-row.ts";
import { parentQuestion } from "./parent-question.ts";

/** A row before and after facts were added to it. */
export interface RowChange {
  readonly before: ProcessRow | undefined;
  readonly after: ProcessRow;
}

/** Adds the facts of a batch to the stored rows. Rows that learn nothing new are left out. */
export function recordFacts(
  added: ReadonlyMap<string, ProcessRow>,
  stored: ReadonlyMap<string, ProcessRow>,
): readonly RowChange[] {
  return [...added.values()].flatMap((row): readonly RowChange[] => {
    const before = stored.get(row.key);
    if (before === undefined || isPointer(before, row)) {
      return [{ before: undefined, after: withOwnParent({ ...row, facts: keptFacts(row.facts) }) }];
    }
    const facts = addFacts(before.facts, row.facts);
    return isSame(before.facts, facts) ? [] : [{ before, after: updated(before, facts) }];
  });
}

/** A former key of a process of another host (`hosts/move-hosts.ts`), which a record has as its own key now. */
function isPointer(before: ProcessRow, row: ProcessRow): boolean {
  return before.kind === "placeholder" && row.kind !== "placeholder";
}

/** Whether a start record was added. */
export function hasNewStart({ before, after }: RowChange): boolean {
  return (before?.facts.starts.length ?? 0) !== after.facts.starts.length;
}

/** Whether anything changed that other rows are matched by: duplicate records, parents and exits by pid. */
export function hasMoved(change: RowChange): boolean {
  const { before, after } = change;
  if (before === undefined || hasNewStart(change) || before.facts.ends.length !== after.facts.ends.length) {
    return true;
  }
  const [from, to] = [positionOf(before), positionOf(after)];
  return from.pid !== to.pid || from.name !== to.name || from.at !== to.at || from.begun !== to.begun;
}

function updated(before: ProcessRow, facts: ProcessFacts): ProcessRow {
  const after = { ...before, facts };
  // An exit found by a pid that the row no longer has: it is looked for again.
  const isExitStale = before.exit !== undefined && positionOf(before).pid !== positionOf(after).pid;
  const row = isExitStale ? { ...after, exit: undefined } : after;
  return hasNewStart({ before, after }) ? withOwnParent(row) : row;
}

/** Most records contain the parent's entity id: the edge is set at once, without a search. */
function withOwnParent(row: ProcessRow): ProcessRow {
  if (row.mergedInto !== undefined || row.parent !== undefined || row.creatorPid !== undefined) {
    return row;
  }
  const question = parentQuestion(row, undefined);
  return question.kind === "entity" ? { ...row, parent: { key: question.key, basis: "entity" } } : row;
}

function isSame(before: ProcessFacts, after: ProcessFacts): boolean {
  const known = provisionalAttributes(before);
  return (
    after.starts === before.starts &&
    after.ends === before.ends &&
    JSON.stringify([after.observed, after.inferred]) === JSON.stringify([known.observed, known.inferred])
  );
}
