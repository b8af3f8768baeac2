import type { AlertStatus } from "#contracts/alert";
import type { IncidentScope, IncidentTransitionRequest } from "#contracts/incident";
import type { IncidentRecord } from "../../alert/incident-record.ts";
import type { StoreTransaction } from "../../store/port.ts";
import { queueDeliveries, type Receivers } from "../deliveries.ts";
import { type IncidentChange, recordToChange } from "./work.ts";

export const incidentTransitionAction = "incident.transition";

/** Its override is the one that was needed. */
type Request = Pick<IncidentTransitionRequest, "to" | "reason" | "note" | "override" | "duplicateOf">;

interface Transition {
  readonly request: Request;
  /** The status of the incident before. */
  readonly before: AlertStatus;
  /** How many of its alerts were changed. */
  readonly alerts: number;
  /** Whether all of its alerts are closed now. */
  readonly closed: boolean;
  readonly scope?: IncidentScope["kind"];
  readonly batch?: string;
  /** Where an escalation goes; by default nowhere. */
  readonly receivers?: Receivers;
}

/**
 * Keeps what a change of status means for the incident as a whole, with its audit record, and queues an escalation for
 * its receivers. Returns the record of the work before; undefined if the incident has no alerts.
 */
export async function recordTransition(
  transaction: Pick<StoreTransaction, "alerts" | "incidents" | "audit" | "deliveries">,
  change: IncidentChange,
  { request, before, alerts, closed, scope, batch, receivers = [] }: Transition,
): Promise<IncidentRecord | undefined> {
  const record = await recordToChange(transaction, change);
  if (record !== undefined) {
    const { to, reason, note, override, duplicateOf } = request;
    const overridden = override === undefined ? undefined : true;
    await transaction.incidents.put(withStatus(record, change, request, closed));
    await transaction.audit.append({
      at: change.at,
      actor: change.actor,
      action: incidentTransitionAction,
      subject: { kind: "incident", id: record.id },
      before: { status: before },
      after: { status: to, closeReason: reason, note, override, overridden, duplicateOf, scope, alerts, batch },
    });
    if (to === "escalated") {
      await queueDeliveries(transaction, receivers, { ...change, note, alerts });
    }
  }
  return record;
}

/** A closed incident keeps who closed it; any other status means that it is worked on again. */
function withStatus(
  record: IncidentRecord,
  { actor, at }: IncidentChange,
  { to, reason, note, override, duplicateOf }: Request,
  closed: boolean,
): IncidentRecord {
  if (closed && to === "closed" && reason !== undefined) {
    const text = note.trim();
    const closing = {
      at: new Date(at).toISOString(),
      actor: actor.name,
      reason,
      ...(text === "" ? {} : { note: text }),
      ...(override === undefined ? {} : { overridden: true as const }),
      ...(duplicateOf === undefined ? {} : { duplicateOf }),
    };
    return { ...record, closed: closing, reopened: undefined };
  }
  return closed ? record : { ...record, closed: undefined };
}
