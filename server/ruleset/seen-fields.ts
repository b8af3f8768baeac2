import type { Fields } from "#contracts/event";
import { always } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import { eventSource } from "../event/event-source.ts";
import { constantsOf, kindFields } from "../event/record-kinds.ts";
import type { SamplePlace } from "../store/events/port.ts";
import type { Store } from "../store/port.ts";

/** Sampled events of one event type. */
export interface SeenKind {
  readonly source: string;
  readonly code: string;
  /** The values that define the type, one entry per distinct set. */
  readonly constant: Fields;
  readonly fields: ReadonlySet<string>;
  readonly events: number;
}

export interface SeenFields {
  readonly kinds: readonly SeenKind[];
  /** Events that `kinds` tell of; fewer than are stored also where there are too many event types. */
  readonly sampled: number;
  readonly stored: number;
}

/** Stores with at most this many events are read completely. */
const WHOLE = 30_000;
/**
 * Larger ones are sampled: the largest logs, a number of points in time in each, and a number of events from
 * each point.
 */
const LOGS = 12;
const PLACES = 4;
const EACH = 250;
/** Bound on event types, because data may produce any number of them. */
const mostKinds = 2_000;

/**
 * The fields of stored events by event type: from all events of a small store, and from events
 * at evenly spread times of the largest logs (one host and source each) of a large one, or with `whole` from all.
 */
export async function seenFieldsOf(store: Store, { whole = false } = {}): Promise<SeenFields> {
  const stored = await store.events.count();
  const kinds = new Map<string, { seen: SeenKind; fields: Set<string>; events: number }>();
  const known = new Set<string>();
  let noted = 0;
  for await (const events of whole ? store.events.scan({ condition: always }) : sampleOf(store, stored)) {
    for (const event of events) {
      if ((whole || !known.has(event.id)) && note(event, kinds)) {
        noted += 1;
      }
      if (!whole) {
        known.add(event.id);
      }
    }
  }
  return {
    kinds: [...kinds.values()].map(({ seen, fields, events }) => ({ ...seen, fields, events })),
    sampled: noted,
    stored,
  };
}

async function* sampleOf(store: Store, stored: number): AsyncGenerator<readonly StemmaEvent[]> {
  yield* store.events.sample(stored <= WHOLE ? [{ limit: WHOLE }] : await placesOf(store));
}

async function placesOf(store: Store): Promise<readonly SamplePlace[]> {
  const coverage = await store.events.coverage({});
  return coverage
    .toSorted((left, right) => right.events - left.events)
    .slice(0, LOGS)
    .flatMap((log) => {
      const [first, last] = [Date.parse(log.from ?? ""), Date.parse(log.to ?? "")];
      return Array.from({ length: PLACES }, (_, place) => ({
        from: first + Math.floor(((last - first) * place) / PLACES),
        limit: EACH,
      }));
    });
}

/** As `seenFieldsOf`, recomputed only when the stored events change. */
export function seenFieldsMemory(store: Store): () => Promise<SeenFields> {
  let known: Promise<SeenFields> | undefined;
  let of = -1;
  return async () => {
    const stored = await store.events.count();
    if (known === undefined || of !== stored) {
      of = stored;
      known = seenFieldsOf(store);
      known.catch(() => {
        known = undefined;
      });
    }
    return known;
  };
}

/** Whether the event was noted: those of further types are not, once there are too many. */
function note(
  event: StemmaEvent,
  kinds: Map<string, { readonly seen: SeenKind; readonly fields: Set<string>; events: number }>,
): boolean {
  const source = eventSource(event);
  const key = JSON.stringify([source, ...kindFields.map((name) => event.fields[name])]);
  let kind = kinds.get(key);
  if (kind === undefined && kinds.size >= mostKinds) {
    return false;
  }
  if (kind === undefined) {
    const fields = new Set<string>();
    const code = event.source.code ?? String(event.fields["event.code"] ?? "");
    kind = { seen: { source, code, constant: constantsOf(event.fields), fields, events: 0 }, fields, events: 0 };
    kinds.set(key, kind);
  }
  kind.events += 1;
  for (const name in event.fields) {
    kind.fields.add(name);
  }
  return true;
}
