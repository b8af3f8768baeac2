import { randomUUID } from "node:crypto";
import { withVersion } from "../../store/audit/version.ts";
import { alertDetailOf } from "../../triage/alert-view.ts";
import { setIncidentMembership } from "../../triage/incident/membership.ts";
import { transitionAlert } from "../../triage/incident/transition.ts";
import type { AppContext } from "../context.ts";
import { foundOr404 } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

type Names = "queue" | "alert" | "transition" | "incidentMembership";

/** The queue and its alerts. */
export function alertHandlers({ store, rules, playbooks, work, now, deliveries }: AppContext): Pick<Handlers, Names> {
  const detail = (id: string) =>
    withVersion(store.audit, { kind: "alert", ids: [id] }, async () =>
      foundOr404(await alertDetailOf(store, rules.current.byId, id), "alert", id),
    );
  return {
    queue: ({ query, ...call }) => work.run("queue", query, waitingIn(call)),
    alert: ({ params }) => detail(params.id),
    transition: async ({ params, body, actor, expected }) => {
      const { receivers } = deliveries;
      const change = { alertId: params.id, request: body, actor, at: now(), expected, newId: randomUUID, receivers };
      const changed = await transitionAlert(store, playbooks, change);
      return changed.ok ? detail(changed.value.id) : changed;
    },
    incidentMembership: async ({ params, body, actor, expected }) => {
      const change = { alertId: params.id, request: body, actor, at: now(), expected, newId: randomUUID };
      const changed = await setIncidentMembership(store, change);
      return changed.ok ? detail(changed.value.id) : changed;
    },
  };
}
