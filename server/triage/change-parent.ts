import type { Problem } from "#contracts/problem";
import { alertProcesses } from "../alerting/processes.ts";
import { refreshAlerts, refreshAlertsUnder } from "../alerting/refresh.ts";
import { ok, type Result } from "../lib/result.ts";
import { applyParentChoice as choose } from "../lineage/choose-parent.ts";
import type { ParentLink } from "../lineage/process-row.ts";
import type { Store } from "../store/port.ts";

export interface ParentChange {
  readonly process: string;
  /** One of the candidates; undefined: as computed. */
  readonly parent?: string;
  readonly actor: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Hangs a process under another of its possible parents, or back where the records alone put it. The edge, the alerts that
 * move to another root with it and the audit record are one transaction. Problems: those of `lineage/choose-parent.ts`.
 * Returns the key of the process and how many alerts moved.
 */
export async function changeParent(
  store: Store,
  { process, parent, actor, at }: ParentChange,
): Promise<Result<{ readonly process: string; readonly movedAlerts: number }, Problem>> {
  const host = (await store.lineage.process(process))?.host;
  const changed = await store.write<Result<{ readonly process: string; readonly movedAlerts: number }, Problem>>(
    async (transaction) => {
      const root = (await alertProcesses(transaction.lineage, [process])).get(process)?.rootKey;
      const chosen = await choose(transaction.lineage, process, { parent, by: actor, at });
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
        before: told(before),
        after: { ...told(after), movedAlerts },
      });
      return ok({ process: child, movedAlerts });
    },
  );
  if (changed.ok && host !== undefined) {
    // Another path may come from another host.
    await refreshAlerts(store, [host]);
  }
  return changed;
}

function told(link: ParentLink | undefined) {
  return { parent: link?.key, computed: link?.chosen?.computed ?? link?.key, chosenBy: link?.chosen?.by };
}
