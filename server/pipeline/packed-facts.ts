import { factOf } from "../lineage/fact-of.ts";
import type { ActivityFact, Fact } from "../lineage/facts.ts";
import type { EventFact } from "../lineage/group-facts.ts";
import type { NewEvent } from "../store/events/port.ts";

/**
 * What the events of a batch say about processes, in a form that goes to another thread cheaply: most say only that a known
 * process did something again, so what they say besides the time is kept once.
 */
export interface PackedFacts {
  readonly activities: readonly ActivityFact[];
  readonly others: readonly Exclude<Fact, ActivityFact>[];
  /** By event: 0 says nothing, n is `activities[n - 1]` at the event's time, -n is `others[n - 1]`. */
  readonly places: Int32Array;
}

export function packFacts(events: readonly NewEvent[]): PackedFacts {
  const activities: ActivityFact[] = [];
  const others: Exclude<Fact, ActivityFact>[] = [];
  const places = new Int32Array(events.length);
  const known = new Map<string, number>();
  for (const [index, { event }] of events.entries()) {
    const fact = factOf(event);
    if (fact === undefined) {
      continue;
    }
    if (fact.kind !== "activity") {
      others.push(fact);
      places[index] = -others.length;
      continue;
    }
    const text = `${fact.entityId}\n${fact.counter}\n${fact.pid}\n${fact.executable}\n${fact.user?.name}\n${fact.address}`;
    let place = known.get(text);
    if (place === undefined || !saysTheSame(fact, activities[place - 1])) {
      place = activities.push(fact);
      known.set(text, place);
    }
    places[index] = place;
  }
  return { activities, others, places };
}

function saysTheSame(one: ActivityFact, other: ActivityFact | undefined): boolean {
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

/** What the event at this place says. */
export function factAt(
  facts: PackedFacts,
  index: number,
  event: { readonly id: string; readonly time: number },
): EventFact | undefined {
  const place = facts.places[index] ?? 0;
  const activity = facts.activities[place - 1];
  const fact = activity === undefined ? facts.others[-place - 1] : { ...activity, time: event.time };
  return fact === undefined ? undefined : { eventId: event.id, fact };
}
