import type { StatusCounts } from "#contracts/incident";
import type { RequestProblem } from "#contracts/problem";
import type { CombinedWork } from "../../alert/incident-record.ts";
import { statusOfCounts } from "../../alert/incident-status.ts";
import { checkTransition } from "../../alert/workflow.ts";
import type { Result } from "../../lib/result.ts";
import type { AlertState } from "../../store/alerts/port.ts";
import type { BatchPart, PartIncident } from "../../store/batches/port.ts";
import { duplicateProblem, type Original, originalOf } from "../incident/duplicates.ts";
import { recordTransition } from "../incident/record-transition.ts";
import type { StatusRequest } from "./action.ts";
import { changeAlerts } from "./change-alerts.ts";
import { isOutdated } from "./decide.ts";
import { countExcepted } from "./excepting.ts";
import type { IncidentOutcome, LeftCode } from "./outcome.ts";
import { endedWithin, type Slice } from "./slice.ts";

/** What the store has about the incidents of a part, read at once. */
interface Stored {
  /** Closing as duplicates: the alert that is repeated. Fails if it is gone. */
  readonly original?: Result<Original, RequestProblem>;
  readonly states: ReadonlyMap<string, AlertState>;
  readonly counts: ReadonlyMap<string, StatusCounts>;
  readonly works: ReadonlyMap<string, CombinedWork>;
}

/** Changes the status of the alerts of a part, as single changes of their incidents would. In order. */
export async function changeStatuses(
  slice: Slice,
  { incidents }: Pick<BatchPart, "incidents">,
  request: StatusRequest,
): Promise<readonly IncidentOutcome[]> {
  const { duplicateOf } = request;
  const original = duplicateOf === undefined ? undefined : await originalOf(slice.transaction, duplicateOf);
  const stored = { ...(await storedOf(slice, incidents)), original };
  const outcomes: IncidentOutcome[] = [];
  for (const incident of incidents) {
    outcomes.push(await changeIncident(slice, incident, request, stored));
  }
  return outcomes;
}

export async function storedOf(
  { transaction: { alerts, incidents: works }, batch }: Slice,
  incidents: readonly PartIncident[],
): Promise<Stored> {
  // Counting the alerts of an incident that goes on through many parts would take longer than changing some of them.
  const counted = incidents.filter(({ key, continues }) => continues !== true || batch.open?.key !== key);
  return {
    states: await alerts.states(incidents.flatMap((incident) => incident.alerts)),
    counts: await alerts.statuses(counted.map(({ key }) => key)),
    works: await works.work(incidents.map(({ key }) => key)),
  };
}

async function changeIncident(
  slice: Slice,
  incident: PartIncident,
  request: StatusRequest,
  { states, counts, works, original }: Stored,
): Promise<IncidentOutcome> {
  const { transaction, actor, at, batch } = slice;
  const { key, alerts, continues } = incident;
  const left = new Map<LeftCode, string[]>();
  const leave = (code: LeftCode, ...ids: readonly string[]) => {
    left.getOrInsertComputed(code, () => []).push(...ids);
  };
  const toChange: AlertState[] = [];
  for (const id of alerts) {
    const state = states.get(id);
    const reason =
      state === undefined
        ? "alert.not-found"
        : (reasonToLeave(state, key, request, slice) ?? notItsOwnDuplicate(id, original));
    if (state === undefined || reason !== undefined) {
      leave(reason ?? "alert.not-found", id);
    } else {
      toChange.push(state);
    }
  }
  const decision = slice.decided.get(key);
  const refused = await refusalOf(slice, decision, works.get(key));
  if (refused !== undefined && toChange.length > 0) {
    leave(refused, ...toChange.map(({ id }) => id));
    toChange.length = 0;
  }
  const closing = decision?.closing.ok === true ? decision.closing.value : {};
  const under = original?.ok === true ? { ...closing, duplicateOf: original.value.id } : closing;
  const before = counts.get(key);
  const { to, reason, note } = request;
  const by =
    slice.excepted === undefined
      ? ({ kind: "analyst", ...actor } as const)
      : ({ kind: "exception-author", ...actor, exception: slice.excepted.exception } as const);
  if (slice.excepted !== undefined) {
    for (const { id } of toChange) {
      await countExcepted(transaction, slice.excepted, id);
    }
    // In shadow mode it counts, and closes nothing.
    toChange.length = slice.excepted.exception.mode === "enforced" ? toChange.length : 0;
  }
  const change = { by, to, reason, note, ...under };
  const { changed, after } = await changeAlerts(
    slice,
    toChange.map((state) => ({ state, change })),
    before,
  );
  if (continues === true) {
    await transaction.alerts.rankLater(key);
    return { changed: { key, alerts: changed }, left, before: before && statusOfCounts(before) };
  }
  const earlier = batch.open?.key === key ? batch.open : undefined;
  const total = (earlier?.changed ?? 0) + changed.length;
  if (total === 0 || before === undefined) {
    return { changed: { key, alerts: changed }, left };
  }
  const record = await recordTransition(
    transaction,
    { key, actor, at, newId: slice.newId, known: works },
    {
      request: { ...request, override: under.override, duplicateOf: under.duplicateOf },
      before: earlier?.before ?? statusOfCounts(before),
      alerts: total,
      closed: statusOfCounts(after) === "closed",
      batch: batch.id,
      receivers: slice.receivers,
    },
  );
  const work = record && { before: { closed: record.closed, reopened: record.reopened }, after: {} };
  return { changed: { key, alerts: changed, work }, left };
}

function reasonToLeave(
  state: AlertState,
  key: string,
  request: StatusRequest,
  { batch, excepted }: Slice,
): LeftCode | undefined {
  // An exception is about the alert, wherever it is now.
  if (state.incidentKey !== key && excepted === undefined) {
    return "incident.nothing-in-scope";
  }
  if (batch.action.kind === "except" && excepted?.hits.has(state.id) !== true) {
    return "exception.not-hidden";
  }
  const allowed = checkTransition(state.status, request, excepted === undefined ? "analyst" : "exception-author");
  return allowed.ok
    ? undefined
    : allowed.error.code === "workflow.same-status"
      ? "workflow.same-status"
      : "workflow.invalid-transition";
}

function notItsOwnDuplicate(id: string, original: Stored["original"]): LeftCode | undefined {
  const isPossible = original === undefined || (original.ok && duplicateProblem(original.value, id) === undefined);
  return isPossible ? undefined : "workflow.duplicate-invalid";
}

/** Why an incident is not closed. */
async function refusalOf(
  { transaction }: Slice,
  decision: ReturnType<Slice["decided"]["get"]>,
  work: CombinedWork | undefined,
): Promise<LeftCode | undefined> {
  if (decision === undefined) {
    return undefined;
  }
  if (await isOutdated(transaction, decision, work?.ids)) {
    return "request.conflict";
  }
  if (decision.closing.ok) {
    return undefined;
  }
  const { code } = decision.closing.error;
  return code === "workflow.verdict-not-malicious" || code === "workflow.second-analyst"
    ? code
    : "workflow.verdict-not-benign";
}

/** What is kept of an incident of which only some parts were done, when the batch ends there. */
export async function endOpenIncident(slice: Slice, request: StatusRequest): Promise<void> {
  const { transaction, batch, actor, at, newId, receivers } = slice;
  const ended = await endedWithin(slice);
  if (ended !== undefined) {
    const { open, after } = ended;
    await recordTransition(
      transaction,
      { key: open.key, actor, at, newId },
      {
        ...{ request, before: open.before, alerts: open.changed, closed: after === "closed", batch: batch.id },
        receivers,
      },
    );
  }
}
