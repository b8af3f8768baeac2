import { factOf } from "../lineage/fact-of.ts";
import type { ActivityFact, EventFact, Fact } from "../lineage/facts.ts";
import type { NewEvent } from "../store/events/port.ts";

/**
 * The process facts of the events of a batch, in a form that is cheap to send to another thread: most events only
 * repeat an activity of a process at another time, so equal activities are kept once.
 */
export interface PackedFacts {
  readonly activities: readonly ActivityFact[];
  readonly others: readonly Exclude<Fact, ActivityFact>[];
  /** Per event: 0 is no fact, n is `activities[n - 1]` at the event's time, -n is `others[n - 1]`. */
  readonly references: Int32Array;
}

/** Extracts and packs the facts of events. */
export function packFacts(events: readonly NewEvent[]): PackedFacts {
  const activities: ActivityFact[] = [];
  const others: Exclude<Fact, ActivityFact>[] = [];
  const references = new Int32Array(events.length);
  const known = new Map<string, number>();
  for (const [index, { event }] of events.entries()) {
    const fact = factOf(event);
    if (fact === undefined) {
      continue;
    }
    if (fact.kind !== "activity") {
      others.push(fact);
      references[index] = -others.length;
      continue;
    }
    const text = `${fact.entityId}\n${fact.counter}\n${fact.pid}\n${fact.executable}\n${fact.user?.name}\n${fact.address}`;
    let reference = known.get(text);
    if (reference === undefined || !isSameActivity(fact, activities[reference - 1])) {
      reference = activities.push(fact);
      known.set(text, reference);
    }
    references[index] = reference;
  }
  return { activities, others, references };
}

function isSameActivity(one: ActivityFact, other: ActivityFact | undefined): boolean {
  return (
    other !== undefined &&
    one.host === other.host &&
    one.entityId === other.entityId &&
    one.counter === other.counter &&
    one.pid === other.pid &&
    one.executable === other.executable &&
    one.address === other.address &&
    one.user?.name === other.user?.name &&
    one.user?.domain === other.user?.domain &&
    one.user?.id === other.user?.id
  );
}

/** The fact of the event at this index. */
export function factAt(
  facts: PackedFacts,
  index: number,
  event: { readonly id: string; readonly time: number },
): EventFact | undefined {
  const reference = facts.references[index] ?? 0;
  const activity = facts.activities[reference - 1];
  const fact = activity === undefined ? facts.others[-reference - 1] : { ...activity, time: event.time };
  return fact === undefined ? undefined : { eventId: event.id, fact };
}
