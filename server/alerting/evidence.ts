import type { AlertRecord } from "../alert/record.ts";
import type { StemmaEvent } from "../event/event.ts";
import { type Evidence, recordEvidence } from "../exception/decide.ts";

/** Looks up an event by its id. */
export type EventLookup = (id: string) => Promise<StemmaEvent | undefined>;

/**
 * What a stored alert rests on, as far as its events are stored. An alert on single events carries the fields of its
 * leading record, so that one is not looked up.
 */
export async function evidenceOf(alert: AlertRecord, eventOf: EventLookup): Promise<readonly Evidence[]> {
  // All at once: a store across a network then looks them up together.
  const events = await Promise.all(
    alert.sources.map((source, index) =>
      index === 0 && alert.sequence === undefined
        ? { id: source.eventId, time: Date.parse(source.time), fields: alert.fields }
        : eventOf(source.eventId),
    ),
  );
  return events.flatMap((event) => (event === undefined ? [] : [evidenceIn(alert, event)]));
}

function evidenceIn(alert: AlertRecord, event: Evidence["event"]): Evidence {
  if (alert.sequence === undefined) {
    return recordEvidence(event, alert.processKey);
  }
  return { event, role: alert.correlation === undefined ? "member" : "counted", subject: event.id };
}
