import { randomUUID } from "node:crypto";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../../alert/record.ts";
import { sortedPage } from "../../lib/cursor.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { tickItem } from "../../playbooks/answer.ts";
import { earlierAnswersOf } from "../../playbooks/earlier-answers.ts";
import { playbookSummary, playbookView } from "../../playbooks/view.ts";
import { withVersion } from "../../store/audit/version.ts";
import { answerAlert } from "../../triage/incident/questions.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { waitingIn } from "../waiting.ts";

type Names = "playbook" | "stepQuery" | "suggestion" | "earlierAlerts" | "answer" | "checklist" | "playbooks";

export function playbookHandlers({ store, playbooks, work, now }: AppContext): Pick<Handlers, Names> {
  const withAlert = async <T>(
    id: string,
    work: (alert: AlertRecord) => Promise<Result<T, RequestProblem>>,
  ): Promise<Result<T, RequestProblem>> => {
    const alert = await store.alerts.get(id);
    return alert === undefined ? fail(notFound("alert", id)) : work(alert);
  };
  const view = (alert: AlertRecord) =>
    withVersion(store.audit, { kind: "alert", ids: [alert.id] }, () => playbookView(store, playbooks, alert));
  const refusedOr = (problem: RequestProblem | undefined, alert: AlertRecord) =>
    problem === undefined ? view(alert) : fail(problem);
  return {
    playbook: ({ params }) => withAlert(params.id, view),
    stepQuery: ({ params, query, ...call }) =>
      withAlert(params.id, (alert) =>
        work.run(
          "stepQuery",
          { alert: alert.id, query: params.query, anchor: query.anchor, limit: query.limit },
          waitingIn(call),
        ),
      ),
    suggestion: async ({ params, ...call }) => {
      const found = await withAlert(params.id, (alert) =>
        work.run("suggestion", { alert: alert.id, step: params.step }, waitingIn(call)),
      );
      return found.ok ? ok({ suggestion: found.value }) : found;
    },
    earlierAlerts: ({ params }) =>
      withAlert(params.id, async (alert) => ok(await earlierAnswersOf(store, playbooks, alert))),
    answer: ({ params, body, actor, expected }) =>
      withAlert(params.id, async (alert) => {
        const change = { stepId: params.step, request: body, actor, at: now(), expected, newId: randomUUID };
        return refusedOr(await answerAlert(store, playbooks, alert, change), alert);
      }),
    checklist: ({ params, body, actor, expected }) =>
      withAlert(params.id, async (alert) => {
        const by = { actor, at: now(), expected };
        return refusedOr(await tickItem(store, playbooks, alert, params.item, body.done, by), alert);
      }),
    playbooks: async ({ query }) =>
      ok(
        sortedPage(playbooks.all.map(playbookSummary), query, {
          types: ["string", "string"],
          keyOf: ({ title, id }) => [title, id],
        }),
      ),
  };
}
