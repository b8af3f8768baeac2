import type { Actor } from "#contracts/actor";
import type { AuditRecord } from "#contracts/audit";
import type { IncidentScope, IncidentTransitionRequest } from "#contracts/incident";
import type { RequestProblem } from "#contracts/problem";
import { changeStatus, transitionAction } from "../../alert/change-status.ts";
import { incidentKey } from "../../alert/incident-key.ts";
import { incidentStatus } from "../../alert/incident-status.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { checkTransition, nextStatuses } from "../../alert/workflow.ts";
import { pauses } from "../../lib/pause.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { askedIncident, askedOf } from "../../playbooks/asked.ts";
import type { Playbooks } from "../../playbooks/playbook.ts";
import type { AskedAlert } from "../../playbooks/questions.ts";
import { conflictWith, type Expected } from "../../store/audit/version.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import type { Receivers } from "../deliveries.ts";
import { closingOf } from "./closing.ts";
import { duplicateProblem, originalOf } from "./duplicates.ts";
import { leftAction, returnedAction } from "./move-alerts.ts";
import { incidentTransitionAction, recordTransition } from "./record-transition.ts";
import { type IncidentChange, incidentSubject, noIncident } from "./work.ts";

export const incidentAnswerAction = "incident.answer";

/** What a status is changed under: others' changes of it, and the answers that made the verdict. */
export const concernsStatus = ({ action }: AuditRecord) => statusActions.has(action);

const statusActions: ReadonlySet<string> = new Set([
  incidentTransitionAction,
  incidentAnswerAction,
  transitionAction,
  "playbook.answer",
  // Which alerts are in it is another question now.
  "incident.reopened",
  "incident.split",
  leftAction,
  returnedAction,
  "incident.merged",
  "incident.unmerged",
]);

export interface IncidentTransition extends IncidentChange {
  readonly request: IncidentTransitionRequest;
  /** Who is told if it is escalated; nobody if absent. */
  readonly receivers?: Receivers;
}

/**
 * Changes the status of the alerts in scope, in one transaction. Alerts that have the status already, or cannot come to
 * it, stay as they are. Closing must pass the closing policy under the verdict of these alerts. Returns how many alerts
 * changed. Problems: `incident.not-found`, `incident.nothing-in-scope`, `request.conflict`, those of the workflow and
 * of the closing policy.
 */
export async function transitionIncident(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  change: IncidentTransition,
): Promise<Result<number, RequestProblem>> {
  const incident = await askedIncident(store, playbooks, change.key);
  if (incident === undefined) {
    return fail(noIncident);
  }
  return store.write<Result<number, RequestProblem>>(async (transaction) => {
    const subject = await incidentSubject(transaction, change.key);
    const conflict = await conflictWith(transaction.audit, subject, change.expected, concernsStatus);
    return conflict === undefined ? applyTransition(transaction, incident.asked, change) : fail(conflict);
  });
}

/**
 * Changes the status of one alert: a change of its incident whose scope is that alert. `expected` is a version of the
 * alert. Problems: `alert.not-found`, and as above.
 */
export async function transitionAlert(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert">,
  change: {
    readonly alertId: string;
    readonly request: Omit<IncidentTransitionRequest, "scope">;
    readonly actor: Actor;
    readonly at: number;
    readonly expected?: Expected;
    readonly newId: () => string;
    readonly receivers?: Receivers;
  },
): Promise<Result<AlertRecord, RequestProblem>> {
  const alert = await store.alerts.get(change.alertId);
  if (alert === undefined) {
    return fail({ code: "alert.not-found", message: "There is no such alert." });
  }
  const asked = (await askedIncident(store, playbooks, incidentKey(alert)))?.asked ?? [];
  // An alert of a building block is in no incident of the queue.
  const all = asked.some((one) => one.alert.id === alert.id)
    ? asked
    : [...asked, ...(await askedOf(store, playbooks, [alert]))];
  return store.write<Result<AlertRecord, RequestProblem>>(async (transaction) => {
    const conflict = await conflictWith(
      transaction.audit,
      { kind: "alert", ids: [alert.id] },
      change.expected,
      concernsStatus,
    );
    if (conflict !== undefined) {
      return fail(conflict);
    }
    const scope: IncidentScope = { kind: "alerts", ids: [alert.id] };
    const request = { ...change.request, scope };
    const changed = await applyTransition(transaction, all, { ...change, key: incidentKey(alert), request });
    return changed.ok ? ok((await transaction.alerts.get(alert.id)) ?? alert) : changed;
  });
}

