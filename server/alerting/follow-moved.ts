import type { AlertRecord } from "../alert/record.ts";
import type { MovedProcesses } from "../lineage/hosts/move-hosts.ts";
import type { StoreTransaction } from "../store/port.ts";
import type { EventLookup } from "./evidence.ts";
import { about, leadingPart, partOf } from "./parts.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

/** Process keys that alerts are asked for at once. */
const PAGE = 500;

type Tables = Pick<StoreTransaction, "lineage" | "alerts">;

/**
 * Moves alerts with their processes after a host got another name. Where the records of one alert turn out to be of two
 * processes, because two hosts share a short name, each process gets an alert of its own; the work on the alert stays
 * with its leading record. Returns the alerts as they are stored then. See docs/decisions/0049.
 */
export async function followMoved(
  tables: Tables,
  moved: MovedProcesses,
  eventOf: EventLookup,
): Promise<readonly AlertRecord[]> {
  const former = [...moved.keys.keys()];
  const alerts: AlertRecord[] = [];
  for (let from = 0; from < former.length; from += PAGE) {
    const processKeys = former.slice(from, from + PAGE);
    alerts.push(...(await tables.alerts.find({ processKeys, limit: Number.MAX_SAFE_INTEGER })).items);
  }
  const keyOf = ({ processKey = "" }: AlertRecord, eventId: string) =>
    moved.events.get(eventId) ?? moved.keys.get(processKey) ?? processKey;
  const sequences = new Map(
    alerts
      .filter(({ sequence }) => sequence !== undefined)
      .map((alert) => [alert.id, keyOf(alert, alert.sources[0]?.eventId ?? "")]),
  );
  const records = new Map(
    alerts
      .filter(({ sequence }) => sequence === undefined)
      .flatMap((alert) => alert.sources.map(({ eventId }) => [eventId, keyOf(alert, eventId)])),
  );
  const processes = await alertProcesses(tables.lineage, [...new Set([...sequences.values(), ...records.values()])]);
  const processOf = (eventId: string) => processes.get(records.get(eventId) ?? "");
  const followed = new Set<string>();
  for (const { id } of alerts) {
    // Read again: another alert may have been merged into it meanwhile, or it into another one.
    const alert = await tables.alerts.get(id);
    if (alert === undefined) {
      continue;
    }
    if (alert.sequence === undefined) {
      for (const part of await tables.alerts.separate(alert, await partsOf(alert, processOf, eventOf))) {
        followed.add(part.id);
      }
      continue;
    }
    const process = processes.get(sequences.get(id) ?? "");
    if (process !== undefined) {
      await tables.alerts.put(about(alert, process));
      followed.add(alert.id);
    }
  }
  const rekeyed = await tables.alerts.rekey(new Map([...moved.keys].filter(([before, after]) => before !== after)));
  const ids = [...new Set([...followed, ...rekeyed.map(({ id }) => id)])];
  return ids.length === 0 ? [] : (await tables.alerts.find({ ids, limit: ids.length })).items;
}

/** The alert for each process that its records are of; that of its leading record is the first. */
async function partsOf(
  alert: AlertRecord,
  processOf: (eventId: string) => AlertProcess | undefined,
  eventOf: EventLookup,
): Promise<readonly AlertRecord[]> {
  const groups = Map.groupBy(alert.sources, ({ eventId }) => processOf(eventId)?.key ?? alert.processKey);
  const parts: AlertRecord[] = [];
  for (const sources of groups.values()) {
    const part = parts.length === 0 ? leadingPart(alert, sources) : await partOf(alert, sources, eventOf);
    // Records of a process that did not move stay with the alert.
    const process = sources.map(({ eventId }) => processOf(eventId)).find((one) => one !== undefined);
    parts.push(process === undefined ? part : about(part, process));
  }
  return parts;
}
