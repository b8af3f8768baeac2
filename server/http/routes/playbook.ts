import type { Problem } from "#contracts/problem";
import type { AlertRecord } from "../../alert/record.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { recordAnswer, tickItem } from "../../playbooks/answer.ts";
import { playbookSummary, playbookView, stepQuery, stepSuggestion } from "../../playbooks/view.ts";
import { type ApiError, apiErrorOf, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

type Names = "playbook" | "stepQuery" | "suggestion" | "answer" | "checklist" | "playbooks";

export function playbookHandlers({ store, playbooks, now }: AppContext): Pick<Handlers, Names> {
  /** Everything here hangs on an alert; what is not part of its playbook is not found. */
  const about = async <T>(
    id: string,
    work: (alert: AlertRecord) => Promise<Result<T, Problem>>,
  ): Promise<Result<T, ApiError>> => {
    const alert = await store.alerts.get(id);
    if (alert === undefined) {
      return fail(notFound("alert", id));
    }
    const result = await work(alert);
    return result.ok ? result : fail(apiErrorOf(result.error, statusFor(result.error.code)));
  };
  return {
    playbook: ({ params }) => about(params.id, (alert) => playbookView(store, playbooks, alert)),
    stepQuery: ({ params, query }) =>
      about(params.id, (alert) =>
        stepQuery(store, playbooks, alert, params.query, { anchor: query.anchor, limit: query.limit, clock: now }),
      ),
    suggestion: async ({ params }) => {
      const found = await about(params.id, (alert) =>
        stepSuggestion(store, playbooks, alert, params.step, { clock: now }),
      );
      return found.ok ? ok({ suggestion: found.value }) : found;
    },
    answer: ({ params, body, actor }) =>
      about(params.id, (alert) => recordAnswer(store, playbooks, alert, params.step, body, { actor, at: now() })),
    checklist: ({ params, body, actor }) =>
      about(params.id, (alert) => tickItem(store, playbooks, alert, params.item, body.done, { actor, at: now() })),
    playbooks: async () => ok({ items: playbooks.all.map(playbookSummary) }),
  };
}

/** What the playbook does not have is not found. */
function statusFor(code: string): number {
  switch (code) {
    case "alert.closed":
      return 409;
    case "playbook.unknown-evidence":
      return 400;
    default:
      return 404;
  }
}
