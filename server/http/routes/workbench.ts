import { ok } from "../../lib/result.ts";
import { auditPageOf } from "../../triage/audit-trail.ts";
import type { AppContext } from "../context.ts";
import type { Handlers } from "../router.ts";

/** Ingests of the list: one record per run of `stemma ingest`. */
const ingestLimit = 500;

/** The state of the workbench: who is signed in, what was ingested and what was changed. */
export function workbenchHandlers(context: AppContext): Pick<Handlers, "me" | "audit" | "ingests"> {
  const { store, auditHash } = context;
  return {
    me: async ({ actor, caller }) =>
      ok({
        analyst: actor.name,
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
    audit: async ({ query }) => ok(await auditPageOf(store.audit, auditHash, { ...query, limit: query.limit ?? 100 })),
  };
}
