import type { Actor } from "#contracts/actor";
import type { IncidentDetail, IncidentHistoryEntry, IncidentMembershipRequest } from "#contracts/alert";
import type { PageRequest } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../alert/incident-key.ts";
import type { AlertRecord, TransitionRecord } from "../alert/record.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";
import { summariesOf } from "./alert-summary.ts";
import { transitionView } from "./alert-view.ts";

/**
 * The incident of an alert: its alerts, those that were removed from it, and one history of all of them. Undefined: no
 * such alert.
 */
export async function incidentOf(
  store: Store,
  alertId: string,
  query: PageRequest,
): Promise<IncidentDetail | undefined> {
  const { alerts: stored, lineage } = store.together();
  const alert = await stored.get(alertId);
  if (alert === undefined) {
    return undefined;
  }
  const key = incidentKey(alert);
  const [page, removedPage] = await Promise.all([
    // A building block is in no incident of the queue, but its page shows the incident that it would belong to.
    stored.find({ incidentKey: key, buildingBlock: false, ...query }),
    stored.find({ removedFrom: key, buildingBlock: false, limit: query.limit }),
  ]);
  const listed = [...page.items, ...removedPage.items];
  const [alerts, removed, transitions] = await Promise.all([
    summariesOf({ lineage }, page.items),
    summariesOf({ lineage }, removedPage.items),
    store.triage.transitions(listed.map(({ id }) => id)),
  ]);
  return {
    key,
    items: [...alerts],
    total: page.total,
    next: page.next,
    removed: {
      items: [...removed],
      total: removedPage.total,
      truncationReason: removedPage.next === undefined ? undefined : "ask for more with `limit`",
    },
    hosts: [...new Set(page.items.map(({ host }) => host))].sort(),
    history: historyOf(listed, transitions),
  };
}

function historyOf(alerts: readonly AlertRecord[], transitions: readonly TransitionRecord[]): IncidentHistoryEntry[] {
  const names = new Map(
    alerts.map((alert) => {
      const name = (alert.sequence?.last ?? alert.fields)["process.name"];
      const processName = typeof name === "string" ? name : undefined;
      return [alert.id, { id: alert.id, ruleName: alert.rule.name, host: alert.host, processName }] as const;
    }),
  );
  const raised = alerts.flatMap(({ id, detectedAt }): IncidentHistoryEntry[] => {
    const alert = names.get(id);
    return alert === undefined ? [] : [{ at: new Date(detectedAt).toISOString(), alert }];
  });
  const changed = transitions.flatMap((one): IncidentHistoryEntry[] => {
    const alert = names.get(one.alertId);
    const change = transitionView(one);
    return alert === undefined ? [] : [{ at: change.at, alert, change }];
  });
  // The sort is stable: entries of one millisecond keep their order, the raising of an alert before its changes.
  return [...raised, ...changed].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const removedAction = "alert.removed-from-incident";
const restoredAction = "alert.restored-to-incident";
const membershipActions: ReadonlySet<string> = new Set([removedAction, restoredAction]);

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
  return store.write<Result<AlertRecord, RequestProblem>>(async ({ alerts, triage, audit }) => {
    const alert = await alerts.get(alertId);
    if (alert === undefined) {
      return fail({ code: "alert.not-found", message: "There is no such alert." });
    }
    const subject = { kind: "alert", ids: [alert.id] };
    const conflict = await conflictWith(audit, subject, expected, ({ action }) => membershipActions.has(action));
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
    const changed: AlertRecord = { ...alert, removed: request.removed ? { at, actor: actor.name, reason } : undefined };
    await alerts.put(changed);
    await triage.addTransition({
      alertId: alert.id,
      at,
      actor: actor.name,
      from: alert.status,
      to: alert.status,
      note: reason === "" ? undefined : reason,
      incident: request.removed ? "removed" : "restored",
    });
    await audit.append({
      at,
      actor,
      action: request.removed ? removedAction : restoredAction,
      subject: { kind: "alert", id: alert.id },
      before: { item: incidentKey(alert) },
      after: { item: incidentKey(changed), reason: reason === "" ? undefined : reason },
    });
    return ok(changed);
  });
}
