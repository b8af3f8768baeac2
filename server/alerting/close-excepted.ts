import { changeStatus } from "../alert/change-status.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { Rule } from "../detection/rule.ts";
import type { ActiveExceptions } from "../exception/active.ts";
import { type Decision, decide, type Evidence } from "../exception/decide.ts";
import type { Store } from "../store/port.ts";
import { countHits } from "./count-hits.ts";
import { evidenceOf } from "./evidence.ts";
import { evidenceWithLineage, storedLineage } from "./lineage-contexts.ts";

/** Judges open alerts again whose process graph may have changed. */
export interface Recheck {
  readonly exceptions: ActiveExceptions;
  readonly rules: ReadonlyMap<string, Pick<Rule, "body">>;
}

/**
 * Closes open alerts that an exception with entries about ancestors or sessions hides, now that the graph knows more:
 * the records of a parent may arrive after those of its children. Alerts of rules that count stay: only counting again
 * could tell. See docs/decisions/0081.
 */
export async function closeExcepted(
  store: Store,
  alerts: readonly AlertRecord[],
  { exceptions, rules }: Recheck,
  now: number,
): Promise<void> {
  const anchored = (alert: AlertRecord) =>
    exceptions.forRule(alert.rule.id, "enforced").filter(({ needsLineage }) => needsLineage);
  const lineage = storedLineage(store.lineage);
  const hidden: { readonly alert: AlertRecord; readonly decision: Decision<Evidence> }[] = [];
  for (const alert of alerts.filter((one) => one.status === "open" && anchored(one).length > 0)) {
    const found = await evidenceOf(alert, (id) => store.events.get(id), rules.get(alert.rule.id));
    const evidence = await evidenceWithLineage(found, anchored(alert), lineage);
    const decision = decide(evidence, anchored(alert));
    if (decision.outcome === "hide") {
      hidden.push({ alert, decision });
    }
  }
  if (hidden.length === 0) {
    return;
  }
  await store.write(async (transaction) => {
    for (const { alert: seen, decision } of hidden) {
      const alert = await transaction.alerts.get(seen.id);
      const exception = decision.hidden[0]?.exception.record;
      if (alert?.status !== "open" || exception === undefined) {
        continue;
      }
      await changeStatus(transaction, alert, {
        by: { kind: "exception", exception },
        at: now,
        to: "closed",
        reason: "exception",
        note: `Its ancestors became known later and match the exception "${exception.name}".`,
      });
      await countHits(transaction.exceptions, alert.rule.id, decision.hits, now);
    }
  });
}
