import type { FieldValues, FieldValuesQuery } from "#contracts/field-values";
import { foldCase } from "../condition/fold-case.ts";
import { valuesOf } from "../event/event.ts";
import type { Store } from "../store/port.ts";

/** Alerts that are read, the newest first: what is typed is completed while somebody waits. */
const mostRead = 5_000;
const mostListed = 20;

/** The values of a field in the newest alerts of some rules, the most frequent first. */
export async function fieldValuesOf(
  { alerts }: Pick<Store, "alerts">,
  { field, search = "", rule: ruleIds }: FieldValuesQuery,
): Promise<FieldValues> {
  const folded = foldCase(search);
  const counts = new Map<string, number>();
  let [read, present] = [0, 0];
  const { total } = await alerts.find({ ruleIds, limit: 1 });
  for await (const alert of alerts.each({ ruleIds, order: "newest-first" })) {
    const values = valuesOf(alert.fields, field).map(String);
    read += 1;
    present += values.length > 0 ? 1 : 0;
    for (const value of new Set(values)) {
      if (folded === "" || foldCase(value).includes(folded)) {
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    if (read >= mostRead) {
      break;
    }
  }
  const values = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1));
  return { values: values.slice(0, mostListed), distinct: values.length, alerts: read, total, present };
}
