import type { HuntRequest, HuntResult } from "#contracts/hunt";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import { type QueryContext, ruleLanguages } from "../detection/rule-languages.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { eventView } from "./event-view.ts";

interface HuntOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The total is that of the stored events, of which an index may exclude most. */
  readonly onProgress?: (progress: WorkProgress) => void;
}

/**
 * Searches the stored events, newest first, with what an empty result means. Problems: `request.invalid`,
 * `query.syntax`, `query.not-supported`.
 */
export async function huntOf(
  store: Pick<Store, "together">,
  request: HuntRequest,
  { macros, now, onProgress }: Pick<QueryContext, "macros"> & HuntOptions,
): Promise<Result<HuntResult, RequestProblem>> {
  const started = now();
  const window = { from: timeOf(request.from), to: timeOf(request.to) };
  const invalid = (["from", "to"] as const).find((edge) => Number.isNaN(window[edge]));
  if (invalid !== undefined) {
    const message = `${invalid} must be a time in ISO 8601, such as 2026-01-31T09:00:00Z`;
    return fail({ code: "request.invalid", message, at: { field: invalid } });
  }
  const search = ruleLanguages[request.language].compileEventQuery(request.query, { macros });
  if (!search.ok) {
    const { code, ...problem } = search.error;
    return fail({
      ...problem,
      code: code === "query.not-supported" ? code : "query.syntax",
      at: { ...problem.at, field: "query" },
    });
  }
  const { condition } = search.value;
  const { events, lineage } = store.together();
  const coverage = await events.coverage(window);
  const covered = coverage.reduce((sum, one) => sum + one.events, 0);
  const found = await events.find({
    condition,
    limit: request.limit,
    order: "newest-first",
    ...window,
    onPage: (tested) => onProgress?.({ done: tested, total: covered, unit: "events" }),
  });
  const processes = await lineage.processesOf(found.events);
  const rows = found.events.map((event) => eventView(event, processes.get(event.id)?.key));
  return ok({
    rows,
    total: found.total,
    exact: true,
    truncationReason:
      rows.length < found.total ? `The latest ${rows.length} of ${found.total} events are shown.` : undefined,
    tested: found.tested,
    milliseconds: now() - started,
    coverage: [...coverage],
    emptyReason: found.total > 0 ? undefined : emptyReason(covered),
  });
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function emptyReason(covered: number): string {
  return covered === 0
    ? "No event is stored for this time: nothing could be found."
    : `None of the ${covered} events stored for this time matches: this is a real no.`;
}
