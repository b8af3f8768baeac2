import type { EventView } from "#contracts/event";
import type { StemmaEvent } from "../event/event.ts";

/** A stored event for the interface. */
export function eventView(event: StemmaEvent, processKey: string | undefined): EventView {
  return {
    id: event.id,
    time: new Date(event.time).toISOString(),
    fields: event.fields,
    source: event.source,
    processKey,
  };
}
