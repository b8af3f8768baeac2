import type { Actor } from "#contracts/actor";
import type { ChoosePlaybookRequest } from "#contracts/playbook";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord } from "../alert/record.ts";
import { closedAlert } from "../playbooks/answer.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import { noSuchPlaybook } from "../playbooks/view.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

export const playbookChosenAction = "playbook.choose";

/** Alerts that one choice may be for. An incident with more alerts of one rule is one for an exception. */
const MOST_ALERTS = 1000;

/**
 * Gives an alert, or all alerts of its rule in its incident, another playbook, or lets the rule decide again. Answers
 * are kept: those to the steps of the former playbook count again as soon as it is chosen again. Problems:
 * `playbook.not-found`, `playbook.too-many-alerts`, `alert.closed`, `request.conflict`.
 */
export async function choosePlaybook(
  store: Store,
  playbooks: Pick<Playbooks, "get" | "choicesFor">,
  alert: AlertRecord,
  change: {
    readonly request: ChoosePlaybookRequest;
    readonly actor: Actor;
    /** Epoch milliseconds. */
    readonly at: number;
    readonly expected?: Expected;
  },
): Promise<RequestProblem | undefined> {
  const { request, actor, at, expected } = change;
  const wanted = request.playbook === undefined ? undefined : playbooks.get(request.playbook);
  if (request.playbook !== undefined && wanted === undefined) {
    return noSuchPlaybook(request.playbook);
  }
  return store.write(async (transaction) => {
    const conflict = await conflictWith(
      transaction.audit,
      { kind: "alert", ids: [alert.id] },
      expected,
      ({ action }) => action === playbookChosenAction,
    );
    if (conflict !== undefined) {
      return conflict;
    }
    const current = await transaction.alerts.get(alert.id);
    if (current === undefined || current.status === "closed") {
      return closedAlert;
    }
    const others = request.scope === "rule" ? await sameRule(transaction, current) : { items: [], total: 0 };
    if (others.total > MOST_ALERTS) {
      return {
        code: "playbook.too-many-alerts",
        message: `The rule has ${others.total} alerts in this incident; a choice is for ${MOST_ALERTS} at most.`,
        remedy: "Choose it for this alert only, or name the rule in the playbook.",
      };
    }
    const chosenPlaybook = wanted === undefined ? undefined : { id: wanted.id, actor: actor.name, at };
    const undecided = others.items.filter((one) => one.id !== current.id && one.status !== "closed");
    for (const one of [current, ...undecided]) {
      const before = playbooks.choicesFor(one)[0]?.playbook.id;
      const changed = { ...one, chosenPlaybook };
      await transaction.alerts.put(changed);
      await transaction.audit.append({
        at,
        actor,
        action: playbookChosenAction,
        subject: { kind: "alert", id: one.id },
        before: { playbook: before },
        after: { playbook: playbooks.choicesFor(changed)[0]?.playbook.id, chosen: wanted !== undefined },
      });
    }
    return undefined;
  });
}

function sameRule({ alerts }: Pick<StoreTransaction, "alerts">, alert: AlertRecord) {
  return alerts.find({ incidentKey: incidentKey(alert), ruleIds: [alert.rule.id], limit: MOST_ALERTS });
}
