import { withGraphFields } from "../../alerting/graph-event.ts";
import type { Detector, Hit, Rule } from "../../detection/rule.ts";
import type { StemmaEvent } from "../../event/event.ts";
import { recordEvidence } from "../../exception/decide.ts";
import type { JudgedHit, Left, LifeContext } from "./hits.ts";

/** Records of one process that are read to find those of its start. */
const startRecords = 20;

/** A hit of a rule over single events that the loaded rule finds again. */
export interface FoundAgain {
  readonly judged: JudgedHit;
  readonly processKey: string | undefined;
  /** What the rule finds: more than one where several records describe the same start of a process. */
  readonly hits: readonly Hit[];
}

/** Tests hidden events again with their rules, as they are loaded now. */
export async function findAgain(
  context: LifeContext,
  hidden: readonly JudgedHit[],
): Promise<{ readonly found: readonly FoundAgain[]; readonly unmatched: readonly Left[] }> {
  const all = await Promise.all(
    hidden.map(async (judged) => {
      const { rule, event, processKey } = judged;
      const events = rule === undefined || event === undefined ? [] : await recordsOf(context, event, processKey);
      const hits = await Promise.all(events.map((one) => hitOf(context, rule, one)));
      return { judged, processKey, hits: hits.filter((hit) => hit !== undefined) };
    }),
  );
  return {
    found: all.filter(({ hits }) => hits.length > 0),
    unmatched: all.flatMap(({ judged, hits }): Left[] =>
      hits.length > 0 ? [] : [[judged, "Its rule, as it is loaded now, does not match the event"]],
    ),
  };
}

/** The event, and if it is about the start of a process, all records of that start: an alert rests on all of them. */
async function recordsOf(
  { store }: LifeContext,
  event: StemmaEvent,
  processKey: string | undefined,
): Promise<readonly StemmaEvent[]> {
  const isStart = (one: StemmaEvent) => recordEvidence(one, processKey).role === "start";
  const process = processKey !== undefined && isStart(event) ? await store.lineage.processOf(event) : undefined;
  if (process === undefined) {
    return [event];
  }
  const { items } = await store.events.ofProcess(process, { limit: startRecords });
  return [event, ...items.filter((one) => one.id !== event.id && isStart(one))];
}

async function hitOf({ store, detector }: LifeContext, rule: Rule | undefined, event: StemmaEvent) {
  const hit = matchOf(detector, rule, event);
  if (hit?.tentative !== true) {
    return hit;
  }
  return detector.confirm(hit.rule, (await withGraphFields(store.lineage, event)).event);
}

function matchOf(detector: Detector, rule: Rule | undefined, event: StemmaEvent): Hit | undefined {
  return detector.test(event).find((hit) => hit.rule.id === rule?.id);
}
