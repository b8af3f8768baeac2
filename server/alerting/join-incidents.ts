import { incidentKey, lineageKey } from "../alert/incident-key.ts";
import type { AlertRecord, IncidentMerge } from "../alert/record.ts";
import type { StoreTransaction } from "../store/port.ts";

/*
 * Alerts come to incidents because they are new, or because more of their lineage became known. What was merged by hand
 * stays together, and an incident that was closed as a whole is open again as soon as one of its alerts is. Both follow
 * from what is stored, so they do not depend on the order of arrival. See docs/decisions/0063.
 */

/** Alerts read at once. */
const PAGE = 500;

type Alerts = StoreTransaction["alerts"];
type Tables = Pick<StoreTransaction, "alerts" | "incidents" | "audit">;

/** New alerts as they are to be stored: in the merged incident, if that of their lineage was merged by hand. */
export async function inMergedIncidents(
  alerts: Pick<Alerts, "merges">,
  fresh: readonly AlertRecord[],
): Promise<readonly AlertRecord[]> {
  if (fresh.length === 0) {
    return fresh;
  }
  const merges = await alerts.merges([...new Set(fresh.map(lineageKey))]);
  return fresh.map((alert) => ({ ...alert, merged: merges.get(lineageKey(alert)) ?? alert.merged }));
}

/**
 * To be called after alerts moved to other lineages. All alerts of a lineage share its merge, wherever they had it
 * from; where two merges meet, the incidents become one. Returns the alerts as they are stored then.
 */
export async function followMerges(alerts: Alerts, moved: readonly AlertRecord[]): Promise<readonly AlertRecord[]> {
  const current = new Map(moved.map((alert) => [alert.id, alert]));
  const merges = moved.length === 0 ? new Map() : await alerts.merges([...new Set(moved.map(lineageKey))]);
  for (const [lineage, merge] of merges) {
    const own = moved.filter((alert) => lineageKey(alert) === lineage);
    const others = own.flatMap(({ merged }) => (merged === undefined || merged.into === merge.into ? [] : merged.into));
    for (const key of [lineage, ...new Set(others)]) {
      for (const alert of await alertsToMerge(alerts, key)) {
        const merged = mergedInto(alert, key, merge);
        await alerts.put(merged);
        if (current.has(alert.id)) {
          current.set(alert.id, merged);
        }
      }
    }
  }
  return [...current.values()];
}

/** To be called after alerts moved to other lineages: follows merges and reopens what was closed. */
export async function settleMoved(tables: Tables, moved: readonly AlertRecord[], now: number): Promise<void> {
  await reopenIncidents(tables, await followMerges(tables.alerts, moved), now, "moved");
}

/** The alerts of an incident, and those that were removed from it and would return to it. Oldest first. */
export async function alertsToMerge(alerts: Pick<Alerts, "find">, key: string): Promise<readonly AlertRecord[]> {
  const found: AlertRecord[] = [];
  for (const among of [{ incidentKey: key }, { removedFrom: key }]) {
    let cursor: string | undefined;
    do {
      const page = await alerts.find({ ...among, order: "oldest-first", cursor, limit: PAGE });
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return found;
}

/** An alert of the incident with this key, or removed from it, after that was merged. */
export function mergedInto(alert: AlertRecord, key: string, merge: IncidentMerge): AlertRecord {
  return alert.removed !== undefined && incidentKey(alert) === key
    ? { ...alert, removed: { ...alert.removed, merged: merge } }
    : { ...alert, merged: merge };
}

/**
 * To be called after alerts were stored: an incident that was closed as a whole, and that has an open alert now, was
 * reopened. The reason is kept with the incident and in the audit trail; its other alerts keep their status.
 */
export async function reopenIncidents(
  { alerts, incidents, audit }: Tables,
  stored: readonly AlertRecord[],
  now: number,
  how: keyof typeof reasons,
): Promise<void> {
  const keys = [...new Set(stored.filter(({ buildingBlock }) => !buildingBlock).map(incidentKey))];
  for (const [key, work] of keys.length === 0 ? [] : await incidents.work(keys)) {
    if (work.closed === undefined || work.reopened !== undefined) {
      continue;
    }
    const alert = stored.find((one) => isOpen(one) && incidentKey(one) === key) ?? (await oldestOpen(alerts, key));
    if (alert === undefined) {
      continue;
    }
    const text = reasons[how](alert);
    const reopened = { at: new Date(now).toISOString(), alertId: alert.id, ruleName: alert.rule.name, text };
    for (const record of await incidents.records(key)) {
      if (record.closed !== undefined) {
        await incidents.put({ ...record, reopened });
      }
    }
    await audit.append({
      at: now,
      actor: { name: "detection" },
      action: "incident.reopened",
      subject: { kind: "incident", id: work.ids[0] },
      before: { status: "closed" },
      after: { status: "open", alert: alert.id, note: text },
    });
  }
}

/** Why an incident is open again, by how the alert came to it. */
const reasons = {
  matched: ({ rule, host }: AlertRecord) => `${rule.name} matched on ${host} after the incident was closed.`,
  moved: ({ rule, host }: AlertRecord) => `${rule.name} on ${host} turned out to belong to the incident.`,
  merged: ({ rule, host }: AlertRecord) => `${rule.name} on ${host} was added to the incident by hand.`,
  "given-back": ({ rule, host }: AlertRecord) => `An exception no longer keeps ${rule.name} on ${host} closed.`,
} as const;

function isOpen({ status, buildingBlock }: AlertRecord): boolean {
  return status !== "closed" && !buildingBlock;
}

async function oldestOpen({ find }: Pick<Alerts, "find">, incident: string): Promise<AlertRecord | undefined> {
  const statuses = ["open", "acknowledged", "escalated"] as const;
  const among = { incidentKey: incident, buildingBlock: false, statuses };
  return (await find({ ...among, order: "oldest-first", limit: 1 })).items[0];
}
