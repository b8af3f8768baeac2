import { ruleLanguages } from "../../detection/rule-languages.ts";
import { fail, ok } from "../../lib/result.ts";
import { eventView } from "../../triage/event-view.ts";
import type { AppContext } from "../context.ts";
import { notFound } from "../problem.ts";
import type { Handlers } from "../router.ts";

/** Stored events, and searches over them. */
export function eventHandlers({ store, rules, now }: AppContext): Pick<Handlers, "event" | "rawEvent" | "hunt"> {
  return {
    event: async ({ params }) => {
      const event = await store.events.get(params.id);
      return event === undefined
        ? fail(notFound("event", params.id))
        : ok(eventView(event, (await store.lineage.processOf(event))?.key));
    },
    rawEvent: async ({ params }) => {
      const event = await store.events.get(params.id);
      return event === undefined
        ? fail(notFound("event", params.id))
        : ok({ source: event.source, record: await store.events.original(event.id) });
    },
    hunt: async ({ body }) => {
      const started = now();
      const window = { from: timeOf(body.from), to: timeOf(body.to) };
      const invalid = (["from", "to"] as const).find((edge) => Number.isNaN(window[edge]));
      if (invalid !== undefined) {
        const message = `${invalid} must be a time in ISO 8601, such as 2026-01-31T09:00:00Z`;
        return fail({ code: "request.invalid", message, at: { field: invalid } });
      }
      const { macros } = rules.current;
      const search = ruleLanguages[body.language].compileEventQuery(body.query, { macros });
      if (!search.ok) {
        const { code, ...problem } = search.error;
        return fail({
          ...problem,
          code: code === "query.not-supported" ? code : "query.syntax",
          at: { ...problem.at, field: "query" },
        });
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
