import { compileCondition } from "../condition/evaluate.ts";
import type { StemmaEvent } from "../event/event.ts";
import { capitalised } from "../lib/capitalised.ts";
import { sessionsOfEvents } from "../lineage/links/sessions-of-facts.ts";
import type { Store } from "../store/port.ts";
import type { Hits, Search } from "./run-query.ts";

/**
 * Logon records that match, oldest first, with their sessions. The logon that opened the session of the process is
 * always included, even from before the window.
 */
export async function logonHits(store: Store, search: Search): Promise<Hits> {
  const bounds = { from: search.window.from, to: search.window.to, order: "oldest-first" } as const;
  const [found, { hosts }] = await Promise.all([
    store.events.find({ ...bounds, condition: search.condition, limit: search.limit }),
    store.lineage.accounts(),
  ]);
  const tests = search.groups.map((group) =>
    group.condition === undefined ? () => false : compileCondition(group.condition),
  );
  const opening = await openingLogon(store, search, found.events);
  const early = opening !== undefined && search.window.from !== undefined && opening.time < search.window.from;
  const events = opening === undefined ? found.events : [opening, ...found.events];
  const perGroup: number[] = [];
  for (const [index, group] of search.groups.entries()) {
    const counted =
      group.condition === undefined
        ? 0
        : (await store.events.find({ ...bounds, condition: group.condition, limit: 1 })).total;
    perGroup.push(counted + (early && tests[index]?.(opening.fields) ? 1 : 0));
  }
  const sessions = await sessionsOfEvents(store.lineage, hosts, events);
  const total = found.total + (early ? 1 : 0);
  const rows = events.slice(0, Math.max(1, search.limit)).map((event) => ({
    id: event.id,
    time: new Date(event.time).toISOString(),
    fields: event.fields,
    source: event.source,
    sessionKey: sessions.get(event.id)?.key,
    groups: tests.flatMap((test, index) => (test(event.fields) ? [index] : [])),
  }));
  return {
    rows,
    total,
    perGroup,
    notes: [...(early ? ["The logon that opened the session is from before the window."] : []), ...openingNote(search)],
    truncationReason:
      total > rows.length ? `The oldest ${rows.length} of ${total} logon records are shown.` : undefined,
  };
}

function openingNote({ context }: Search): readonly string[] {
  if (context.sessionMissing !== undefined) {
    return [`${capitalised(context.sessionMissing)}.`];
  }
  return context.session?.openedBy === undefined ? ["The logon that opened the session is not stored."] : [];
}

/** The opening logon, if the search has not returned it. */
async function openingLogon(
  store: Store,
  search: Search,
  found: readonly StemmaEvent[],
): Promise<StemmaEvent | undefined> {
  const id = search.context.session?.openedBy?.eventId;
  if (id === undefined || search.context.session?.service === true || found.some((event) => event.id === id)) {
    return undefined;
  }
  return store.events.get(id);
}
