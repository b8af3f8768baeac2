import { alertId } from "../../alert/identity.ts";
import { mergeAlerts } from "../../alert/merge.ts";
import type { AlertRecord } from "../../alert/record.ts";

/** What a store has to do so that alerts follow a process to its new key. */
export interface AlertMoves {
  /** Those of the process keys that any alert, root or counted hit of an exception names. */
  named(keys: readonly string[]): Promise<readonly string[]>;
  ofProcess(key: string): Promise<readonly AlertRecord[]>;
  ofRoot(key: string): Promise<readonly AlertRecord[]>;
  put(alert: AlertRecord): Promise<void>;
  remove(id: string): Promise<void>;
  /** The work on an alert and its old names go on under another id. */
  follow(before: string, after: string): Promise<void>;
  /** Hits of exceptions that were counted for one subject count for another from now on, each once. */
  moveHits(before: string, after: string): Promise<void>;
}

/** A process got a new key: its alerts follow, and merge with those that the new key has already. */
export async function rekeyAlerts(changes: ReadonlyMap<string, string>, rows: AlertMoves): Promise<void> {
  const named = new Set(await rows.named([...changes.keys()]));
  for (const [before, after] of changes) {
    if (!named.has(before)) {
      continue;
    }
    for (const alert of await rows.ofProcess(before)) {
      if (alert.sequence !== undefined) {
        await rows.put({ ...alert, processKey: after });
        continue;
      }
      const id = alertId(alert.rule.id, { processKey: after, eventId: "" });
      const other = (await rows.ofProcess(after)).find(
        ({ rule, sequence }) => rule.id === alert.rule.id && sequence === undefined,
      );
      const renamed = { ...alert, id, processKey: after };
      await rows.remove(alert.id);
      if (other !== undefined && other.id !== id) {
        await rows.remove(other.id);
      }
      await rows.put(other === undefined ? renamed : mergeAlerts({ ...other, id }, renamed));
      await rows.follow(alert.id, id);
      if (other !== undefined) {
        await rows.follow(other.id, id);
      }
    }
    for (const alert of await rows.ofRoot(before)) {
      await rows.put({ ...alert, rootKey: after });
    }
    await rows.moveHits(before, after);
  }
}
