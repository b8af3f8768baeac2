import type { CombinedWork, IncidentRecord } from "../../alert/incident-record.ts";
import { statusOfCounts } from "../../alert/incident-status.ts";
import type { TransitionRecord } from "../../alert/record.ts";
import type { BatchPart, ChangedIncident, PartIncident } from "../../store/batches/port.ts";
import type { StoreTransaction } from "../../store/port.ts";
import { incidentTransitionAction } from "../incident/record-transition.ts";
import { assignedAction, recordToChange, taggedAction } from "../incident/work.ts";
import { type AlertChange, changeAlerts } from "./change-alerts.ts";
import { storedOf } from "./change-statuses.ts";
import type { IncidentOutcome, LeftCode } from "./outcome.ts";
import { endedWithin, type Slice } from "./slice.ts";

const undoNote = "A batch was undone.";

/** What a part of a batch changed, as a part of the batch that undoes it. */
export function partToRestore(undo: string, { number, incidents, changed = [] }: BatchPart): BatchPart {
  const continued = new Set(incidents.filter(({ continues }) => continues === true).map(({ key }) => key));
  return {
    batch: undo,
    number,
    incidents: changed
      .filter(({ alerts, work }) => alerts.length > 0 || work !== undefined)
      .map(({ key, alerts }) => ({
        ...{ key, alerts: alerts.map(({ id }) => id), rules: [] },
        ...(continued.has(key) ? { continues: true } : {}),
      })),
  };
}

/**
 * Restores what a part of the batch `undone` changed, where nobody has changed it since: the last change of its status
 * (or of the assignee, or the tags) is the batch's. In the order of `part.incidents`.
 */
export async function restorePart(
  slice: Slice,
  undone: string,
  part: BatchPart,
  changed: readonly ChangedIncident[],
): Promise<readonly IncidentOutcome[]> {
  const stored = await storedOf(slice, part.incidents);
  const history = await historyOf(slice.transaction, changed);
  const untouched = lastChangedBy(history, undone);
  const before = new Map(changed.map((one) => [one.key, one]));
  const outcomes: IncidentOutcome[] = [];
  for (const incident of part.incidents) {
    const was = before.get(incident.key) ?? { key: incident.key, alerts: [] };
    outcomes.push(
      was.alerts.length === 0
        ? await restoreWork(slice, undone, was, stored.works.get(was.key))
        : await restoreIncident(slice, incident, was, stored, { untouched, closings: closingsBefore(history, undone) }),
    );
  }
  return outcomes;
}

/** The changes of status of the alerts, by their current ids. */
async function historyOf(
  { triage }: StoreTransaction,
  changed: readonly ChangedIncident[],
): Promise<readonly TransitionRecord[]> {
  const transitions = await triage.transitions(changed.flatMap(({ alerts }) => alerts.map(({ id }) => id)));
  return transitions.filter(({ incident }) => incident === undefined);
}

/** The alerts whose last change of status is that of a batch. */
function lastChangedBy(history: readonly TransitionRecord[], batch: string): ReadonlySet<string> {
  const last = new Map(history.map((one) => [one.alertId, one.batch]));
  return new Set([...last].filter(([, by]) => by === batch).map(([id]) => id));
}

/** The last closing of each alert before a batch changed it: what it was closed against, and as a duplicate of what. */
function closingsBefore(history: readonly TransitionRecord[], batch: string): ReadonlyMap<string, TransitionRecord> {
  const earlier = history.filter((one) => one.batch !== batch && one.to === "closed");
  return new Map(earlier.map((one) => [one.alertId, one]));
}

interface History {
  readonly untouched: ReadonlySet<string>;
  readonly closings: ReadonlyMap<string, TransitionRecord>;
}

