import type { Verdict } from "#contracts/playbook";
import { fail, ok } from "../../lib/result.ts";
import { verdictOf } from "../../playbooks/verdict.ts";
import { alertDetailOf } from "../../triage/alert-view.ts";
import { incidentOf, setIncidentMembership } from "../../triage/incident.ts";
import { queuePageOf } from "../../triage/queue.ts";
import { transitionAlert, type VerdictReader } from "../../triage/transition.ts";
import { apiErrorOf, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

type Names = "me" | "queue" | "alert" | "transition" | "incident" | "incidentMembership";

export function alertHandlers(bench: AppContext): Pick<Handlers, Names> {
  const { store, rules, playbooks, now } = bench;
  const detail = async (id: string) => {
    const found = await alertDetailOf(store, rules.current.byId, id);
    return found === undefined ? fail(notFound("alert", id)) : ok(found);
  };
  const verdict: VerdictReader = (alert, answers) => {
    const playbook = playbooks.forRule(alert.rule.id);
    return playbook === undefined ? withoutPlaybook : verdictOf(playbook.steps, answers);
  };
  return {
    me: async () =>
      ok({
        analyst: bench.analyst,
        version: bench.version,
        store: store.description,
        sample: await bench.isSample(),
        empty: (await store.events.count()) === 0,
      }),
    queue: async ({ query }) => ok(await queuePageOf(store, query)),
    alert: ({ params }) => detail(params.id),
    transition: async ({ params, body, actor }) => {
      const changed = await transitionAlert(store, verdict, { alertId: params.id, request: body, actor, at: now() });
      return changed.ok ? detail(changed.value.id) : fail(apiErrorOf(changed.error, statusFor(changed.error.code)));
    },
    incident: async ({ params, query }) => {
      const found = await incidentOf(store, params.id, { cursor: query.cursor, limit: query.limit ?? 100 });
      return found === undefined ? fail(notFound("alert", params.id)) : ok(found);
    },
    incidentMembership: async ({ params, body, actor }) => {
      const changed = await setIncidentMembership(store, { alertId: params.id, request: body, actor, at: now() });
      return changed.ok ? detail(changed.value.id) : fail(apiErrorOf(changed.error, statusFor(changed.error.code)));
    },
  };
}

/** Without a playbook nothing was asked, so nothing is known to be benign or malicious. */
const withoutPlaybook: Verdict = {
  ...verdictOf([], []),
  rule: { number: 0, text: "No playbook is loaded for this rule, so nothing was asked." },
};

function statusFor(code: string): number {
  switch (code) {
    case "alert.not-found":
      return 404;
    case "workflow.reason-missing":
    case "workflow.reason-unexpected":
    case "workflow.note-missing":
      return 400;
    default:
      return 409;
  }
}
