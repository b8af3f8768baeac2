import type { BatchLeftQuery, LeftAlert } from "#contracts/batch";
import type { Page } from "#contracts/page";
import type { Store } from "../../store/port.ts";
import { textOf } from "./outcome.ts";

/** What a batch left as it was, with what the alerts are now; undefined if there is no such batch. */
export async function batchLeftPageOf(
  { batches, alerts }: Pick<Store, "batches" | "alerts">,
  batch: string,
  query: BatchLeftQuery,
): Promise<Page<LeftAlert> | undefined> {
  if ((await batches.get(batch)) === undefined) {
    return undefined;
  }
  const { items, ...page } = await batches.left(batch, query);
  const heads = await alerts.heads(items.flatMap(({ alert }) => alert ?? []));
  return {
    ...page,
    items: items.map(({ code, key, alert }): LeftAlert => {
      const now = alert === undefined ? undefined : heads.get(alert);
      return {
        ...{ code, text: textOf(code), alert },
        incident: now?.incidentKey ?? key,
        now: now && { rule: now.rule, severity: now.severity, host: now.host, status: now.status },
      };
    }),
  };
}
