import { fail, ok } from "../../lib/result.ts";
import { auditPageOf } from "../../triage/audit-trail.ts";
import { ruleDetailOf, ruleSummaryOf } from "../../triage/rule-view.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { Workbench } from "../workbench.ts";

/** Ingests of the list; there is one record per run of `stemma ingest`. */
const ingestLimit = 500;

type Names = "rules" | "rule" | "audit" | "ingests";

/** What is loaded, what came in, and what was changed. */
export function catalogueHandlers({ store, playbooks, detector, auditHash }: Workbench): Pick<Handlers, Names> {
  return {
    rules: async () =>
      ok({ items: await Promise.all(detector.rules.map((rule) => ruleSummaryOf(store, playbooks, rule))) }),
    rule: async ({ params }) => {
      const rule = detector.byId.get(params.id);
      return rule === undefined ? fail(notFound("rule", params.id)) : ok(await ruleDetailOf(store, playbooks, rule));
    },
    audit: async ({ query }) => ok(await auditPageOf(store.audit, auditHash, { ...query, limit: query.limit ?? 100 })),
    ingests: async () => {
      const [items, coverage] = await Promise.all([store.ingests.all(ingestLimit), store.events.coverage({})]);
      return ok({ items, coverage });
    },
  };
}
