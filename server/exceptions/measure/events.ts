import type { ExceptionDraft } from "#contracts/exception";
import { anyOf } from "../../condition/tree.ts";
import { entryCondition, groupsOf } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import type { EventReader } from "../../store/events/port.ts";
import { type BreadthCollector, describesActivity } from "./collect.ts";

/** Matching events that are looked at: enough to tell one activity from many. */
const MOST = 20_000;

/**
 * Adds the stored events that the entries of a draft match to its measurement, the oldest first and up to a bound.
 * Returns why some were left out, if so.
 */
export async function measureEvents(
  events: Pick<EventReader, "scan">,
  draft: Pick<ExceptionDraft, "entries" | "alternatives">,
  lists: ListLookup,
  collector: BreadthCollector,
): Promise<string | undefined> {
  const described = groupsOf(draft).flat().filter(describesActivity);
  if (described.length === 0) {
    return undefined;
  }
  const condition = anyOf(described.map((entry) => entryCondition(entry, lists)));
  let measured = 0;
  for await (const page of events.scan({ condition })) {
    for (const event of page) {
      if (measured === MOST) {
        const upTo = new Date(event.time).toISOString();
        return `More than ${MOST} stored events match an entry; those before ${upTo} were looked at.`;
      }
      collector.addEvent(event);
      measured += 1;
    }
  }
  return undefined;
}
