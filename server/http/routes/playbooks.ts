import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../../alert/record.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { recordAnswer, tickItem } from "../../playbooks/answer.ts";
import { playbookSummary, playbookView, stepQuery, stepSuggestion } from "../../playbooks/view.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";

type Names = "playbook" | "stepQuery" | "suggestion" | "answer" | "checklist" | "playbooks";

export function playbookHandlers({ store, playbooks, now }: AppContext): Pick<Handlers, Names> {
  const withAlert = async <T>(
    id: string,
    work: (alert: AlertRecord) => Promise<Result<T, RequestProblem>>,
  ): Promise<Result<T, RequestProblem>> => {
    const alert = await store.alerts.get(id);
    return alert === undefined ? fail(notFound("alert", id)) : work(alert);
  };
  return {
    playbook: ({ params }) => withAlert(params.id, (alert) => playbookView(store, playbooks, alert)),
    stepQuery: ({ params, query }) =>
      withAlert(params.id, (alert) =>
        stepQuery(store, playbooks, alert, params.query, { anchor: query.anchor, limit: query.limit, clock: now }),
      ),
    suggestion: async ({ params }) => {
      const found = await withAlert(params.id, (alert) =>
        stepSuggestion(store, playbooks, alert, params.step, { clock: now }),
      );
      return found.ok ? ok({ suggestion: found.value }) : found;
    },
    answer: ({ params, body, actor }) =>
      withAlert(params.id, (alert) => recordAnswer(store, playbooks, alert, params.step, body, { actor, at: now() })),
    checklist: ({ params, body, actor }) =>
      withAlert(params.id, (alert) => tickItem(store, playbooks, alert, params.item, body.done, { actor, at: now() })),
    playbooks: async () => ok({ items: playbooks.all.map(playbookSummary) }),
  };
}
