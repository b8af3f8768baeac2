import type { Actor } from "#contracts/actor";
import type { IncidentMembershipRequest } from "#contracts/alert";
import type { MergeRequest, SplitRequest } from "#contracts/incident";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../../alert/incident-key.ts";
import type { AlertRecord, IncidentChange as Membership } from "../../alert/record.ts";
import { pauses } from "../../lib/pause.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { MOST_ALERTS } from "../../playbooks/asked.ts";
import { conflictWith, type Expected } from "../../store/audit/version.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";
import { type IncidentChange, incidentSubject, noIncident, recordToChange } from "./work.ts";

const removedAction = "alert.removed-from-incident";
const restoredAction = "alert.restored-to-incident";
const splitAction = "incident.split";
const mergeAction = "incident.merged";
const unmergeAction = "incident.unmerged";
const membershipActions: ReadonlySet<string> = new Set([
  removedAction,
  restoredAction,
  splitAction,
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
  },
): Promise<Result<AlertRecord, RequestProblem>> {
  const { alertId, request, actor, at, expected } = change;
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
    const changed = await move(transaction, { ...alert, removed }, request.removed ? "removed" : "restored", {
      actor,
      at,
      reason,
    });
    await keepRecord(transaction, before, [alert.id]);
    await transaction.audit.append({
      at,
      actor,
      action: request.removed ? removedAction : restoredAction,
      subject: { kind: "alert", id: alert.id },
      before: { item: before },
      after: { item: incidentKey(changed), reason: reason === "" ? undefined : reason },
    });
    return ok(changed);
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
    const { items } = await transaction.alerts.find({ ids: request.alerts, limit: request.alerts.length });
    const members = items.filter((alert) => incidentKey(alert) === key);
    if (members.length === 0) {
      return fail({
        code: "incident.nothing-in-scope",
        message: "None of these alerts is in the incident.",
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
      await move(transaction, { ...alert, removed: { ...moveOf(by), to } }, "split", by);
    }
    await keepRecord(
      transaction,
      key,
      members.map(({ id }) => id),
    );
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
    const both = [await membersOf(transaction, key), await membersOf(transaction, request.incident)];
    if (both.some((members) => members.length === 0)) {
      return fail(noIncident);
    }
    await begin();
    const to = [key, request.incident].find((one) => one.startsWith("merged:")) ?? mergedKey(newId());
    const by = { actor, at, reason: request.reason };
    const pause = pauses();
    for (const alert of both.flat()) {
      await pause();
      if (incidentKey(alert) !== to) {
        const moved =
          alert.removed === undefined
            ? { ...alert, merged: { ...moveOf(by), into: to } }
            : { ...alert, removed: { ...alert.removed, to } };
        await move(transaction, moved, "merged", by);
      }
    }
    return ok({ key: to, from: request.incident, action: mergeAction, alerts: both.flat().length });
  });
}

/**
 * Separates what was merged: every alert goes back to the incident of its lineage. Returns the key of the incident that
 * the oldest alert goes back to. Problems: `incident.not-found`, `incident.not-merged`, `request.conflict`.
 */
export async function unmergeIncident(
  store: Store,
  change: IncidentChange & { readonly reason: string },
): Promise<Result<string, RequestProblem>> {
  return changeMembers(store, change, async (transaction, begin) => {
    const { key, actor, at, reason, newId } = change;
    const members = await membersOf(transaction, key);
    if (members.length === 0) {
      return fail(noIncident);
    }
    if (!key.startsWith("merged:")) {
      return fail({ code: "incident.not-merged", message: "No other incident was merged into this one." });
    }
    await begin();
    const apart = splitKey(newId());
    const by = { actor, at, reason };
    const pause = pauses();
    let first: string | undefined;
    for (const alert of members) {
      await pause();
      const moved =
        alert.removed === undefined
          ? { ...alert, merged: undefined }
          : { ...alert, removed: { ...alert.removed, to: apart } };
      first ??= incidentKey(await move(transaction, moved, "unmerged", by));
    }
    return ok({ key: first ?? key, from: key, action: unmergeAction, alerts: members.length });
  });
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
    const before = await recordToChange(transaction, change);
    if (before === undefined) {
      return fail(noIncident);
    }
    const moved = await work(transaction, () => transaction.incidents.put(before));
    if (!moved.ok) {
      return moved;
    }
    await transaction.audit.append({
      at: change.at,
      actor: change.actor,
      action: moved.value.action,
      subject: { kind: "incident", id: before.id },
      before: { incident: moved.value.from },
      after: { incident: moved.value.key, alerts: moved.value.alerts },
    });
    return ok(moved.value.key);
  });
}

async function membersOf({ alerts }: Pick<StoreTransaction, "alerts">, key: string): Promise<readonly AlertRecord[]> {
  const members: AlertRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await alerts.find({ incidentKey: key, order: "oldest-first", cursor, limit: MOST_ALERTS });
    members.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return members;
}

interface MoveBy {
  readonly actor: Actor;
  readonly at: number;
  readonly reason: string;
}

function moveOf({ actor, at, reason }: MoveBy) {
  return { at, actor: actor.name, reason };
}

/** Stores an alert that was moved, with an entry in its history. */
async function move(
  { alerts, triage }: Pick<StoreTransaction, "alerts" | "triage">,
  alert: AlertRecord,
  incident: Membership,
  { actor, at, reason }: MoveBy,
): Promise<AlertRecord> {
  await alerts.put(alert);
  await triage.addTransition({
    alertId: alert.id,
    at,
    actor: actor.name,
    from: alert.status,
    to: alert.status,
    note: reason === "" ? undefined : reason,
    incident,
  });
  return alert;
}

/** The work on an incident stays with it when the alert that it is stored for leaves. */
async function keepRecord(
  { alerts, incidents }: Pick<StoreTransaction, "alerts" | "incidents">,
  key: string,
  gone: readonly string[],
): Promise<void> {
  const { items } = await alerts.find({ incidentKey: key, order: "oldest-first", limit: 1 });
  const [stays] = items;
  if (stays === undefined) {
    return;
  }
  for (const id of gone) {
    const alert = await alerts.get(id);
    for (const record of alert === undefined ? [] : await incidents.records(incidentKey(alert))) {
      if (record.alertId === id) {
        await incidents.put({ ...record, alertId: stays.id });
      }
    }
  }
}
