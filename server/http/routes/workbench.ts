import { fail, ok } from "../../lib/result.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import { personOf, waitingIn } from "../waiting.ts";

type Names = "me" | "audit" | "ingests" | "work" | "cancelWork";

/** Ingests of the list: one record per run of `stemma ingest`. */
const ingestLimit = 500;

/** The state of the workbench: who is signed in, what was ingested and what was changed. */
export function workbenchHandlers(context: AppContext): Pick<Handlers, Names> {
  const { store, work } = context;
  return {
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
    ingests: async () => {
      const [items, coverage] = await Promise.all([store.ingests.all(ingestLimit), store.events.coverage({})]);
      return ok({ items, coverage });
    },
    audit: ({ query, ...call }) => work.run("audit", { ...query, limit: query.limit ?? 100 }, waitingIn(call)),
    work: async ({ actor }) => ok(work.list(personOf(actor))),
    cancelWork: async ({ params, actor }) =>
      work.cancel(personOf(actor), params.id) ? ok(work.list(personOf(actor))) : fail(notFound("work", params.id)),
  };
}
