import type { Actor } from "#contracts/actor";
import type { IncidentMembershipRequest } from "#contracts/alert";
import type { MergeRequest, SplitRequest } from "#contracts/incident";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../../alert/incident-key.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { alertsToMerge, inMergedIncidents, mergedInto, reopenIncidents } from "../../alerting/join-incidents.ts";
import { pauses } from "../../lib/pause.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { conflictWith, type Expected } from "../../store/audit/version.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import {
  beginRecord,
  forgetReopening,
  keepRecord,
  leftAction,
  membersAmong,
  move,
  movedAction,
  moveOf,
  record,
  returnedAction,
  splitAction,
} from "./move-alerts.ts";
import { type IncidentChange, incidentSubject, noIncident, recordToChange } from "./work.ts";

const removedAction = "alert.removed-from-incident";
const restoredAction = "alert.restored-to-incident";
const mergeAction = "incident.merged";
const unmergeAction = "incident.unmerged";
const membershipActions: ReadonlySet<string> = new Set([
  removedAction,
  restoredAction,
  movedAction,
  splitAction,
  leftAction,
  returnedAction,
  mergeAction,
  unmergeAction,
]);

/** A merged or split incident has a key of its own. */
const mergedKey = (id: string) => `merged:${id}`;
const splitKey = (id: string) => `split:${id}`;

/**
 * Removes an alert from its incident or restores it, with history and audit record in the same transaction. Status and
 * answers are unchanged. Problems: `alert.not-found`, `request.conflict`, `incident.same-membership`. See
 * docs/decisions/0025.
 */
export async function setIncidentMembership(
  store: Store,
  change: {
    readonly alertId: string;
    readonly request: IncidentMembershipRequest;
    readonly actor: Actor;
    readonly at: number;
    readonly expected?: Expected;
    readonly newId: () => string;
  },
): Promise<Result<AlertRecord, RequestProblem>> {
  const { alertId, request, actor, at, expected, newId } = change;
  return store.write<Result<AlertRecord, RequestProblem>>(async (transaction) => {
    const alert = await transaction.alerts.get(alertId);
    if (alert === undefined) {
      return fail({ code: "alert.not-found", message: "There is no such alert." });
    }
    const subject = { kind: "alert", ids: [alert.id] };
    const conflict = await conflictWith(transaction.audit, subject, expected, ({ action }) =>
      membershipActions.has(action),
    );
    if (conflict !== undefined) {
      return fail(conflict);
    }
    if ((alert.removed !== undefined) === request.removed) {
      return fail({
        code: "incident.same-membership",
        message: request.removed
          ? "The alert was already removed from its incident."
          : "The alert is already in its incident.",
        remedy: "Somebody may have been faster: reload to see who.",
      });
    }
    const reason = request.reason.trim();
    const before = incidentKey(alert);
    const removed = request.removed ? { at, actor: actor.name, reason } : undefined;
    // Its lineage may have been merged while it was removed.
    const [moved = alert] = await inMergedIncidents(transaction.alerts, [{ ...alert, removed }]);
    const changed = await record(transaction, moved, request.removed ? "removed" : "restored", { actor, at, reason });
    await keepRecord(transaction, before, [alert.id]);
    await forgetReopening(transaction, before);
    await reopenIncidents(transaction, [changed], at, "merged");
    await transaction.audit.append({
      at,
      actor,
      action: request.removed ? removedAction : restoredAction,
      subject: { kind: "alert", id: alert.id },
      before: { item: before },
      after: { item: incidentKey(changed), reason: reason === "" ? undefined : reason },
    });
    const key = request.removed ? before : incidentKey(changed);
    await noteMembership(transaction, alert.id, request.removed, { key, actor, at, newId });
    return ok(changed);
  });
}

/** The incident that an alert left or came back to is another version then, whoever decides about it. */
async function noteMembership(
  transaction: Pick<StoreTransaction, "alerts" | "incidents" | "audit">,
  alert: string,
  removed: boolean,
  change: IncidentChange,
): Promise<void> {
  const record = await recordToChange(transaction, change);
  if (record === undefined) {
    return;
  }
  await transaction.incidents.put(record);
  await transaction.audit.append({
    at: change.at,
    actor: change.actor,
    action: removed ? leftAction : returnedAction,
    subject: { kind: "incident", id: record.id },
    after: { alert, alerts: 1 },
  });
}

/**
 * Makes alerts of an incident an incident of their own. Returns its key. Problems: `incident.not-found`,
 * `incident.nothing-in-scope`, `incident.nothing-left`, `request.conflict`.
 */
export async function splitIncident(
  store: Store,
  change: IncidentChange & { readonly request: SplitRequest },
): Promise<Result<string, RequestProblem>> {
  return changeMembers(store, change, async (transaction, begin) => {
    const { key, request, actor, at, newId } = change;
    const members = await membersAmong(transaction, key, request.alerts);
    const missing = new Set(request.alerts).size - members.length;
    if (missing > 0) {
      return fail({
        code: "incident.nothing-in-scope",
        message:
          missing === 1
            ? "One of these alerts is not in the incident."
            : `${missing} of these alerts are not in the incident.`,
        at: { field: "alerts" },
        remedy: "Somebody may have moved them to another incident: reload.",
      });
    }
    const left = await transaction.alerts.find({ incidentKey: key, buildingBlock: false, limit: 1 });
    if (left.total <= members.length) {
      return fail({
        code: "incident.nothing-left",
        message: "These are all alerts of the incident.",
        at: { field: "alerts" },
        remedy: "Leave at least one alert in the incident.",
      });
    }
    await begin();
    const to = splitKey(newId());
    const by = { actor, at, reason: request.reason };
    for (const alert of members) {
      await move(transaction, alert, { ...alert, removed: { ...moveOf(by), to } }, "split", by);
    }
    const ids = members.map(({ id }) => id);
    await keepRecord(transaction, key, ids);
    await forgetReopening(transaction, key);
    await beginRecord(transaction, change, { from: key, to, ids });
    return ok({ key: to, from: key, action: splitAction, alerts: members.length });
  });
}

