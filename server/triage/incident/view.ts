import type { AuditRecord } from "#contracts/audit";
import type { IncidentDetail, IncidentHistoryEntry, StatusCounts } from "#contracts/incident";
import type { PageRequest } from "#contracts/page";
import { lineageKey } from "../../alert/incident-key.ts";
import type { CombinedWork } from "../../alert/incident-record.ts";
import { statusOfCounts } from "../../alert/incident-status.ts";
import type { AlertRecord, TransitionRecord } from "../../alert/record.ts";
import type { Store } from "../../store/port.ts";
import { summariesOf } from "../alert-summary.ts";
import { transitionView } from "../alert-view.ts";
import { markOverridden } from "../overridden.ts";
import { leftAction, returnedAction } from "./move-alerts.ts";

/** Changes of the incident as a whole that its page lists: the newest. The audit trail has all of them. */
const MOST_CHANGES = 200;

/**
 * An incident: its alerts, those that were removed from it, the work on it, and one history of all of them. Undefined:
 * no alert has this key. The history has at most `mostChanges` changes of the incident as a whole.
 */
export async function incidentOf(
  store: Store,
  key: string,
  query: PageRequest,
  mostChanges = MOST_CHANGES,
): Promise<IncidentDetail | undefined> {
  const { alerts: stored, lineage } = store.together();
  const among = { incidentKey: key, buildingBlock: false };
  const counted = (status: keyof StatusCounts) => stored.find({ ...among, statuses: [status], limit: 1 });
  const [page, removedPage, found, open, acknowledged, escalated, closed] = await Promise.all([
    // A building block is in no incident of the queue, but its page shows the incident that it would belong to.
    stored.find({ ...among, ...query }),
    stored.find({ removedFrom: key, buildingBlock: false, limit: query.limit }),
    store.incidents.work([key]),
    counted("open"),
    counted("acknowledged"),
    counted("escalated"),
    counted("closed"),
  ]);
  const listed = [...page.items, ...removedPage.items];
  const work = found.get(key);
  if (listed.length === 0 && work === undefined) {
    return undefined;
  }
  const subject = { kind: "incident", ids: work?.ids ?? [] };
  const [alerts, removed, transitions, newest] = await Promise.all([
    summariesOf({ lineage }, page.items),
    summariesOf({ lineage }, removedPage.items),
    store.triage.transitions(listed.map(({ id }) => id)),
    work === undefined ? [] : store.audit.about(subject, { limit: Math.min(mostChanges + 1, Number.MAX_SAFE_INTEGER) }),
  ]);
  const changes = newest.slice(0, mostChanges);
  const counts = {
    open: open.total,
    acknowledged: acknowledged.total,
    escalated: escalated.total,
    closed: closed.total,
  };
  return {
    key,
    title: titleOf(page.items),
    status: statusOfCounts(counts),
    counts,
    work: workView(work),
    merged: mergedLineages(page.items),
    items: [...markOverridden(alerts, transitions)],
    total: page.total,
    next: page.next,
    removed: {
      items: [...removed],
      total: removedPage.total,
      truncationReason: removedPage.next === undefined ? undefined : "ask for more with `limit`",
    },
    hosts: [...new Set(page.items.map(({ host }) => host))].sort(),
    history: historyOf(listed, transitions, changes),
    historyTruncationReason:
      newest.length > changes.length
        ? `of the changes of the incident, the newest ${mostChanges}; the audit trail has all`
        : undefined,
  };
}

export function workView(work: CombinedWork | undefined): IncidentDetail["work"] {
  const { assignee, tags = [], comments = [], closed, reopened } = work ?? {};
  return { assignee, tags: [...tags], comments: [...comments], closed, reopened };
}

const severities = ["low", "medium", "high", "critical"] as const;

/** The rule of the most severe alert; among several, of the newest. */
function titleOf(alerts: readonly AlertRecord[]): string {
  const [lead] = alerts.toSorted(
    (a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity) || b.time - a.time,
  );
  return lead?.rule.name ?? "No alerts left";
}

/** The incidents that were merged, each by its lineage, as far as their alerts are listed. */
function mergedLineages(alerts: readonly AlertRecord[]): IncidentDetail["merged"] {
  const groups = Map.groupBy(
    alerts.filter(({ merged }) => merged !== undefined),
    lineageKey,
  );
  return [...groups].flatMap(([key, [first, ...others]]) =>
    first?.merged === undefined
      ? []
      : [
          {
            key,
            alerts: 1 + others.length,
            at: new Date(first.merged.at).toISOString(),
            actor: first.merged.actor,
            reason: first.merged.reason,
          },
        ],
  );
}

function historyOf(
  alerts: readonly AlertRecord[],
  transitions: readonly TransitionRecord[],
  changes: readonly AuditRecord[],
): IncidentHistoryEntry[] {
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
  // That an alert was removed is in its own history.
  const own = changes.filter(({ action }) => action !== leftAction && action !== returnedAction);
  const worked = own.toReversed().map((record): IncidentHistoryEntry => {
    const { at, actor, action } = record;
    const text = `${changeText(record)}${fieldsOf(record.after).get("batch") === undefined ? "" : ", in a batch"}`;
    return { at, work: { actor, action, text } };
  });
  // The sort is stable: entries of one millisecond keep their order, the raising of an alert before its changes.
  return [...raised, ...changed, ...worked].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const answerWords: Readonly<Record<string, string>> = {
  raises: "raises concern",
  lowers: "lowers concern",
  unresolved: "unresolved",
  "not-applicable": "not applicable",
};

/** A change of an incident in words, from its audit record. */
function changeText({ action, before, after }: AuditRecord): string {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
  const noted = (words: string) => (is.get("note") === undefined ? words : `${words}: ${text(is.get("note"))}`);
  switch (action) {
    case "incident.assigned":
      return is.get("assignee") === undefined ? "Unassigned" : `Assigned to ${text(is.get("assignee"))}`;
    case "incident.tagged":
      return `Tags: ${listText(is.get("tags"))}; before: ${listText(was.get("tags"))}`;
    case "incident.comment":
      return text(is.get("comment"));
    case "incident.transition": {
      const reason = is.get("closeReason") === undefined ? "" : ` as ${text(is.get("closeReason"))}`;
      const of = is.get("duplicateOf") === undefined ? "" : ` of alert ${text(is.get("duplicateOf"))}`;
      const override = is.get("override") === undefined ? "" : `, against the verdict (${text(is.get("override"))})`;
      return noted(`${countText(is.get("alerts"))} ${text(is.get("status"))}${reason}${of}${override}`);
    }
    case "incident.answer": {
      const value = answerWords[text(is.get("value"))] ?? text(is.get("value"));
      const conflict = is.get("conflicts") === undefined ? "" : ", against the suggestion";
      const attachments = is.get("attachments");
      const attached = Array.isArray(attachments) ? `, with ${attachments.length} attached` : "";
      const of = countText(is.get("alerts"));
      return noted(`${text(is.get("text") ?? is.get("step"))} ${value}, for ${of}${conflict}${attached}`);
    }
    case "incident.split":
      return `${countText(is.get("alerts"))} split off`;
    case "incident.merged":
      return "Merged with another incident";
    case "incident.unmerged":
      return "Merged incidents separated";
    case "incident.reopened":
      return text(is.get("note"));
    default:
      return action;
  }
}

function countText(count: unknown): string {
  return `${Number(count)} ${Number(count) === 1 ? "alert" : "alerts"}`;
}

function listText(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? value.join(", ") : "none";
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
