import { compileCondition } from "../../condition/evaluate.ts";
import type { StemmaEvent } from "../../event/event.ts";
import type { EventQuery, EventResult } from "./port.ts";

/** Pages of prefiltered events in the order of the query. */
type Pages = AsyncIterable<readonly StemmaEvent[]>;

/** The events that the evaluator accepts: the first up to the limit, and the count of all. */
export async function matchingEvents(
  pages: Pages,
  { condition, limit, onPage }: Pick<EventQuery, "condition" | "limit" | "onPage">,
): Promise<EventResult> {
  const matches = compileCondition(condition);
  const events: StemmaEvent[] = [];
  let total = 0;
  let tested = 0;
  for await (const page of pages) {
    tested += page.length;
    for (const event of page) {
      if (matches(event.fields)) {
        total += 1;
        if (events.length < limit) {
          events.push(event);
        }
      }
    }
    onPage?.(tested);
  }
  return { events, total, tested };
}

/** The events that the evaluator accepts, page by page, without empty pages. */
export async function* matchingPages(
  pages: Pages,
  condition: EventQuery["condition"],
): AsyncGenerator<readonly StemmaEvent[]> {
  const matches = compileCondition(condition);
  for await (const page of pages) {
    const events = page.filter((event) => matches(event.fields));
    if (events.length > 0) {
      yield events;
    }
  }
}
