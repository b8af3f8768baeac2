import type { AlertRecord } from "../alert/record.ts";
import { listLookup } from "../alerting/list-lookup.ts";
import type { Rule } from "../detection/rule.ts";
import { listsOf } from "../exception/lists.ts";
import { rulesInScope } from "../exception/scope.ts";
import type { Store } from "../store/port.ts";
import type { Excepting } from "../triage/batch/excepting.ts";
import { evidenceReader, type HiddenAlert, type Judges, judge, judgesOf } from "./hidden-alerts.ts";

interface Hiding extends Pick<HiddenAlert, "hits"> {
  readonly alert: AlertRecord;
  /** By the events that it lists. */
  readonly isHiddenByItsEvents: boolean;
}

/** Those of the alerts that an exception hides, or may hide, by the events that they list now. */
export async function hidingOf(
  store: Store,
  rules: readonly Rule[],
  judges: Judges,
  ids: readonly string[],
): Promise<readonly Hiding[]> {
  if (ids.length === 0) {
    return [];
  }
  // An ingest may have given them other ids.
  const current = (await store.alerts.covered({ kind: "alerts", ids })).map(({ id }) => id);
  const { items } = await store.alerts.find({ ids: current, limit: ids.length });
  const evidence = await evidenceReader(store, rules, judges)(items);
  return items.flatMap((alert, index) => {
    const judged = judge(alert, evidence[index] ?? [], judges);
    return judged === undefined ? [] : [{ ...judged, alert }];
  });
}

/**
 * Judges the alerts of a part of the batch that saving an exception started, as they are when their turn comes. What
 * the dry run found about rules that count holds as long as the exception hides one of the events.
 */
export function exceptingWith(store: Store, rules: readonly Rule[]): Excepting {
  return async (exception, ids) => {
    const judges = judgesOf(exception, await listLookup(store.valueLists, listsOf(exception)));
    const hiding = await hidingOf(store, rulesInScope(exception, rules), judges, ids);
    return new Map(hiding.map(({ alert, hits }) => [alert.id, hits.map((hit) => ({ ruleId: alert.rule.id, ...hit }))]));
  };
}
