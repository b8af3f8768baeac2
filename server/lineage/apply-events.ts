import type { StemmaEvent } from "../event/event.ts";
import { assignSessions } from "./assign-sessions.ts";
import { correlateRecords } from "./correlate-records.ts";
import { factOf } from "./fact-of.ts";
import { type EventFact, groupFacts } from "./group-facts.ts";
import { linkParents, type RowChange } from "./link-parents.ts";
import { parentQuestion } from "./parent-question.ts";
import { addFacts, inferredAttributes, type ProcessFacts, type ProcessRow, positionOf } from "./process-row.ts";
import type { LineageTables } from "./tables.ts";

export interface AppliedEvents {
  /** Event id to the process that it is about, for events that are about one. */
  readonly processOf: ReadonlyMap<string, string>;
  /** Keys that were given before and lead elsewhere now. */
  readonly rekeyed: ReadonlyMap<string, string>;
  /** Processes of which something other than counters changed. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Adds a batch of events that were not known before to the graph. The graph is a function of the set of all facts: what
 * a fact can change is looked at again from the stored facts, so neither order nor batches matter.
 */
export function applyEvents(tables: LineageTables, events: readonly StemmaEvent[]): Promise<AppliedEvents> {
  const told = events.flatMap((event): readonly EventFact[] => {
    const fact = factOf(event);
    return fact === undefined ? [] : [{ eventId: event.id, fact }];
  });
  return applyFacts(tables, told);
}

/** As `absorb`, for facts that were taken from their events before. */
export async function applyFacts(tables: LineageTables, told: readonly EventFact[]): Promise<AppliedEvents> {
  const batch = groupFacts(told);
  const known = await tables.rows([...batch.rows.keys()]);
  const changes = changesOf(batch.rows, known);
  const started = changes.filter(({ before, after }) => before?.facts.starts.length !== after.facts.starts.length);

  // What a row's own record settles is settled before it is saved: for most processes nothing is left to find.
  const rows = new Map(changes.map(({ after }) => [after.key, after]));
  const seated = await assignSessions(
    tables,
    started.map((change) => change.after),
    batch.logons,
  );
  for (const row of seated) {
    rows.set(row.key, { ...(rows.get(row.key) ?? row), sessionKey: row.sessionKey });
  }
  for (const { before, after } of changes) {
    const row = rows.get(after.key) ?? after;
    if (before?.exit !== undefined && positionOf(before).pid !== positionOf(after).pid) {
      // Found by a pid that it no longer stands under: looked for again.
      rows.set(row.key, { ...row, exit: undefined });
    }
  }
  for (const { after } of started) {
    const row = rows.get(after.key) ?? after;
    const question = parentQuestion(row, undefined);
    if (question.kind === "entity" && row.mergedInto === undefined && isUnlinked(row)) {
      rows.set(row.key, { ...row, parent: { key: question.key, basis: "entity" } });
    }
  }
  await tables.saveRows([...rows.values()]);
  await tables.addActivity(batch.activity);
  await tables.saveAddresses(batch.addresses);
  await tables.saveAccountTies(batch.accounts);

  const moved = changes
    .filter(({ before, after }) => before === undefined || hasMoved(before, after))
    .map(({ before, after }) => ({ before, after: rows.get(after.key) ?? after }));
  const {
    rekeyed,
    changed: paired,
    handed,
  } = await correlateRecords(
    tables,
    moved.map((change) => change.after),
  );
  // A record that came to a joined row speaks for the process that is shown.
  const startedKeys = started.map((change) => change.after.key);
  const joined = await tables.rows([...(await tables.mergedKeys(startedKeys)).values()]);
  await tables.saveRows([...joined.values()]);

  const asking = new Map(
    [...startedKeys.flatMap((key) => rows.get(key) ?? []), ...paired].map((row) => [row.key, row]),
  );
  for (const [key, row] of joined) {
    asking.set(key, row);
  }
  const heirs = new Set(handed.map(({ to }) => to));
  const open = [...asking.values()].filter(
    (row) => row.mergedInto === undefined && (!isSettled(row) || heirs.has(row.key)),
  );
  const linked = await linkParents(tables, { moved, paired, asking: open, exits: batch.exits, handed });

  const unsettled = new Set([...paired.map((row) => row.key), ...joined.keys()]);
  const reseated = await assignSessions(tables, [...(await tables.rows([...unsettled])).values()], []);
  await tables.saveRows(reseated);

  const touched = new Set([...rows.keys(), ...unsettled, ...linked.touched, ...reseated.map((row) => row.key)]);
  const about = new Map([...batch.about, ...linked.exitOwners]);
  return {
    processOf: await shown(tables, about),
    rekeyed: new Map([...(await shown(tables, linked.replaced)), ...rekeyed]),
    touched,
  };
}

/** Its own record names the parent by entity id, and that is its edge already. */
function isSettled(row: ProcessRow): boolean {
  const question = parentQuestion(row, undefined);
  return question.kind === "entity" && row.parent?.key === question.key;
}

function isUnlinked(row: ProcessRow): boolean {
  return row.parent === undefined && row.creatorPid === undefined;
}

/** The rows that a batch's facts tell something new of. */
function changesOf(
  fresh: ReadonlyMap<string, ProcessRow>,
  known: ReadonlyMap<string, ProcessRow>,
): readonly RowChange[] {
  return [...fresh].flatMap(([key, news]): readonly RowChange[] => {
    const before = known.get(key);
    if (before === undefined) {
      return [{ before, after: news }];
    }
    const facts = withNews(before, news);
    return facts === before.facts ? [] : [{ before, after: { ...before, facts } }];
  });
}

/** The facts of a row with a batch's added; the same object when they say nothing new. */
function withNews(before: ProcessRow, fresh: ProcessRow): ProcessFacts {
  const joined = addFacts(before.facts, fresh.facts);
  const heard = inferredAttributes(before.facts);
  const same =
    joined.starts === before.facts.starts &&
    joined.ends === before.facts.ends &&
    JSON.stringify([joined.observed, joined.inferred]) === JSON.stringify([heard.observed, heard.inferred]);
  return same ? before.facts : joined;
}

/** Whether anything changed that others look the process up by. */
function hasMoved(before: ProcessRow, after: ProcessRow): boolean {
  return (
    JSON.stringify(positionOf(before)) !== JSON.stringify(positionOf(after)) ||
    before.facts.starts.length !== after.facts.starts.length ||
    before.facts.ends.length !== after.facts.ends.length
  );
}

/** Keys as they are shown. */
async function shown(tables: LineageTables, about: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const merged = await tables.mergedKeys([...new Set(about.values())]);
  return new Map([...about].map(([event, key]) => [event, merged.get(key) ?? key]));
}
