import { sortedPage } from "../../lib/cursor.ts";
import { fail, ok } from "../../lib/result.ts";
import { deliveryListOf, sendAgain } from "../../triage/deliveries.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { personOf, waitingIn } from "../waiting.ts";

type Names =
  | "find"
  | "me"
  | "audit"
  | "ingests"
  | "coverage"
  | "shiftReport"
  | "deliveries"
  | "sendDeliveryAgain"
  | "work"
  | "cancelWork";

/** The state of the workbench: who is signed in, what was ingested and what was changed. */
export function workbenchHandlers(context: AppContext): Pick<Handlers, Names> {
  const { store, work } = context;
  return {
    find: ({ query, ...call }) => work.run("find", query, waitingIn(call)),
    me: async ({ actor, caller }) =>
      ok({
        analyst: actor.name,
        person: caller?.role === undefined ? undefined : caller.actor.origin.account,
        method: caller?.actor.origin.method ?? "link",
        role: caller?.role,
        permissions: [...(caller?.permissions ?? [])],
        version: context.version,
        store: store.description,
        sample: await context.isSample(),
        empty: (await store.events.count()) === 0,
      }),
    ingests: async ({ query }) => ok(await store.ingests.page(query)),
    coverage: async ({ query }) =>
      ok(
        sortedPage(await store.events.coverage({}), query, {
          types: ["string", "string"],
          keyOf: ({ host, source }) => [host, source],
        }),
      ),
    audit: ({ query, ...call }) => work.run("audit", query, waitingIn(call)),
    shiftReport: ({ query, ...call }) => work.run("shiftReport", query, waitingIn(call)),
    deliveries: async ({ query }) => ok(await deliveryListOf(store, query, context.deliveries)),
    sendDeliveryAgain: ({ params, actor }) => sendAgain(store, params.id, { actor, at: context.now() }),
    work: async ({ actor }) => ok(work.list(personOf(actor))),
    cancelWork: async ({ params, actor }) =>
      work.cancel(personOf(actor), params.id) ? ok(work.list(personOf(actor))) : fail(notFound("work", params.id)),
  };
}
