import type { Verdict } from "#contracts/playbook";
import { verdictOf } from "../../playbooks/verdict.ts";
import { withVersion } from "../../store/audit/version.ts";
import { alertDetailOf } from "../../triage/alert-view.ts";
import { incidentOf, setIncidentMembership } from "../../triage/incident.ts";
import { transitionAlert, type VerdictReader } from "../../triage/transition.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

type Names = "queue" | "alert" | "transition" | "incident" | "incidentMembership";

/** The queue, its alerts and their incidents. */
export function alertHandlers({ store, rules, playbooks, work, now }: AppContext): Pick<Handlers, Names> {
  const detail = (id: string) =>
    withVersion(store.audit, { kind: "alert", ids: [id] }, async () =>
      foundOr404(await alertDetailOf(store, rules.current.byId, id), "alert", id),
    );
  const verdict: VerdictReader = (alert, answers) => {
    const playbook = playbooks.forRule(alert.rule.id);
    return playbook === undefined ? withoutPlaybook : verdictOf(playbook.steps, answers);
  };
  return {
    queue: ({ query, ...call }) => work.run("queue", query, waitingIn(call)),
    alert: ({ params }) => detail(params.id),
    transition: async ({ params, body, actor, expected }) => {
      const change = { alertId: params.id, request: body, actor, at: now(), expected };
      const changed = await transitionAlert(store, verdict, change);
      return changed.ok ? detail(changed.value.id) : changed;
    },
    incident: async ({ params, query }) => foundOr404(await incidentOf(store, params.id, query), "alert", params.id),
    incidentMembership: async ({ params, body, actor, expected }) => {
      const change = { alertId: params.id, request: body, actor, at: now(), expected };
      const changed = await setIncidentMembership(store, change);
      return changed.ok ? detail(changed.value.id) : changed;
    },
  };
}

/** Without a playbook no step was answered, so neither a benign nor a malicious verdict is supported. */
const withoutPlaybook: Verdict = {
  ...verdictOf([], []),
  rule: { number: 0, text: "No playbook is loaded for this rule, so no step was answered." },
};
