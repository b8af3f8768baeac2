import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import { alertProcesses } from "../alerting/processes.ts";
import { refreshAlertsUnder } from "../alerting/refresh.ts";
import { demandRefresh, refreshDemanded } from "../alerting/refresh-demands.ts";
import type { Rule } from "../detection/rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { applyParentChoice } from "../lineage/choose-parent.ts";
import type { ParentLink } from "../lineage/process-row.ts";
import type { AuditSubject } from "../store/audit/port.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";

export interface ParentChange {
  readonly process: string;
  /** One of the candidates; undefined restores the computed parent. */
  readonly parent?: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expected?: Expected;
  /** The loaded rules, which exceptions apply to. */
  readonly rules: ReadonlyMap<string, Rule>;
}

/**
 * Sets the parent of a process to another of its candidates, or back to the computed one. The edge, the alerts whose
 * root changes and the audit record are written in one transaction. Returns the key of the process and how many alerts
 * moved. Problems: `request.conflict`, those of `lineage/choose-parent.ts`. See docs/decisions/0021.
 */
export async function changeParent(
  store: Store,
  { process, parent, actor, at, expected, rules }: ParentChange,
): Promise<Result<{ readonly process: string; readonly movedAlerts: number }, RequestProblem>> {
  const node = await store.lineage.process(process);
  const host = node?.host;
  const subject = processSubject(process, node?.key);
  const owner = `parent of ${crypto.randomUUID()}`;
  const changed = await store.write<Result<{ readonly process: string; readonly movedAlerts: number }, RequestProblem>>(
    async (transaction) => {
      const conflict = await conflictWith(transaction.audit, subject, expected, () => true);
      if (conflict !== undefined) {
        return fail(conflict);
      }
      const root = (await alertProcesses(transaction.lineage, [process])).get(process)?.rootKey;
      const chosen = await applyParentChoice(transaction.lineage, process, { parent, by: actor.name, at });
      if (!chosen.ok) {
        return chosen;
      }
      const { child, before, after } = chosen.value;
      const movedAlerts = root === undefined ? 0 : await refreshAlertsUnder(transaction, root, at);
      await transaction.audit.append({
        at,
        actor,
        action: "process.parent",
        subject: { kind: "process", id: child },
        before: auditedParent(before),
        after: { ...auditedParent(after), movedAlerts },
      });
      // With other ancestors, the origin on another host may be different.
      await demandRefresh(transaction, owner, host === undefined ? [] : [host]);
      return ok({ process: child, movedAlerts });
    },
  );
  if (changed.ok) {
    await refreshDemanded(store, { owner, clock: () => at, rules });
  }
  return changed;
}

/** A process as the audit trail knows it: a placeholder can have got another key since it was read. */
export function processSubject(requested: string, current: string | undefined): AuditSubject {
  return { kind: "process", ids: [...new Set([requested, current ?? requested])] };
}

function auditedParent(link: ParentLink | undefined) {
  return { parent: link?.key, computed: link?.chosen?.computed ?? link?.key, chosenBy: link?.chosen?.by };
}