async function restoreIncident(
  slice: Slice,
  { key, continues }: PartIncident,
  was: ChangedIncident,
  { states, counts, works }: Awaited<ReturnType<typeof storedOf>>,
  { untouched, closings }: History,
): Promise<IncidentOutcome> {
  const { transaction, actor, batch } = slice;
  const left = new Map<LeftCode, string[]>();
  const before = counts.get(key);
  const toRestore: AlertChange[] = [];
  for (const { id, from, reason } of was.alerts) {
    const state = states.get(id);
    if (state === undefined || !untouched.has(state.id)) {
      const code = state === undefined ? "alert.not-found" : "batch.changed-since";
      left.getOrInsertComputed(code, () => []).push(id);
      continue;
    }
    const { overridden, duplicateOf } = (from === "closed" ? closings.get(state.id) : undefined) ?? {};
    toRestore.push({
      state,
      change: {
        ...{ by: { kind: "undo", ...actor }, to: from, reason, note: undoNote },
        ...{ overriddenBefore: overridden, duplicateOf },
      },
    });
  }
  const { changed: restored, after } = await changeAlerts(slice, toRestore, before);
  if (continues === true) {
    await transaction.alerts.rankLater(key);
    return { changed: { key, alerts: restored }, left, before: before && statusOfCounts(before) };
  }
  const earlier = batch.open?.key === key ? batch.open : undefined;
  const total = (earlier?.changed ?? 0) + restored.length;
  if (total > 0 && before !== undefined) {
    const status = { before: earlier?.before ?? statusOfCounts(before), after: statusOfCounts(after) };
    await recordRestored(slice, { key, was, alerts: total, status, known: works });
  }
  return { changed: { key, alerts: restored }, left };
}

interface Restored {
  readonly key: string;
  readonly was?: ChangedIncident;
  readonly alerts: number;
  readonly status: Readonly<Record<"before" | "after", ReturnType<typeof statusOfCounts>>>;
  readonly known?: ReadonlyMap<string, CombinedWork>;
}

/** Gives the incident as a whole its closing or its reopening back. */
async function recordRestored(slice: Slice, { key, was, alerts, status, known }: Restored): Promise<void> {
  const { transaction, actor, at, newId, batch } = slice;
  const record = await recordToChange(transaction, { key, at, newId, known });
  if (record === undefined) {
    return;
  }
  const { closed, reopened } = was?.work?.before ?? {};
  const restored: IncidentRecord =
    status.after === "closed"
      ? { ...record, closed: closed ?? record.closed, reopened: undefined }
      : { ...record, closed: undefined, reopened: record.reopened ?? reopened };
  await transaction.incidents.put(restored);
  await transaction.audit.append({
    at,
    actor,
    action: incidentTransitionAction,
    subject: { kind: "incident", id: record.id },
    before: { status: status.before },
    after: { status: status.after, note: undoNote, alerts, batch: batch.id },
  });
}

/** Gives an incident its assignee or its tags back. */
async function restoreWork(
  slice: Slice,
  undone: string,
  { key, work }: ChangedIncident,
  current: CombinedWork | undefined,
): Promise<IncidentOutcome> {
  const { transaction, actor, at, newId, batch } = slice;
  const nothing = { changed: { key, alerts: [] }, left: new Map<LeftCode, readonly string[]>(), whole: true };
  const record = await recordToChange(transaction, { key, at, newId });
  if (work === undefined || current === undefined || record === undefined) {
    return { ...nothing, left: new Map([["alert.not-found", record === undefined ? [] : [record.alertId]]]) };
  }
  const action = "tags" in work.after ? taggedAction : assignedAction;
  if (!(await isLastChange(transaction, current.ids, action, undone))) {
    return { ...nothing, left: new Map([["batch.changed-since", [record.alertId]]]) };
  }
  const { before, after } = work;
  const { assignee, tags = [] } = before;
  await transaction.incidents.put(action === taggedAction ? { ...record, tags } : { ...record, assignee });
  await transaction.audit.append({
    at,
    actor,
    action,
    subject: { kind: "incident", id: record.id },
    before: after,
    after: { ...before, batch: batch.id },
  });
  return { ...nothing, changed: { key, alerts: [], work: { before: after, after: before } } };
}

async function isLastChange(
  { audit }: StoreTransaction,
  ids: readonly string[],
  action: string,
  batch: string,
): Promise<boolean> {
  const records = await audit.about({ kind: "incident", ids }, {});
  const after: unknown = records.find((record) => record.action === action)?.after;
  return typeof after === "object" && after !== null && "batch" in after && after.batch === batch;
}

/** What is kept of an incident of which only some parts were restored, when the batch ends there. */
export async function endOpenRestored(slice: Slice): Promise<void> {
  const ended = await endedWithin(slice);
  if (ended !== undefined) {
    const { open, after } = ended;
    await recordRestored(slice, { key: open.key, alerts: open.changed, status: { before: open.before, after } });
  }
}
