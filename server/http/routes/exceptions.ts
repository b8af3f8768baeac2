import { randomUUID } from "node:crypto";
import { proposeDraft } from "../../exceptions/draft.ts";
import { dryRun } from "../../exceptions/dry-run.ts";
import { disableException, saveException } from "../../exceptions/save.ts";
import { fail, ok } from "../../lib/result.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";

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
    saveException: ({ body, actor }) => {
      const request = { draft: body.draft, token: body.dryRunToken, actor, clock: now, newId: randomUUID };
      return saveException(store, rules.current.rules, request);
    },
    disableException: ({ params, body, actor }) =>
      disableException(store, params.id, { reason: body.reason, actor, at: now() }),
  };
}
