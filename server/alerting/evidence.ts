import type { AlertRecord } from "../alert/record.ts";
import type { Rule } from "../detection/rule.ts";
import { stepsOfMembers } from "../detection/sequence/plan.ts";
import type { StemmaEvent } from "../event/event.ts";
import { type Evidence, recordEvidence } from "../exception/decide.ts";

/** Looks up an event by its id. */
export type EventLookup = (id: string) => Promise<StemmaEvent | undefined>;

/**
 * What a stored alert rests on, as far as its events are stored. `rule` tells the steps of a sequence. An alert on
 * single events carries the fields of its leading record, so that one is not looked up.
 */
export async function evidenceOf(
  alert: AlertRecord,
  eventOf: EventLookup,
  rule?: Pick<Rule, "body">,
): Promise<readonly Evidence[]> {
  // All at once: a store across a network then looks them up together.
  const events = await Promise.all(
    alert.sources.map((source, index) =>
      index === 0 && alert.sequence === undefined
        ? { id: source.eventId, source, time: Date.parse(source.time), fields: alert.fields }
        : eventOf(source.eventId),
    ),
  );
  const stepOf = stepsOfEvents(alert, rule);
  return events.flatMap((event) => (event === undefined ? [] : [evidenceIn(alert, event, stepOf.get(event.id))]));
}

function evidenceIn(alert: AlertRecord, event: Evidence["event"], step: number | undefined): Evidence {
  if (alert.sequence === undefined) {
    return recordEvidence(event, alert.processKey);
  }
  return { event, role: alert.correlation === undefined ? "member" : "counted", subject: event.id, step };
}

/** The steps that the events of an alert took, by the rule as it is loaded. */
function stepsOfEvents({ sequence }: AlertRecord, rule: Pick<Rule, "body"> | undefined): ReadonlyMap<string, number> {
  const steps = rule?.body.kind === "sequence" ? stepsOfMembers(rule.body.plan) : [];
  return new Map(sequence?.eventIds.flatMap((id, index) => (steps[index] === undefined ? [] : [[id, steps[index]]])));
}
