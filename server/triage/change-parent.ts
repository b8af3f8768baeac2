import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import { alertProcesses } from "../alerting/processes.ts";
import { refreshAlerts, refreshAlertsUnder } from "../alerting/refresh.ts";
import { ok, type Result } from "../lib/result.ts";
import { applyParentChoice } from "../lineage/choose-parent.ts";
import type { ParentLink } from "../lineage/process-row.ts";
import type { Store } from "../store/port.ts";

export interface ParentChange {
  readonly process: string;
  /** One of the candidates; undefined restores the computed parent. */
  readonly parent?: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Sets the parent of a process to another of its candidates, or back to the computed one. The edge, the alerts whose
 * root changes and the audit record are written in one transaction. Returns the key of the process and how many alerts
 * moved. Problems: those of `lineage/choose-parent.ts`. See docs/decisions/0021.
 */
export async function changeParent(
  store: Store,
  { process, parent, actor, at }: ParentChange,
): Promise<Result<{ readonly process: string; readonly movedAlerts: number }, RequestProblem>> {
  const host = (await store.lineage.process(process))?.host;
  const changed = await store.write<Result<{ readonly process: string; readonly movedAlerts: number }, RequestProblem>>(
    async (transaction) => {
      const root = (await alertProcesses(transaction.lineage, [process])).get(process)?.rootKey;
      const chosen = await applyParentChoice(transaction.lineage, process, { parent, by: actor.name, at });
      if (!chosen.ok) {
        return chosen;
      }
      const { child, before, after } = chosen.value;
      const movedAlerts = root === undefined ? 0 : await refreshAlertsUnder(transaction, root);
      await transaction.audit.append({
        at,
        actor,
        action: "process.parent",
        subject: { kind: "process", id: child },
        before: auditedParent(before),
        after: { ...auditedParent(after), movedAlerts },
      });
      return ok({ process: child, movedAlerts });
    },
  );
  if (changed.ok && host !== undefined) {
    // With other ancestors, the origin on another host may be different.
    await refreshAlerts(store, [host]);
  }
  return changed;
}

function auditedParent(link: ParentLink | undefined) {
  return { parent: link?.key, computed: link?.chosen?.computed ?? link?.key, chosenBy: link?.chosen?.by };
}
