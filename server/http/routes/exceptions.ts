import { routes } from "#contracts/api";
import type { exceptionRoutes } from "#contracts/routes/exceptions";
import { suggestDraft } from "../../exceptions/draft.ts";
import { exceptionPageOf } from "../../exceptions/life/list.ts";
import { deleteException, disableException, enableException } from "../../exceptions/life/status.ts";
import { exceptionVersionsOf } from "../../exceptions/life/versions.ts";
import { fail, ok } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names = keyof typeof exceptionRoutes;
type Change = typeof disableException;

export function exceptionHandlers({ store, rules, work, now }: AppContext): Pick<Handlers, Names> {
  const saved = (id: string) =>
    withVersion(store.audit, { kind: "exception", ids: [id] }, async () =>
      foundOr404(await store.exceptions.get(id), "exception", id),
    );
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
    exceptionDryRun: ({ body, ...call }) => work.run("exceptionDryRun", body, waitingIn(call)),
    // It is saved even if nobody waits for the response any more.
    saveException: ({ body: { draft, dryRunToken: token, proposal }, actor, caller }) =>
      work.run(
        "saveException",
        { draft, token, proposal, actor },
        { person: personOf(actor), authority: authorityOf(caller, routes.saveException.access) },
      ),
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
