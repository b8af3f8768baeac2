import type { Evidence, Match } from "../exception/decide.ts";
import type { StoreTransaction } from "../store/port.ts";

/** Counts hits of exceptions on what one rule found: `Decision.hits`. */
export async function countHits(
  exceptions: Pick<StoreTransaction["exceptions"], "addHit">,
  ruleId: string,
  hits: readonly Match<Evidence>[],
  countedAt: number,
): Promise<void> {
  for (const { exception, evidence } of hits) {
    const { subject, event } = evidence;
    await exceptions.addHit(exception.record.id, { ruleId, subject, eventId: event.id, time: event.time, countedAt });
  }
}
