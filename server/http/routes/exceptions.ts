import { routes } from "#contracts/api";
import { isUnended } from "#contracts/batch";
import type { exceptionRoutes } from "#contracts/routes/exceptions";
import { rejectException } from "../../exceptions/approval.ts";
import { suggestDraft } from "../../exceptions/draft.ts";
import { KeptRuns } from "../../exceptions/kept-runs.ts";
import { exceptionPageOf } from "../../exceptions/life/list.ts";
import { deleteException, disableException, enableException } from "../../exceptions/life/status.ts";
import { exceptionVersionsOf } from "../../exceptions/life/versions.ts";
import { fail, ok } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import { batchRunner } from "../batch-runner.ts";
import type { RouteCall } from "../call-route.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names = keyof typeof exceptionRoutes;
type Change = typeof disableException;

export function exceptionHandlers(context: AppContext): Pick<Handlers, Names> {
  const { store, rules, work, now } = context;
  const runs = new KeptRuns();
  const runBatch = batchRunner(context);
  const saved = (id: string) =>
    withVersion(store.audit, { kind: "exception", ids: [id] }, async () =>
      foundOr404(await store.exceptions.get(id), "exception", id),
    );
  /** The batch that closes its alerts may go on after the response. */
  const savedWith = (
    result: Awaited<ReturnType<typeof work.run<"saveException">>>,
    by: Pick<RouteCall<"saveException">, "actor" | "caller">,
  ) => {
    if (!result.ok) {
      return result;
    }
    const { exception, batch } = result.value;
    if (batch !== undefined && isUnended(batch)) {
      void runBatch(batch, by);
    }
    return ok({ exception, closed: batch?.changed.alerts ?? 0, batch: batch?.id });
  };
  const changing =
    (change: Change): Handlers["disableException"] =>
    async ({ params, body, actor, expected }) => {
      const changed = await change(store, params.id, { reason: body.reason, actor, at: now(), expected });
      return changed.ok ? saved(params.id) : changed;
    };
  return {
    exceptionDraft: async ({ params }) => {
      const alert = await store.alerts.get(params.id);
      return alert === undefined
        ? fail(notFound("alert", params.id))
        : ok(await suggestDraft(store, alert, rules.current.byId.get(alert.rule.id)));
    },
    exceptions: ({ query }) => exceptionPageOf(store, rules.current.byId, query, now()),
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
    saveException: async ({ body: { dryRunToken: token, ...given }, actor, caller }) => {
      const saved = await work.run(
        "saveException",
        { ...given, token, actor, kept: runs.get(token) },
        { person: personOf(actor), authority: authorityOf(caller, routes.saveException.access) },
      );
      return savedWith(saved, { actor, caller });
    },
    approveException: async ({ params: { id }, body: { dryRunToken: token, reason }, actor, caller }) => {
      const approved = await work.run(
        "approveException",
        { id, token, reason, actor, kept: runs.get(token) },
        { person: personOf(actor), authority: authorityOf(caller, routes.approveException.access) },
      );
      return savedWith(approved, { actor, caller });
    },
    fieldValues: ({ query, ...call }) => work.run("fieldValues", query, waitingIn(call)),
    draftException: ({ body, ...call }) => work.run("draftException", body, waitingIn(call)),
    counterExamples: ({ body, ...call }) => work.run("counterExamples", body, waitingIn(call)),
    synthesis: ({ body, ...call }) => work.run("synthesis", body, waitingIn(call)),
    exportExceptions: ({ body, ...call }) => work.run("exportExceptions", body, waitingIn(call)),
    // As for saving.
    importExceptions: ({ body, actor, caller }) =>
      work.run(
        "importExceptions",
        { ...body, actor },
        { person: personOf(actor), authority: authorityOf(caller, routes.importExceptions.access) },
      ),
    exceptionTuning: ({ params, ...call }) => work.run("exceptionTuning", { id: params.id }, waitingIn(call)),
    rejectException: async ({ params: { id }, body: { reason }, actor }) => {
      const rejected = await rejectException(store, { id, reason, actor, clock: now });
      return rejected.ok ? foundOr404(await store.exceptions.get(id), "exception", id) : rejected;
    },
    disableException: changing(disableException),
    enableException: changing(enableException),
    deleteException: changing(deleteException),
    exceptionVersions: async ({ params, query }) =>
      (await store.exceptions.get(params.id)) === undefined
        ? fail(notFound("exception", params.id))
        : ok(await exceptionVersionsOf(store.audit, params.id, query)),
    exceptionHealth: ({ params, ...call }) => work.run("exceptionHealth", params, waitingIn(call)),
    hiddenHits: ({ params, query, ...call }) => work.run("hiddenHits", { ...params, ...query }, waitingIn(call)),
    // It goes on even if nobody waits for the response any more.
    giveBack: ({ params, body, actor, caller }) =>
      work.run(
        "giveBack",
        { ...params, ...body, actor },
        { person: personOf(actor), authority: authorityOf(caller, routes.giveBack.access) },
      ),
  };
}
