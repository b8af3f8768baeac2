import { alertId } from "../alert/identity.ts";
import { asNew } from "../alert/merge.ts";
import type { AlertRecord } from "../alert/record.ts";
import { commandTemplate } from "../event/command-template.ts";
import { textOf } from "../event/event.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { MovedProcesses } from "../lineage/hosts/move-hosts.ts";
import type { StoreTransaction } from "../store/port.ts";
import type { EventLookup } from "./evidence.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

/** Process keys that alerts are asked for at once. */
const PAGE = 500;

type Tables = Pick<StoreTransaction, "lineage" | "alerts">;

/**
 * Moves alerts with their processes after a host got another name. Where the records of one alert turn out to be of two
 * processes, because two hosts share a short name, each process gets an alert of its own; the work on the alert stays
 * with its leading record. See docs/decisions/0049.
 */
export async function followMoved(tables: Tables, moved: MovedProcesses, eventOf: EventLookup): Promise<void> {
  const former = [...moved.keys.keys()];
  const alerts: AlertRecord[] = [];
  for (let from = 0; from < former.length; from += PAGE) {
    const processKeys = former.slice(from, from + PAGE);
    alerts.push(...(await tables.alerts.find({ processKeys, limit: Number.MAX_SAFE_INTEGER })).items);
  }
  const keyOf = (alert: AlertRecord, eventId: string) =>
    moved.events.get(eventId) ?? moved.keys.get(alert.processKey ?? "") ?? alert.processKey ?? "";
  const keys = alerts.flatMap((alert) => alert.sources.map(({ eventId }) => keyOf(alert, eventId)));
  const processes = await alertProcesses(tables.lineage, [...new Set(keys)]);
  for (const alert of alerts) {
    const [lead] = alert.sources;
    if (alert.sequence !== undefined) {
      const process = processes.get(keyOf(alert, lead?.eventId ?? ""));
      if (process !== undefined) {
        await tables.alerts.put(about(alert, process));
      }
      continue;
    }
    const groups = Map.groupBy(alert.sources, ({ eventId }) => keyOf(alert, eventId));
    const parts: AlertRecord[] = [];
    for (const [key, sources] of groups) {
      const process = processes.get(key);
      if (process !== undefined) {
        parts.push(about(parts.length === 0 ? { ...alert, sources } : await partOf(alert, sources, eventOf), process));
      }
    }
    await tables.alerts.separate(alert, parts);
  }
  await tables.alerts.rekey(new Map([...moved.keys].filter(([before, after]) => before !== after)));
}

function about(alert: AlertRecord, { key, host, user = alert.user, rootKey }: AlertProcess): AlertRecord {
  const id = alert.sequence === undefined ? alertId(alert.rule.id, { processKey: key, eventId: "" }) : alert.id;
  const userKey = user === undefined ? undefined : userKeyOf(user);
  return { ...alert, id, host, user, userKey, processKey: key, rootKey };
}

/** An alert of its own for some records of an alert: nobody has worked on it yet. */
async function partOf(alert: AlertRecord, sources: AlertRecord["sources"], eventOf: EventLookup): Promise<AlertRecord> {
  const events = await Promise.all(sources.map(({ eventId }) => eventOf(eventId)));
  const [lead] = events;
  const line = lead === undefined ? undefined : textOf(lead.fields, "process.command_line");
  return {
    ...asNew(alert),
    sources,
    time: Math.min(...events.flatMap((event) => event?.time ?? []), ...(lead === undefined ? [alert.time] : [])),
    ...(lead === undefined ? {} : { fields: lead.fields }),
    commandTemplate: line === undefined ? undefined : commandTemplate(line),
  };
}
