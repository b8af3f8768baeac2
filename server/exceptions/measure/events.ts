import type { ExceptionDraft } from "#contracts/exception";
import { compileCondition } from "../../condition/evaluate.ts";
import { anyOf, type Condition } from "../../condition/tree.ts";
import type { StemmaEvent } from "../../event/event.ts";
import { entryCondition, exceptionCondition, groupsOf } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import type { EventReader } from "../../store/events/port.ts";
import { type BreadthCollector, describesActivity } from "./collect.ts";

/** Events matched by an entry that are looked at: enough to tell one activity from many. */
const MOST = 20_000;

export interface MeasuredEvents {
  /** Stored events that the whole draft matches, of whatever rules. */
  readonly matched: number;
  /** Why some that an entry matches were left out of the measurement, if so. */
  readonly truncationReason?: string;
}

interface Options {
  readonly onPage?: (tested: number) => void;
  /** Gets the events that the whole draft matches, in any order; where the bound is reached, some of them twice. */
  readonly onMatching?: (events: readonly StemmaEvent[]) => Promise<void>;
}

/**
 * Counts the stored events that a draft matches, and adds those that its entries match to its measurement, up to a
 * bound. The store is read once, and where the bound is reached again from the beginning, for what the whole draft
 * matches only.
 */
export async function measureEvents(
  events: Pick<EventReader, "scan" | "find">,
  draft: ExceptionDraft,
  lists: ListLookup,
  collector: BreadthCollector,
  { onPage, onMatching }: Options = {},
): Promise<MeasuredEvents> {
  const whole = exceptionCondition(draft, lists);
  const described = groupsOf(draft).flat().filter(describesActivity);
  const ofEntries = anyOf(described.map((entry) => entryCondition(entry, lists)));
  const count = () => countMatching(events, whole, { onPage, onMatching });
  if (described.length === 0) {
    return { matched: await count() };
  }
  const matchesWhole = compileCondition(whole);
  const matchesEntry = compileCondition(ofEntries);
  let measured = 0;
  let matched = 0;
  for await (const page of events.scan({ condition: anyOf([whole, ofEntries]), order: "any", onPage })) {
    const matching = page.filter(({ fields }) => matchesWhole(fields));
    matched += matching.length;
    await onMatching?.(matching);
    for (const event of page) {
      if (!matchesEntry(event.fields)) {
        continue;
      }
      if (measured === MOST) {
        return {
          matched: await count(),
          truncationReason: `More than ${MOST} stored events match an entry; so many of them were looked at.`,
        };
      }
      collector.addEvent(event);
      measured += 1;
    }
  }
  return { matched };
}

async function countMatching(
  events: Pick<EventReader, "scan" | "find">,
  condition: Condition,
  { onPage, onMatching }: Options,
): Promise<number> {
  if (onMatching === undefined) {
    // Events that are only counted are not read whole.
    return (await events.find({ condition, limit: 0, order: "oldest-first", onPage })).total;
  }
  let matched = 0;
  for await (const page of events.scan({ condition, order: "any", onPage })) {
    matched += page.length;
    await onMatching(page);
  }
  return matched;
}
