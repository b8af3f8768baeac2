import type { Fields } from "#contracts/event";
import { compileCondition } from "../../condition/evaluate.ts";
import { fieldsToEvaluate } from "../../condition/fields.ts";
import type { Condition } from "../../condition/tree.ts";
import type { StemmaEvent } from "../../event/event.ts";
import { readable } from "../damage.ts";
import type { EventQuery, EventResult } from "./port.ts";

/** A condition as a test of stored events. */
export interface EventTest {
  readonly matches: (fields: Fields) => boolean;
  /** The fields that it asks for, the only ones that have to be read; undefined for all of them. */
  readonly asksFor: ReadonlySet<string> | undefined;
}

/** Events read at once. */
const READ = 1_000;

export function eventTest(condition: Condition): EventTest {
  return { matches: compileCondition(condition), asksFor: fieldsToEvaluate(condition) };
}

/** Reads an event that a test accepted; false for one that it did not. */
export type Tested = false | (() => StemmaEvent);

/** Prefiltered events in the order of the query, page by page, each tested; those that cannot be read are absent. */
type Pages = AsyncIterable<readonly Tested[]>;

/** The events that the evaluator accepts: the first up to the limit, and the count of all. */
export async function matchingEvents(
  pages: Pages,
  { limit, onPage }: Pick<EventQuery, "limit" | "onPage">,
): Promise<EventResult> {
  const events: StemmaEvent[] = [];
  let total = 0;
  let tested = 0;
  for await (const page of pages) {
    tested += page.length;
    const matches = accepted(page);
    total += matches.length;
    if (events.length < limit) {
      events.push(...readable(matches.slice(0, limit - events.length), (read) => read()));
    }
    onPage?.(tested);
  }
  return { events, total, tested };
}

/** The events that the evaluator accepts, page by page, without empty pages. */
export async function* matchingPages(
  pages: Pages,
  { onPage }: Pick<EventQuery, "onPage">,
): AsyncGenerator<readonly StemmaEvent[]> {
  let tested = 0;
  for await (const page of pages) {
    tested += page.length;
    onPage?.(tested);
    const matches = accepted(page);
    for (let start = 0; start < matches.length; start += READ) {
      const events = readable(matches.slice(start, start + READ), (read) => read());
      if (events.length > 0) {
        yield events;
      }
    }
  }
}

function accepted(page: readonly Tested[]): readonly (() => StemmaEvent)[] {
  return page.filter((one) => one !== false);
}
