import { ok } from "../../lib/result.ts";
import { auditPageOf } from "../../triage/audit-trail.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

/** Ingests of the list; there is one record per run of `stemma ingest`. */
const ingestLimit = 500;

/** What came in, and what was changed. */
export function catalogueHandlers({ store, auditHash }: AppContext): Pick<Handlers, "audit" | "ingests"> {
  return {
    audit: async ({ query }) => ok(await auditPageOf(store.audit, auditHash, { ...query, limit: query.limit ?? 100 })),
    ingests: async () => {
      const [items, coverage] = await Promise.all([store.ingests.all(ingestLimit), store.events.coverage({})]);
      return ok({ items, coverage });
    },
  };
}
