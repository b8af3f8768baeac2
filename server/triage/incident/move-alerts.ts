import type { Actor } from "#contracts/actor";
import { incidentKey } from "../../alert/incident-key.ts";
import type { AlertRecord, IncidentChange as Membership } from "../../alert/record.ts";
import type { StoreTransaction } from "../../store/port.ts";
import type { IncidentChange } from "./work.ts";

/** What moving an alert to another incident writes: the alert, its history, and the work on both incidents. */

export const movedAction = "alert.moved";
export const splitAction = "incident.split";
/** Of an incident; the history of the alert says why. */
export const leftAction = "incident.alert-removed";
export const returnedAction = "incident.alert-restored";

/** Those of the alerts that the queue shows in the incident. */
export async function membersAmong(
  { alerts }: Pick<StoreTransaction, "alerts">,
  key: string,
  ids: readonly string[],
): Promise<readonly AlertRecord[]> {
  const { items } = await alerts.find({ ids: [...new Set(ids)], buildingBlock: false, limit: ids.length });
  return items.filter((alert) => incidentKey(alert) === key);
}

/** Who moves alerts, when and why. */
export interface MoveBy {
  readonly actor: Actor;
  readonly at: number;
  readonly reason: string;
}

export function moveOf({ actor, at, reason }: MoveBy) {
  return { at, actor: actor.name, reason };
}

/** Stores an alert that was moved, with an entry in its history and an audit record. */
export async function move(
  transaction: Pick<StoreTransaction, "alerts" | "triage" | "audit">,
  before: AlertRecord,
  alert: AlertRecord,
  incident: Membership,
  by: MoveBy,
): Promise<AlertRecord> {
  const moved = await record(transaction, alert, incident, by);
  await transaction.audit.append({
    at: by.at,
    actor: by.actor,
    action: movedAction,
    subject: { kind: "alert", id: alert.id },
    before: { item: incidentKey(before) },
    after: { item: incidentKey(alert), reason: by.reason === "" ? undefined : by.reason },
  });
  return moved;
}

/** Stores an alert that was moved, with an entry in its history. */
export async function record(
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
export async function keepRecord(
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

/** The incident that alerts were split off into has a record and a history of its own from the start. */
export async function beginRecord(
  { incidents, audit }: Pick<StoreTransaction, "incidents" | "audit">,
  { actor, at, newId }: IncidentChange,
  { from, to, ids }: { readonly from: string; readonly to: string; readonly ids: readonly string[] },
): Promise<void> {
  const [alertId] = ids;
  if (alertId === undefined) {
    return;
  }
  const id = newId();
  await incidents.put({ id, alertId, tags: [], comments: [], changedAt: at });
  await audit.append({
    at,
    actor,
    action: splitAction,
    subject: { kind: "incident", id },
    before: { incident: from },
    after: { incident: to, alerts: ids.length },
  });
}

/** An incident was not reopened by an alert that does not belong to it any more. */
export async function forgetReopening(
  { alerts, incidents }: Pick<StoreTransaction, "alerts" | "incidents">,
  key: string,
): Promise<void> {
  for (const record of await incidents.records(key)) {
    const alert = record.reopened && (await alerts.get(record.reopened.alertId));
    if (record.reopened !== undefined && (alert === undefined || incidentKey(alert) !== key)) {
      await incidents.put({ ...record, reopened: undefined });
    }
  }
}