/**
 * Merges another incident into this one: alerts that come to either of the two belong to both from now on. Returns the
 * key of the merged incident. Problems: `incident.not-found`, `incident.same-incident`, `request.conflict`.
 */
export async function mergeIncidents(
  store: Store,
  change: IncidentChange & { readonly request: MergeRequest },
): Promise<Result<string, RequestProblem>> {
  return changeMembers(store, change, async (transaction, begin) => {
    const { key, request, actor, at, newId } = change;
    if (request.incident === key) {
      return fail({
        code: "incident.same-incident",
        message: "An incident cannot be merged with itself.",
        at: { field: "incident" },
      });
    }
    for (const one of [key, request.incident]) {
      if ((await transaction.alerts.find({ incidentKey: one, limit: 1 })).total === 0) {
        return fail(noIncident);
      }
    }
    await begin();
    const to = [key, request.incident].find(isMerged) ?? mergedKey(newId());
    const by = { actor, at, reason: request.reason };
    const pause = pauses();
    let moved = 0;
    let last: AlertRecord | undefined;
    for (const from of [key, request.incident].filter((one) => one !== to)) {
      for (const alert of await alertsToMerge(transaction.alerts, from)) {
        await pause();
        const merged = mergedInto(alert, from, { ...moveOf(by), into: to });
        if (incidentKey(merged) === to) {
          last = await move(transaction, alert, merged, "merged", by);
          moved += 1;
        } else {
          // It was removed from the incident, and would return to the merged one.
          await transaction.alerts.put(merged);
        }
      }
    }
    await reopenIncidents(transaction, last === undefined ? [] : [last], at, "merged");
    return ok({ key: to, from: request.incident, action: mergeAction, alerts: moved });
  });
}

/**
 * Separates what was merged: every alert goes back to the incident of its lineage, or to the one that it was split off
 * into. Returns the key of the incident that
 * the oldest alert goes back to. Problems: `incident.not-found`, `incident.not-merged`, `request.conflict`.
 */
export async function unmergeIncident(
  store: Store,
  change: IncidentChange & { readonly reason: string },
): Promise<Result<string, RequestProblem>> {
  return changeMembers(store, change, async (transaction, begin) => {
    const { key, actor, at, reason } = change;
    if (!isMerged(key)) {
      return fail({ code: "incident.not-merged", message: "No other incident was merged into this one." });
    }
    const members = await alertsToMerge(transaction.alerts, key);
    if (members.length === 0) {
      return fail(noIncident);
    }
    await begin();
    const by = { actor, at, reason };
    const pause = pauses();
    const keys = new Set<string>();
    let moved = 0;
    for (const alert of members) {
      await pause();
      const apart = unmergedFrom(alert, key);
      if (incidentKey(alert) === key) {
        keys.add(incidentKey(await move(transaction, alert, apart, "unmerged", by)));
        moved += 1;
      } else {
        await transaction.alerts.put(apart);
      }
    }
    for (const one of keys) {
      await forgetReopening(transaction, one);
    }
    const [first = key] = keys;
    return ok({ key: first, from: key, action: unmergeAction, alerts: moved });
  });
}

function isMerged(key: string): boolean {
  return key.startsWith("merged:");
}

/** An alert of a merged incident, or removed from it, as it is without the merge. */
function unmergedFrom(alert: AlertRecord, key: string): AlertRecord {
  return {
    ...alert,
    merged: alert.merged?.into === key ? undefined : alert.merged,
    ...(alert.removed?.merged?.into === key ? { removed: { ...alert.removed, merged: undefined } } : {}),
  };
}

interface Moved {
  /** The incident from now on. */
  readonly key: string;
  readonly from: string;
  readonly action: string;
  readonly alerts: number;
}

/** Moves alerts and leaves one audit record about the incident that the change is about. */
async function changeMembers(
  store: Store,
  change: IncidentChange,
  /** `begin` is called once nothing can be refused any more, before the first alert is moved. */
  work: (transaction: StoreTransaction, begin: () => Promise<void>) => Promise<Result<Moved, RequestProblem>>,
): Promise<Result<string, RequestProblem>> {
  return store.write<Result<string, RequestProblem>>(async (transaction) => {
    const subject = await incidentSubject(transaction, change.key);
    const conflict = await conflictWith(transaction.audit, subject, change.expected, ({ action }) =>
      membershipActions.has(action),
    );
    if (conflict !== undefined) {
      return fail(conflict);
    }
    // Records are not made one: when the incidents part again, each has its own.
    const [known] = subject.ids;
    const begun = known === undefined ? await recordToChange(transaction, change) : undefined;
    const id = known ?? begun?.id;
    if (id === undefined) {
      return fail(noIncident);
    }
    const moved = await work(transaction, async () => {
      if (begun !== undefined) {
        await transaction.incidents.put(begun);
      }
    });
    if (!moved.ok) {
      return moved;
    }
    await transaction.audit.append({
      at: change.at,
      actor: change.actor,
      action: moved.value.action,
      subject: { kind: "incident", id },
      before: { incident: moved.value.from },
      after: { incident: moved.value.key, alerts: moved.value.alerts },
    });
    return ok(moved.value.key);
  });
}
