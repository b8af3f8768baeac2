import type { ActiveException } from "../alerting/raise.ts";
import type { MemberSource } from "../alerting/raise-sequences.ts";
import type { Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import { appliesTo } from "../exception/condition.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

/** Events that the write in hand stores, and their processes: other readers do not see them yet. */
interface InHand {
  readonly byId: ReadonlyMap<string, { readonly event: StemmaEvent }>;
  readonly processOf: AppliedEvents["processOf"];
}

/** The events of rules over several events, and their processes: in hand, or stored before. */
export function memberSource(
  store: Store,
  { byId, processOf }: InHand = { byId: new Map(), processOf: new Map() },
): MemberSource {
  return {
    event: async (id) => byId.get(id)?.event ?? store.events.get(id),
    processKeyOf: async (event) =>
      processOf.get(event.id) ?? (byId.has(event.id) ? undefined : (await store.lineage.processOf(event))?.key),
  };
}

/** An event that an exception has taken out of a rule over several events. */
export interface Excepted {
  readonly record: ActiveException["record"];
  readonly ruleId: string;
  readonly event: StemmaEvent;
}

/**
 * Whether an enforced exception takes the event out of a rule; each that does is noted. The event is asked for only where
 * there is an exception for the rule.
 */
export function except(
  of: { readonly event: StemmaEvent },
  exceptions: readonly ActiveException[],
  noted: Excepted[],
): (rule: Rule) => boolean {
  return (rule) => {
    const first = exceptions.find(
      ({ record, matches }) => record.mode === "enforced" && appliesTo(record, rule.id) && matches(of.event),
    );
    if (first !== undefined) {
      noted.push({ record: first.record, ruleId: rule.id, event: of.event });
    }
    return first !== undefined;
  };
}

/** Counts the events that exceptions have taken out. */
export async function noteExcepted(
  exceptions: Pick<StoreTransaction["exceptions"], "addHit">,
  excepted: readonly Excepted[],
  processOf: AppliedEvents["processOf"],
): Promise<void> {
  for (const { record, ruleId, event } of excepted) {
    const subject = processOf.get(event.id) ?? event.id;
    await exceptions.addHit(record.id, { ruleId, subject, eventId: event.id, time: event.time });
  }
}
