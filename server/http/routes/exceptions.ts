import { routes } from "#contracts/api";
import { rejectException } from "../../exceptions/approval.ts";
import { suggestDraft } from "../../exceptions/draft.ts";
import { exceptionListOf } from "../../exceptions/list.ts";
import { disableException } from "../../exceptions/save.ts";
import { fail, ok } from "../../lib/result.ts";
import { withVersion } from "../../store/audit/version.ts";
import type { AppContext } from "../context.ts";
import { foundOr404, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names =
  | "fieldValues"
  | "draftException"
  | "counterExamples"
  | "synthesis"
  | "exceptionDraft"
  | "exceptions"
  | "exception"
  | "exceptionDryRun"
  | "saveException"
  | "disableException"
  | "approveException"
  | "rejectException"
  | Exchange;
type Exchange = "exportExceptions" | "importExceptions" | "exceptionTuning";

export function exceptionHandlers({ store, rules, work, now }: AppContext): Pick<Handlers, Names> {
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
    fieldValues: ({ query, ...call }) => work.run("fieldValues", query, waitingIn(call)),
    draftException: ({ body, ...call }) => work.run("draftException", body, waitingIn(call)),
    counterExamples: ({ body, ...call }) => work.run("counterExamples", body, waitingIn(call)),
    synthesis: ({ body, ...call }) => work.run("synthesis", body, waitingIn(call)),
    exceptionDryRun: ({ body, ...call }) => work.run("exceptionDryRun", body, waitingIn(call)),
    // It is saved even if nobody waits for the response any more.
    saveException: ({ body: { draft, dryRunToken: token, proposal, overrideReason }, actor, caller }) =>
      work.run(
        "saveException",
        { draft, token, proposal, overrideReason, actor },
        { person: personOf(actor), authority: authorityOf(caller, routes.saveException.access) },
      ),
    exportExceptions: ({ body, ...call }) => work.run("exportExceptions", body, waitingIn(call)),
    // As for saving.
    importExceptions: ({ body, actor, caller }) =>
      work.run(
        "importExceptions",
        { ...body, actor },
        { person: personOf(actor), authority: authorityOf(caller, routes.importExceptions.access) },
      ),
    exceptionTuning: ({ params, ...call }) => work.run("exceptionTuning", { id: params.id }, waitingIn(call)),
    approveException: ({ params: { id }, body: { dryRunToken: token, reason }, actor, caller }) =>
      work.run(
        "approveException",
        { id, token, reason, actor },
        { person: personOf(actor), authority: authorityOf(caller, routes.approveException.access) },
      ),
    rejectException: async ({ params: { id }, body: { reason }, actor }) => {
      const rejected = await rejectException(store, { id, reason, actor, clock: now });
      return rejected.ok ? foundOr404(await store.exceptions.get(id), "exception", id) : rejected;
    },
    disableException: async ({ params, body, actor, expected }) => {
      const request = { reason: body.reason, actor, at: now(), expected };
      const disabled = await disableException(store, params.id, request);
      return disabled.ok ? saved(params.id) : disabled;
    },
  };
}
