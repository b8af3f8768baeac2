import { randomUUID } from "node:crypto";
import { proposeDraft } from "../../exceptions/draft.ts";
import { dryRun } from "../../exceptions/dry-run.ts";
import { disableException, saveException } from "../../exceptions/save.ts";
import { fail, ok } from "../../lib/result.ts";
import { apiErrorOf, notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

type Names = "exceptionDraft" | "exceptions" | "exceptionDryRun" | "saveException" | "disableException";

export function exceptionHandlers({ store, rules, now }: AppContext): Pick<Handlers, Names> {
  return {
    exceptionDraft: async ({ params }) => {
      const alert = await store.alerts.get(params.id);
      return alert === undefined
        ? fail(notFound("alert", params.id))
        : ok(await proposeDraft(store, alert, rules.current.byId.get(alert.rule.id)));
    },
    exceptions: async () => ok({ items: await store.exceptions.all() }),
    exceptionDryRun: async ({ body }) => ok(await dryRun(store, rules.current.rules, body, now)),
    saveException: async ({ body, actor }) => {
      const request = { draft: body.draft, token: body.dryRunToken, actor, clock: now, newId: randomUUID };
      const saved = await saveException(store, rules.current.rules, request);
      return saved.ok ? saved : fail(apiErrorOf(saved.error, statusFor(saved.error.code)));
    },
    disableException: async ({ params, body, actor }) => {
      const stopped = await disableException(store, params.id, { reason: body.reason, actor, at: now() });
      if (stopped.ok) {
        return stopped;
      }
      return fail(
        stopped.error.code === "exception.not-found"
          ? notFound("exception", params.id)
          : apiErrorOf(stopped.error, statusFor(stopped.error.code)),
      );
    },
  };
}

/** A dry run that no longer fits is a conflict with the state; everything else is wrong with the request itself. */
function statusFor(code: string): number {
  return code === "exception.dry-run-stale" || code === "exception.already-disabled" ? 409 : 400;
}
