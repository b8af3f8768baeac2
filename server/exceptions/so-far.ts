import type { DryRun, DryRunSoFar } from "#contracts/exception";
import type { AlertRecord } from "../alert/record.ts";
import { nextStatuses } from "../alert/workflow.ts";
import type { StoreReader } from "../store/port.ts";
import { summariesOf } from "../triage/alert-summary.ts";
import type { BriefAlert, JudgedSoFar } from "./hidden-alerts.ts";

/** Alerts that a run which has not ended shows. */
const mostSoFar = 20;

/** Shows breadth at once, and then what was found until now with the newest alerts. */
export function partialViews(
  reader: StoreReader,
  breadth: DryRun["breadth"],
  onPartial: ((soFar: () => DryRunSoFar) => void) | undefined,
): ((soFar: JudgedSoFar) => Promise<void>) | undefined {
  if (onPartial === undefined) {
    return undefined;
  }
  let shown: DryRunSoFar["closesNow"] = [];
  const closing: BriefAlert[] = [];
  let counted = 0;
  const view = (tested: number) =>
    onPartial(() => ({
      ...{ breadth, tested, closesNow: shown },
      totals: { closesNow: closing.length, wouldHide: counted - closing.length },
    }));
  view(0);
  return async ({ tested, hidden }) => {
    for (const { alert } of hidden.slice(counted)) {
      if (isClosedBySaving(alert)) {
        closing.push(alert);
      }
    }
    counted = hidden.length;
    if (shown.length < Math.min(closing.length, mostSoFar)) {
      shown = [...(await summariesOf(reader, await recordsOf(reader, closing.slice(0, mostSoFar))))];
    }
    view(tested);
  };
}

/** Alerts as they are stored, in the given order. */
export async function recordsOf(store: StoreReader, alerts: readonly BriefAlert[]): Promise<readonly AlertRecord[]> {
  const ids = alerts.map(({ id }) => id);
  const { items } = await store.alerts.find({ ids, limit: Math.max(1, ids.length) });
  const byId = new Map(items.map((alert) => [alert.id, alert]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export function isClosedBySaving(alert: Pick<AlertRecord, "status">): boolean {
  return nextStatuses(alert.status, "exception-author").includes("closed");
}
