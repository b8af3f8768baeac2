import { incidentKey, lineageKey } from "../alert/incident-key.ts";
import type { CombinedWork } from "../alert/incident-record.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { StoreTransaction } from "../store/port.ts";

type Tables = Pick<StoreTransaction, "alerts" | "incidents" | "audit">;

/** Alerts that come to the incident of a lineage, because they are new or because more of the lineage became known. */
export interface JoiningAlerts {
  /** The alert as it is to be stored: in the merged incident, if that of its lineage was merged by hand. */
  join(alert: AlertRecord): Promise<AlertRecord>;
  /** A closed alert of the incident is about to be opened again. */
  opening(alert: AlertRecord): Promise<void>;
}

/**
 * For alerts that are about to be stored. An open alert that joins an incident which was closed as a whole reopens it;
 * the reason is kept with the incident and in the audit trail. The other alerts of the incident keep their status.
 */
export async function joiningAlerts(
  tables: Tables,
  alerts: readonly AlertRecord[],
  now: number,
): Promise<JoiningAlerts> {
  const lineages = [...new Set(alerts.map(lineageKey))];
  const merges = await tables.alerts.merges(lineages);
  const keys = lineages.map((lineage) => merges.get(lineage)?.into ?? lineage);
  const closed = new Map<string, CombinedWork>();
  for (const [key, work] of keys.length === 0 ? [] : await tables.incidents.work(keys)) {
    if (work.closed !== undefined && work.reopened === undefined) {
      closed.set(key, work);
    }
  }
  const reopenFor = async (alert: AlertRecord, key: string) => {
    const work = closed.get(key);
    if (work !== undefined && alert.removed === undefined && !alert.buildingBlock) {
      closed.delete(key);
      await reopen(tables, key, alert, now);
    }
  };
  return {
    opening: (alert) => reopenFor(alert, incidentKey(alert)),
    async join(alert) {
      const lineage = lineageKey(alert);
      // A merged alert stays merged when its lineage gets another root.
      const merged = merges.get(lineage) ?? alert.merged;
      if (alert.status === "open") {
        await reopenFor(alert, merged?.into ?? lineage);
      }
      return { ...alert, merged };
    },
  };
}

async function reopen({ incidents, audit }: Tables, key: string, alert: AlertRecord, now: number): Promise<void> {
  const text = `${alert.rule.name} matched on ${alert.host} after the incident was closed.`;
  const at = new Date(now).toISOString();
  for (const record of await incidents.records(key)) {
    if (record.closed !== undefined && record.reopened === undefined) {
      await incidents.put({ ...record, reopened: { at, alertId: alert.id, ruleName: alert.rule.name, text } });
      await audit.append({
        at: now,
        actor: { name: "detection" },
        action: "incident.reopened",
        subject: { kind: "incident", id: record.id },
        before: { status: "closed" },
        after: { status: "open", alert: alert.id, note: text },
      });
    }
  }
}