async function applyTransition(
  transaction: StoreTransaction,
  read: readonly AskedAlert[],
  change: IncidentTransition,
): Promise<Result<number, RequestProblem>> {
  const { key, actor, at, request } = change;
  const { to, reason, note } = request;
  const all = await readAgain(transaction, key, read);
  const scoped = inScope(all, request.scope);
  const [first] = scoped;
  if (first === undefined) {
    return fail(nothingInScope);
  }
  const toChange = scoped.filter(({ alert }) => nextStatuses(alert.status).includes(to));
  const allowed = checkTransition((toChange[0] ?? first).alert.status, request);
  if (!allowed.ok) {
    return allowed;
  }
  const closing = await closingOf(transaction, all, toChange, { ...request, by: actor.name });
  if (!closing.ok) {
    return closing;
  }
  const under = closing.value;
  const original = under.duplicateOf === undefined ? undefined : await originalOf(transaction, under.duplicateOf);
  if (original?.ok === false) {
    return original;
  }
  for (const { alert } of toChange) {
    const problem = original && duplicateProblem(original.value, alert.id);
    if (problem !== undefined) {
      return fail(problem);
    }
  }
  const applied = { ...under, duplicateOf: original?.value.id };
  const pause = pauses();
  for (const { alert } of toChange) {
    await pause();
    const changed = await changeStatus(transaction, alert, {
      by: { kind: "analyst", ...actor },
      at,
      to,
      reason,
      note,
      ...applied,
    });
    if (!changed.ok) {
      throw new Error(`alert ${alert.id} cannot become ${to}: ${changed.error.message}`);
    }
  }
  // An alert of a building block is in no incident of the queue.
  if (toChange.some(({ alert }) => !alert.buildingBlock)) {
    const before = incidentStatus(all.map(({ alert }) => alert.status));
    await recordTransition(transaction, change, {
      ...{ request: { ...request, ...applied }, before, alerts: toChange.length, scope: request.scope.kind },
      closed: await isClosed(transaction, key),
      receivers: change.receivers,
    });
  }
  return ok(toChange.length);
}

const nothingInScope: RequestProblem = {
  code: "incident.nothing-in-scope",
  message: "The incident has none of the alerts that this change is about.",
  remedy: "Somebody may have moved them to another incident: reload.",
};

/** Alerts read at once. */
const PAGE = 250;

/** The alerts as they are now, without those that left the incident since they were read. */
async function readAgain(
  { alerts }: Pick<StoreTransaction, "alerts">,
  key: string,
  read: readonly AskedAlert[],
): Promise<readonly AskedAlert[]> {
  const current = new Map<string, AlertRecord>();
  const pause = pauses();
  for (let from = 0; from < read.length; from += PAGE) {
    const ids = read.slice(from, from + PAGE).map(({ alert }) => alert.id);
    for (const alert of (await alerts.find({ ids, limit: ids.length })).items) {
      current.set(alert.id, alert);
    }
    await pause();
  }
  return read.flatMap((one) => {
    const alert = current.get(one.alert.id);
    return alert === undefined || incidentKey(alert) !== key ? [] : [{ ...one, alert }];
  });
}

export function inScope(all: readonly AskedAlert[], scope: IncidentScope): readonly AskedAlert[] {
  switch (scope.kind) {
    case "incident":
      return all;
    case "process":
      return all.filter(({ alert }) => alert.processKey === scope.key);
    case "alerts": {
      const ids = new Set(scope.ids);
      return all.filter(({ alert }) => ids.has(alert.id));
    }
  }
}

/** Whether no alert of the incident is open, acknowledged or escalated. */
export async function isClosed({ alerts }: Pick<StoreTransaction, "alerts">, key: string): Promise<boolean> {
  const open = await alerts.find({
    incidentKey: key,
    buildingBlock: false,
    statuses: ["open", "acknowledged", "escalated"],
    limit: 1,
  });
  return open.total === 0;
}
