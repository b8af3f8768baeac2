import { routes } from "#contracts/api";
import { isUnended } from "#contracts/batch";
import { suggestDraft } from "../../exceptions/draft.ts";
import { KeptRuns } from "../../exceptions/kept-runs.ts";
import { exceptionListOf } from "../../exceptions/list.ts";
import { disableException } from "../../exceptions/save.ts";
import { fail, ok } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import { batchRunner } from "../batch-runner.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names = "exceptionDraft" | "exceptions" | "exception" | "exceptionDryRun" | "saveException" | "disableException";

export function exceptionHandlers(context: AppContext): Pick<Handlers, Names> {
  const { store, rules, work, now } = context;
  const runs = new KeptRuns();
  const runBatch = batchRunner(context);
  const saved = (id: string) =>
    withVersion(store.audit, { kind: "exception", ids: [id] }, async () =>
      foundOr404(await store.exceptions.get(id), "exception", id),
    );
  return {
    exceptionDraft: async ({ params }) => {
      const alert = await store.alerts.get(params.id);
      return alert === undefined
        ? fail(notFound("alert", params.id))
        : ok(await suggestDraft(store, alert, rules.current.byId.get(alert.rule.id)));
    },
    exceptions: async ({ query }) => ok(await exceptionListOf(store.exceptions, query)),
    exception: ({ params }) => saved(params.id),
    exceptionDryRun: async ({ body, ...call }) => {
      const run = await work.run("exceptionDryRun", body, waitingIn(call));
      if (!run.ok) {
        return run;
      }
      const { result, kept } = run.value;
      runs.keep(result.token, kept);
      return ok(result);
    },
    // It is saved even if nobody waits for the response any more.
    saveException: async ({ body: { draft, dryRunToken: token, proposal, replaces }, actor, caller }) => {
      const saved = await work.run(
        "saveException",
        { draft, token, proposal, replaces, actor, kept: runs.get(token) },
        { person: personOf(actor), authority: authorityOf(caller, routes.saveException.access) },
      );
      if (!saved.ok) {
        return saved;
      }
      const { exception, batch } = saved.value;
      if (batch !== undefined && isUnended(batch)) {
        void runBatch(batch, { actor, caller });
      }
      return ok({ exception, closed: batch?.changed.alerts ?? 0, batch: batch?.id });
    },
    disableException: async ({ params, body, actor, expected }) => {
      const request = { reason: body.reason, actor, at: now(), expected };
      const disabled = await disableException(store, params.id, request);
      return disabled.ok ? saved(params.id) : disabled;
    },
  };
}
