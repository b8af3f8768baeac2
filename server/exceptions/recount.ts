import { or } from "../condition/tree.ts";
import { createCorrelationEngine } from "../detection/correlation/engine.ts";
import type { CorrelationFinding } from "../detection/correlation/finding.ts";
import { anyInputCondition } from "../detection/correlation/plan.ts";
import type { Rule } from "../detection/rule.ts";
import type { ActiveException } from "../exception/active.ts";
import { decide } from "../exception/decide.ts";
import type { Store } from "../store/port.ts";

/** A recount that takes longer is given up; milliseconds. */
const longestRecount = 30_000;

export interface Recount {
  /**
   * By alert id, whether the rule still finds it. Alerts that it does not find without the exception either are absent:
   * they were raised by another version of the rule, or from events that the store does not have.
   */
  readonly stillFound: ReadonlyMap<string, boolean>;
  /** Why nothing is known. */
  readonly truncationReason?: string;
}

/**
 * Runs rules that count over all stored events twice, with and without those that the exception matches. A finding is
 * lost when the exception matches one of its events and the second run does not have it. It has the same id in both
 * runs as long as it begins in the same stretch of time, see docs/decisions/0013. A finding that rests on no such event
 * counts as found, even if the windows around it begin elsewhere in the second run.
 */
export async function recount(
  store: Pick<Store, "events">,
  rules: readonly Rule[],
  exception: ActiveException,
  now: number,
): Promise<Recount> {
  const plans = rules.flatMap(({ body }) => (body.kind === "correlation" ? [body.plan] : []));
  if (plans.length === 0) {
    return { stillFound: new Map() };
  }
  const engine = createCorrelationEngine(rules);
  const [all, left] = [engine.start(), engine.start()];
  const hidden = new Set<string>();
  const started = performance.now();
  for await (const batch of store.events.scan({ condition: or(...plans.map(anyInputCondition)) })) {
    for (const event of batch) {
      const inputs = engine.match(event);
      all.apply(event, inputs);
      const evidence = [{ event, role: "counted", subject: event.id }] as const;
      if (decide(evidence, [exception]).left.length > 0) {
        left.apply(event, inputs);
      } else {
        hidden.add(event.id);
      }
    }
    if (performance.now() - started > longestRecount) {
      return unknown(`Rules that count could not be run again within ${longestRecount / 1000} seconds.`);
    }
  }
  const found = all.collectFindings(now).findings;
  const foundAgain = new Set(left.collectFindings(now).findings.map(({ id }) => id));
  if (all.evicted.size > 0 || left.evicted.size > 0) {
    return unknown("Rules that count could not be run again: too many groups were open at once.");
  }
  return {
    stillFound: new Map(found.map((finding) => [finding.id, foundAgain.has(finding.id) || !restsOn(finding, hidden)])),
  };
}

function restsOn({ finding: found }: CorrelationFinding, events: ReadonlySet<string>): boolean {
  return found.occurrences.some(({ id, members }) => (members ?? [{ id }]).some((member) => events.has(member.id)));
}

function unknown(reason: string): Recount {
  return {
    stillFound: new Map(),
    truncationReason: `${reason} Their alerts are judged by the events that they list.`,
  };
}
