import { countHits } from "../alerting/count-hits.ts";
import { type LineageSource, withLineage } from "../alerting/lineage-contexts.ts";
import type { MemberSource } from "../alerting/raise-sequences.ts";
import type { Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { ActiveExceptions, ExceptedEvent } from "../exception/active.ts";
import { decide, type Evidence, type Match } from "../exception/decide.ts";
import type { LineageContext } from "../exception/lineage-context.ts";
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
  arrived: { readonly event: StemmaEvent & ExceptedEvent },
  role: "member" | "counted",
  note?: { readonly processOf: AppliedEvents["processOf"]; readonly hidden: HiddenEvent[] },
): (rule: Rule, step?: number) => boolean {
  return ({ id: ruleId }, step) => {
    const enforced = exceptions.forRule(ruleId, "enforced");
    if (enforced.length === 0) {
      return false;
    }
    const { event } = arrived;
    const evidence = { event, role, step, subject: note?.processOf.get(event.id) ?? event.id };
    const { left, hits } = decide([evidence], enforced);
    if (left.length > 0) {
      return false;
    }
    note?.hidden.push({ ruleId, hits });
    return true;
  };
}

/**
 * Of events that match a part of rules: what the process graph knows about them, by event id, where an exception of
 * these rules asks for it. `rulesOf` names the rules that an event may belong to.
 */
export async function lineageOf<M extends { readonly event: StemmaEvent }>(
  matched: readonly M[],
  exceptions: ActiveExceptions,
  rulesOf: (matched: M) => readonly Rule[],
  source: LineageSource,
): Promise<ReadonlyMap<string, LineageContext>> {
  if (!exceptions.needLineage) {
    return new Map();
  }
  const asking = (one: M) => [...new Set(rulesOf(one).flatMap(({ id }) => exceptions.forRule(id)))];
  const concerned = matched.filter((one) => asking(one).some((each) => each.needsLineage && each.mayMatch(one.event)));
  const completed = await withLineage(
    concerned.map(({ event }) => event),
    [...new Set(concerned.flatMap(asking))],
    source,
  );
  return new Map(completed.flatMap(({ id, lineage }) => (lineage === undefined ? [] : [[id, lineage] as const])));
}

/** The event with what the graph knows about it. Without that, the event is not unpacked. */
export function withKnown<M extends { readonly event: StemmaEvent }>(
  one: M,
  lineage: LineageContext | undefined,
): { readonly event: StemmaEvent & ExceptedEvent } {
  return lineage === undefined ? one : { event: { ...one.event, lineage } };
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
