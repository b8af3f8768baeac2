import type { HuntRequest, HuntResult, HuntRow } from "#contracts/hunt";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import type { Condition } from "../condition/tree.ts";
import { compileQuery, type QueryContext, ruleLanguages } from "../detection/rule-languages.ts";
import { createFinder } from "../detection/sequence/find.ts";
import { anyStageCondition, type SequencePlan } from "../detection/sequence/plan.ts";
import type { StemmaEvent } from "../event/event.ts";
import { happeningOf } from "../event/happening.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { TimeRange } from "../store/events/port.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { eventView } from "./event-view.ts";

interface HuntOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The total is that of the stored events, of which an index may exclude most. */
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** A search that was understood. */
export type HuntSearch = { readonly window: TimeRange } & (
  | { readonly kind: "events"; readonly condition: Condition }
  | { readonly kind: "sequences"; readonly plan: SequencePlan }
);

/** What was found, before it is put into words. */
interface Found {
  readonly events: readonly StemmaEvent[];
  readonly sequences?: readonly (readonly string[])[];
  /** Events, or sequences. */
  readonly total: number;
  readonly tested: number;
  readonly truncationReason: string | undefined;
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
  const search = huntSearch(request, { macros });
  if (!search.ok) {
    return search;
  }
  const reader = store.together();
  const { window } = search.value;
  const coverage = await reader.events.coverage(window);
  const covered = coverage.reduce((sum, one) => sum + one.events, 0);
  const onTested = (done: number) => onProgress?.({ done, total: covered, unit: "events" });
  const found =
    search.value.kind === "events"
      ? await findEvents(reader, search.value.condition, { ...window, limit: request.limit, onTested })
      : await findSequences(reader, search.value.plan, { ...window, limit: request.limit, onTested });
  const processes = await reader.lineage.processesOf(found.events);
  const rows = found.events.map((event) => huntRow(event, processes.get(event.id)?.key));
  return ok({
    rows,
    ...(found.sequences === undefined ? {} : { sequences: found.sequences.map((ids) => [...ids]) }),
    total: found.total,
    exact: true,
    truncationReason: found.truncationReason,
    tested: found.tested,
    milliseconds: now() - started,
    coverage: [...coverage],
    emptyReason: found.total > 0 ? undefined : emptyReason(covered, found.sequences !== undefined),
  });
}

/** A row of the result: the event, and the same in words. */
function huntRow(event: StemmaEvent, processKey: string | undefined): HuntRow {
  return { ...eventView(event, processKey), ...happeningOf(event.fields) };
}

/** Reads a request. Problems: `request.invalid`, `query.syntax`, `query.not-supported`. */
export function huntSearch(
  request: Pick<HuntRequest, "language" | "query" | "from" | "to">,
  context: Pick<QueryContext, "macros">,
): Result<HuntSearch, RequestProblem> {
  const window = { from: timeOf(request.from), to: timeOf(request.to) };
  const invalid = (["from", "to"] as const).find((edge) => Number.isNaN(window[edge]));
  if (invalid !== undefined) {
    const message = `${invalid} must be a time in ISO 8601, such as 2026-01-31T09:00:00Z`;
    return fail({ code: "request.invalid", message, at: { field: invalid } });
  }
  const whole = compileQuery(request.language, request.query, context);
  if (whole.ok && whole.value.kind === "sequences" && whole.value.pipes.length === 0) {
    return ok({ kind: "sequences", plan: whole.value.plan, window });
  }
  // For everything else, such as pipes, the refusal says what a search cannot do.
  const events = ruleLanguages[request.language].compileEventQuery(request.query, context);
  if (events.ok) {
    return ok({ kind: "events", condition: events.value.condition, window });
  }
  const { code, ...problem } = events.error;
  return fail({
    ...problem,
    code: code === "query.not-supported" ? code : "query.syntax",
    at: { ...problem.at, field: "query" },
  });
}

interface FindOptions extends TimeRange {
  readonly limit: number;
  readonly onTested: (tested: number) => void;
}

async function findEvents(
  { events }: StoreReader,
  condition: Condition,
  { limit, onTested, ...window }: FindOptions,
): Promise<Found> {
  const found = await events.find({ condition, limit, order: "newest-first", ...window, onPage: onTested });
  const listed = found.events.length;
  return {
    ...found,
    truncationReason: listed < found.total ? `The latest ${listed} of ${found.total} events are shown.` : undefined,
  };
}

/** Sequences and samples: every event that a stage matches takes part, oldest first. */
async function findSequences(
  { events }: StoreReader,
  plan: SequencePlan,
  { limit, onTested, ...window }: FindOptions,
): Promise<Found> {
  const finder = createFinder(plan);
  let tested = 0;
  for await (const batch of events.scan({ condition: anyStageCondition(plan), ...window })) {
    for (const { id, time, fields } of batch) {
      finder.add({ id, time, fields });
    }
    tested += batch.length;
    onTested(tested);
  }
  // A stage for a missing event has none.
  const found = finder.finish().map((ids) => ids.flatMap((id) => (id === undefined ? [] : [String(id)])));
  const latest = found.toReversed();
  let rows = 0;
  const listed = latest.filter((ids) => {
    rows += ids.length;
    return rows <= limit;
  });
  const members = await Promise.all([...new Set(listed.flat())].map((id) => events.get(id)));
  return {
    events: members.filter((event) => event !== undefined),
    sequences: listed,
    total: found.length,
    tested,
    truncationReason:
      listed.length < found.length
        ? `The ${listed.length} of ${found.length} sequences that ended last are shown.`
        : undefined,
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function emptyReason(covered: number, isSequence: boolean): string {
  return covered === 0
    ? "No event is stored for this time: nothing could be found."
    : isSequence
      ? `No sequence is complete among the ${covered} events stored for this time: this is a real no.`
      : `None of the ${covered} events stored for this time matches: this is a real no.`;
}
