import type { StemmaEvent } from "../event/event.ts";
import { assignSessions } from "./assign-sessions.ts";
import { gather } from "./batch.ts";
import { joinTwins } from "./join-twins.ts";
import { linkParents, type RowChange } from "./link-parents.ts";
import { addFacts, hearsay, type ProcessFacts, type ProcessRow, positionOf } from "./process-row.ts";
import type { LineageTables } from "./tables.ts";

export interface Absorbed {
  /** Event id to the process that it is about, for events that are about one. */
  readonly processOf: ReadonlyMap<string, string>;
  /** Keys that were given before and lead elsewhere now. */
  readonly rekeyed: ReadonlyMap<string, string>;
  /** Processes of which something other than counters changed. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Adds a batch of events that were not known before to the graph. The graph is a function of the set of all facts: what a
 * fact can change is looked at again from the stored facts, so neither order nor batches matter.
 */
export async function absorb(tables: LineageTables, events: readonly StemmaEvent[]): Promise<Absorbed> {
  const batch = gather(events);
  const known = await tables.rows([...batch.rows.keys()]);
  const changes: RowChange[] = [];
  for (const [key, fresh] of batch.rows) {
    const before = known.get(key);
    const facts = before === undefined ? fresh.facts : withNews(before, fresh);
    if (before === undefined || facts !== before.facts) {
      changes.push({ before, after: before === undefined ? fresh : { ...before, facts } });
    }
  }
  await tables.saveRows(changes.map((change) => change.after));
  await tables.addActivity(batch.activity);

  const moved = changes.filter(({ before, after }) => before === undefined || hasMoved(before, after));
  const { rekeyed, touched: paired } = await joinTwins(
    tables,
    moved.map((change) => change.after.key),
  );
  const started = changes.filter(({ before, after }) => before?.facts.starts.length !== after.facts.starts.length);
  const startedKeys = started.map((change) => change.after.key);
  // A record that came to a joined row speaks for the process that is shown.
  const joined = [...(await tables.mergedKeys(startedKeys)).values()];
  await tables.saveRows([...(await tables.rows(joined)).values()]);
  const asking = new Set([...startedKeys, ...joined, ...paired]);
  const linked = await linkParents(tables, { moved, paired, asking, exits: batch.exits });
  const seated = await assignSessions(tables, { rows: asking, logons: batch.logons });

  const touched = new Set([
    ...changes.map((change) => change.after.key),
    ...paired,
    ...joined,
    ...linked.touched,
    ...seated,
  ]);
  const about = new Map([...batch.about, ...linked.exitOwners]);
  return { processOf: await shown(tables, about), rekeyed, touched };
}

/** The facts of a row with a batch's added; the same object when they say nothing new. */
function withNews(before: ProcessRow, fresh: ProcessRow): ProcessFacts {
  const joined = addFacts(before.facts, fresh.facts);
  const same =
    joined.starts === before.facts.starts &&
    joined.ends === before.facts.ends &&
    (hearsay(joined) !== joined ||
      JSON.stringify([joined.seen, joined.told]) === JSON.stringify([before.facts.seen, before.facts.told]));
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

/** Security rows that were joined to an agent's lead to that one. */
async function shown(tables: LineageTables, about: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const merged = await tables.mergedKeys([...new Set(about.values())]);
  return new Map([...about].map(([event, key]) => [event, merged.get(key) ?? key]));
}
