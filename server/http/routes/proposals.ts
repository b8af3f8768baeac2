import { randomUUID } from "node:crypto";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../../alert/record.ts";
import { proposeException } from "../../exceptions/propose.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { proposalPageOf } from "../../triage/proposal-page.ts";
import { dismissProposal, proposeAnswer, takeProposal, withdrawProposal } from "../../triage/proposals.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { suggestInWorker } from "../suggest.ts";
import { waitingIn } from "../waiting.ts";

type Names =
  | "proposals"
  | "proposal"
  | "proposeAnswer"
  | "proposeException"
  | "takeProposal"
  | "dismissProposal"
  | "withdrawProposal";

/** What was put forward for a person to decide, and the decisions. */
export function proposalHandlers({ store, rules, playbooks, work, now }: AppContext): Pick<Handlers, Names> {
  const by = (actor: Actor) => ({ actor, at: now(), newId: randomUUID });
  const withAlert = async <T>(
    id: string,
    work: (alert: AlertRecord) => Promise<Result<T, RequestProblem>>,
  ): Promise<Result<T, RequestProblem>> => {
    const alert = await store.alerts.get(id);
    return alert === undefined ? fail(notFound("alert", id)) : work(alert);
  };
  return {
    proposals: async ({ query: { alert, state, cursor, limit } }) =>
      ok(await proposalPageOf(store, playbooks, { alertId: alert, state, cursor, limit })),
    proposal: async ({ params }) => foundOr404(await store.proposals.get(params.id), "proposal", params.id),
    proposeAnswer: ({ params, body, actor }) =>
      withAlert(params.id, (alert) => proposeAnswer(store, playbooks, alert, params.step, body, by(actor))),
    proposeException: ({ params, body, actor }) =>
      withAlert(params.id, (alert) => proposeException(store, rules.current.rules, alert, body, by(actor))),
    takeProposal: ({ params, body, actor, ...call }) =>
      takeProposal(
        store,
        playbooks,
        params.id,
        { ...by(actor), note: body.note },
        suggestInWorker(work, waitingIn({ actor, ...call })),
      ),
    dismissProposal: ({ params, body, actor }) =>
      dismissProposal(store, params.id, { actor, at: now(), note: body.note }),
    withdrawProposal: ({ params, actor }) => withdrawProposal(store, params.id, { actor, at: now(), note: "" }),
  };
}
