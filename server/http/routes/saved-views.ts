import { randomUUID } from "node:crypto";
import { ok } from "../../lib/result.ts";
import { changeSavedView, deleteSavedView, savedViewPageOf, saveView } from "../../triage/saved-views.ts";
import type { RouteCall } from "../call-route.ts";
import type { AppContext } from "../context.ts";
import type { Handlers } from "../router.ts";

type Names = "savedViews" | "saveView" | "changeSavedView" | "deleteSavedView";

/** Searches and views that people saved under a name. */
export function savedViewHandlers({ store, now }: AppContext): Pick<Handlers, Names> {
  const by = ({ actor, caller }: Pick<RouteCall<"saveView">, "actor" | "caller">) => ({
    actor,
    at: now(),
    isAdministrator: caller?.permissions.has("administer") === true,
  });
  return {
    savedViews: async ({ query }) => ok(await savedViewPageOf(store, query)),
    saveView: ({ body, actor }) => saveView(store, body, { actor, at: now(), newId: randomUUID }),
    changeSavedView: ({ params, body, ...call }) => changeSavedView(store, params.id, body, by(call)),
    deleteSavedView: ({ params, ...call }) => deleteSavedView(store, params.id, by(call)),
  };
}
