import { alertId } from "../../alert/identity.ts";
import { mergeAlerts } from "../../alert/merge.ts";
import type { AlertRecord } from "../../alert/record.ts";

/** What a store has to do to move alerts to the new key of their process. */
export interface AlertMoves {
  /** The process keys that are referenced by an alert, as process or root, or by a counted exception hit. */
  referenced(keys: readonly string[]): Promise<readonly string[]>;
  ofProcess(key: string): Promise<readonly AlertRecord[]>;
  ofRoot(key: string): Promise<readonly AlertRecord[]>;
  put(alert: AlertRecord): Promise<void>;
  delete(id: string): Promise<void>;
  /** Moves the answers, checklist items, transitions, proposals and former ids of an alert to another id. */
  moveWork(from: string, to: string): Promise<void>;
  /** Moves exception hits from one subject to another, without counting a hit twice. */
  moveHits(from: string, to: string): Promise<void>;
}

/** Replaces an alert by one for each process that its records are of: see `AlertWriter.separate`. */
export async function separateAlert(
  alert: AlertRecord,
  parts: readonly AlertRecord[],
  rows: AlertMoves,
): Promise<readonly AlertRecord[]> {
  const [first] = parts;
  if (first === undefined) {
    return [];
  }
  const stored: AlertRecord[] = [];
  if (first.id !== alert.id) {
    await rows.delete(alert.id);
  }
  for (const part of parts) {
    const others = part.id === alert.id ? [] : await rows.ofProcess(part.processKey ?? "");
    const other = others.find(({ rule, sequence }) => rule.id === part.rule.id && sequence === undefined);
    if (other !== undefined && other.id !== part.id) {
      await rows.delete(other.id);
    }
    const merged = other === undefined ? part : mergeAlerts({ ...other, id: part.id }, part);
    await rows.put(merged);
    stored.push(merged);
    if (other !== undefined && other.id !== part.id) {
      await rows.moveWork(other.id, part.id);
    }
  }
  if (first.id !== alert.id) {
    await rows.moveWork(alert.id, first.id);
  }
  return stored;
}

/** Moves the alerts of processes that got a new key, and merges them with alerts that the new key already has. */
export async function rekeyAlerts(
  changes: ReadonlyMap<string, string>,
  rows: AlertMoves,
): Promise<readonly AlertRecord[]> {
  const stored = new Map<string, AlertRecord>();
  const put = async (alert: AlertRecord) => {
    await rows.put(alert);
    stored.set(alert.id, alert);
  };
  const referenced = new Set(await rows.referenced([...changes.keys()]));
  for (const [before, after] of changes) {
    if (!referenced.has(before)) {
      continue;
    }
    for (const alert of await rows.ofProcess(before)) {
      if (alert.sequence !== undefined) {
        await put({ ...alert, processKey: after });
        continue;
      }
      const id = alertId(alert.rule.id, { processKey: after, eventId: "" });
      const other = (await rows.ofProcess(after)).find(
        ({ rule, sequence }) => rule.id === alert.rule.id && sequence === undefined,
      );
      const renamed = { ...alert, id, processKey: after };
      for (const former of [alert, ...(other === undefined || other.id === id ? [] : [other])]) {
        await rows.delete(former.id);
        stored.delete(former.id);
      }
      await put(other === undefined ? renamed : mergeAlerts({ ...other, id }, renamed));
      await rows.moveWork(alert.id, id);
      if (other !== undefined) {
        await rows.moveWork(other.id, id);
      }
    }
    for (const alert of await rows.ofRoot(before)) {
      await put({ ...alert, rootKey: after });
    }
    await rows.moveHits(before, after);
  }
  return [...stored.values()];
}
