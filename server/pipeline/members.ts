import { countHits } from "../alerting/count-hits.ts";
import type { MemberSource } from "../alerting/raise-sequences.ts";
import type { Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import { decide, type Evidence, type Match } from "../exception/decide.ts";
import type { AppliedEvents } from "../lineage/apply-events.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

/** The events of the current write and their processes, which the store does not return before the commit. */
interface CurrentWrite {
  readonly byId: ReadonlyMap<string, { readonly event: StemmaEvent }>;
  readonly processOf: AppliedEvents["processOf"];
}

/** Looks up events of rules over several events and their processes, in the current write or in the store. */
export function memberSource(
  store: Store,
  { byId, processOf }: CurrentWrite = { byId: new Map(), processOf: new Map() },
): MemberSource {
  return {
    event: async (id) => byId.get(id)?.event ?? store.events.get(id),
    processKeyOf: async (event) =>
      processOf.get(event.id) ?? (byId.has(event.id) ? undefined : (await store.lineage.processOf(event))?.key),
  };
}

/** An event that an exception hides from a rule over several events. */
export interface HiddenEvent {
  readonly ruleId: string;
  readonly hits: readonly Match<Evidence>[];
}

/**
 * For the engines: whether an enforced exception hides the event from a rule. What is hidden is added to `note.hidden`,
 * to be counted. The event is unpacked only for rules in the scope of an exception.
 */
export function hidesFrom(
  exceptions: ActiveExceptions,
  arrived: { readonly event: StemmaEvent },
  role: "member" | "counted",
  note?: { readonly processOf: AppliedEvents["processOf"]; readonly hidden: HiddenEvent[] },
): (rule: Rule) => boolean {
  return ({ id: ruleId }) => {
    const enforced = exceptions.forRule(ruleId, "enforced");
    if (enforced.length === 0) {
      return false;
    }
    const { event } = arrived;
    const evidence = { event, role, subject: note?.processOf.get(event.id) ?? event.id };
    const { left, hits } = decide([evidence], enforced);
    if (left.length > 0) {
      return false;
    }
    note?.hidden.push({ ruleId, hits });
    return true;
  };
}

/** Counts the hits of exceptions on the events that they hid. */
export async function countHidden(
  exceptions: Pick<StoreTransaction["exceptions"], "addHit">,
  hidden: readonly HiddenEvent[],
  now: number,
): Promise<void> {
  for (const { ruleId, hits } of hidden) {
    await countHits(exceptions, ruleId, hits, now);
  }
}
