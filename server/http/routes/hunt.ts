import { ruleLanguages } from "../../detection/rule-languages.ts";
import { fail, ok } from "../../lib/result.ts";
import { eventView } from "../../triage/event-view.ts";
import { apiError, apiErrorOf } from "../problem.ts";
import type { Handlers } from "../router.ts";
import type { AppContext } from "../workbench.ts";

/** Free search over what is stored, in the languages of the rules. */
export function huntHandlers({ store, rules, now }: AppContext): Pick<Handlers, "hunt"> {
  return {
    hunt: async ({ body }) => {
      const started = now();
      const window = { from: timeOf(body.from), to: timeOf(body.to) };
      const wrong = (["from", "to"] as const).find((edge) => Number.isNaN(window[edge]));
      if (wrong !== undefined) {
        const message = "must be a time in ISO 8601, such as 2026-01-31T09:00:00Z";
        return fail(apiError(400, `The body does not fit: ${wrong}.`, [{ field: wrong, message }]));
      }
      const { macros } = rules.current;
      const search = ruleLanguages[body.language].compileEventQuery(body.query, { macros });
      if (!search.ok) {
        const problem = search.error;
        return fail(apiErrorOf({ ...problem, at: { ...problem.at, field: "query" } }, 400));
      }
      const [found, coverage] = await Promise.all([
        store.events.find({ condition: search.value.condition, limit: body.limit, order: "newest-first", ...window }),
        store.events.coverage(window),
      ]);
      const rows = await Promise.all(
        found.events.map(async (event) => eventView(event, (await store.lineage.processOf(event))?.key)),
      );
      const covered = coverage.reduce((sum, { events }) => sum + events, 0);
      return ok({
        rows,
        total: found.total,
        exact: true,
        truncationReason:
          rows.length < found.total ? `The latest ${rows.length} of ${found.total} events are shown.` : undefined,
        tested: found.tested,
        milliseconds: now() - started,
        coverage,
        emptyReason: found.total > 0 ? undefined : emptyReason(covered),
      });
    },
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function emptyReason(covered: number): string {
  return covered === 0
    ? "No event is stored for this time: nothing could be found."
    : `None of the ${covered} events stored for this time matches: this is a real no.`;
}
