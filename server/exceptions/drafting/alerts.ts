import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../../alert/record.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";

/** Alerts that are read at once. */
const PART = 500;

/** The alerts with these ids, in this order and each once, or which of them does not exist. */
export async function alertsById(
  store: Pick<Store, "alerts">,
  ids: readonly string[],
  field: string,
): Promise<Result<readonly AlertRecord[], RequestProblem>> {
  const unique = [...new Set(ids)];
  const found = new Map<string, AlertRecord>();
  for (let start = 0; start < unique.length; start += PART) {
    const part = unique.slice(start, start + PART);
    for (const alert of (await store.alerts.find({ ids: part, limit: part.length })).items) {
      found.set(alert.id, alert);
    }
  }
  const missing = unique.find((id) => !found.has(id));
  if (missing !== undefined) {
    // It may have another id by now.
    const renamed = await Promise.all(unique.map(async (id) => found.get(id) ?? (await store.alerts.get(id))));
    const gone = unique[renamed.indexOf(undefined)];
    return gone === undefined
      ? ok(renamed.flatMap((alert) => alert ?? []))
      : fail({ code: "alert.not-found", message: `No alert with the id ${gone}.`, at: { field } });
  }
  return ok(unique.flatMap((id) => found.get(id) ?? []));
}
