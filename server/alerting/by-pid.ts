import type { ProcessNode } from "#contracts/lineage";
import { changeStatus } from "../alert/change-status.ts";
import { alertId } from "../alert/identity.ts";
import type { AlertRecord, PidSource } from "../alert/record.ts";
import { foldCase } from "../condition/fold-case.ts";
import type { StemmaEvent } from "../event/event.ts";
import { userKeyOf } from "../lineage/account.ts";
import { mayHaveEnded, processIdOf } from "../lineage/process-of.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { EventLookup } from "./evidence.ts";
import { recordedUser } from "./from-hit.ts";
import { settleMoved } from "./join-incidents.ts";
import { about, leadingPart, partOf } from "./parts.ts";
import { type AlertProcess, alertProcesses } from "./processes.ts";

/*
 * Many records name their process by id only: object access, connections and logons of the Security log, script
 * blocks, WMI operations. Who held the id at that time is known when the graph is complete, and can become another
 * process when more records arrive. So such alerts are hung on their process whenever alerts are refreshed, from the
 * graph alone. See docs/decisions/0059.
 */

/** The processes of such records, by event id: those where exactly one process fits. */
type Holders = ReadonlyMap<string, string | undefined>;

/** Hangs the alerts of a page on the processes that their records name by id. Returns the alerts as they are then. */
export async function hangByPid(
  store: Store,
  page: readonly AlertRecord[],
  now: number,
): Promise<readonly AlertRecord[]> {
  const named = page.map((alert) => ({ alert, sources: pidSourcesOf(alert) }));
  const events = named.flatMap(({ alert, sources }) => sources.flatMap((one) => eventAgain(alert, one) ?? []));
  if (events.length === 0) {
    return page;
  }
  const found = await store.lineage.processesOf(events);
  const holders: Holders = new Map(events.map((event) => [event.id, holderOf(event, found.get(event.id))]));
  const changed = named.filter(({ alert, sources }) =>
    sources.some(({ eventId }) => holders.get(eventId) !== alert.processKey),
  );
  if (changed.length === 0) {
    return page;
  }
  const ids = new Map<string, readonly string[]>();
  await store.write(async (transaction) => {
    for (const { alert } of changed) {
      ids.set(alert.id, await hang(transaction, alert.id, { holders, eventOf: (id) => store.events.get(id) }));
    }
    const hung = [...ids.values()].flat();
    const { items } = await transaction.alerts.find({ ids: hung, limit: Math.max(1, hung.length) });
    await settleMoved(transaction, items, now);
  });
  const wanted = new Set(page.flatMap(({ id }) => ids.get(id) ?? [id]));
  const { items } = await store.alerts.find({ ids: [...wanted], limit: wanted.size, order: "oldest-first" });
  return items;
}

/**
 * The records of an alert that name their process by id only. An alert over a count of events is about no single one
 * of them.
 */
function pidSourcesOf(alert: AlertRecord): readonly PidSource[] {
  const { byPid, processKey, sequence, correlation, sources, fields } = alert;
  const [source] = sources;
  if (byPid !== undefined || source === undefined || correlation !== undefined) {
    return byPid ?? [];
  }
  if (processKey !== undefined && sequence === undefined) {
    return [];
  }
  const time = Date.parse(source.time);
  const reference = processIdOf({ id: source.eventId, time, source, fields: sequence?.last ?? fields });
  return reference === undefined ? [] : [{ eventId: source.eventId, ...reference }];
}

/** As much of the event as its process is found by. */
function eventAgain({ sources }: AlertRecord, { eventId, host, pid, executable }: PidSource): StemmaEvent | undefined {
  const source = sources.find((one) => one.eventId === eventId);
  return (
    source && {
      id: eventId,
      time: Date.parse(source.time),
      source,
      fields: {
        "host.name": host,
        "process.pid": pid,
        ...(executable === undefined ? {} : { "process.executable": executable }),
        ...(source.provider === undefined ? {} : { "event.provider": source.provider }),
      },
    }
  );
}

function holderOf({ time }: StemmaEvent, process: ProcessNode | undefined): string | undefined {
  return process === undefined || mayHaveEnded(process, time) ? undefined : process.key;
}

/** Returns the ids of the alerts that the alert became. */
async function hang(
  tables: StoreTransaction,
  id: string,
  { holders, eventOf }: { readonly holders: Holders; readonly eventOf: EventLookup },
): Promise<readonly string[]> {
  // Read again: another alert may have been merged into it meanwhile, or it into another one.
  const alert = await tables.alerts.get(id);
  if (alert === undefined) {
    return [];
  }
  const byPid = pidSourcesOf(alert);
  const named = new Set(byPid.map(({ eventId }) => eventId));
  const keyOf = (eventId: string) =>
    named.has(eventId) && holders.has(eventId) ? holders.get(eventId) : alert.processKey;
  const keys = new Set(alert.sources.flatMap(({ eventId }) => keyOf(eventId) ?? []));
  const processes = await alertProcesses(tables.lineage, [...keys]);
  const processOf = (eventId: string) => processes.get(keyOf(eventId) ?? "");
  const known = { ...alert, byPid };
  if (alert.sequence !== undefined) {
    const process = processOf(alert.sources[0]?.eventId ?? "");
    await tables.alerts.put(process === undefined ? withoutProcess(known) : about(known, process));
    return [alert.id];
  }
  const parts = await partsOf(known, processOf, eventOf);
  const joined = await closedAmong(tables, parts);
  await tables.alerts.separate(alert, parts);
  await reopen(tables, joined);
  return parts.map((part) => part.id);
}

/** An alert for each process; records of which the process is not known have one each. */
async function partsOf(
  alert: AlertRecord,
  processOf: (eventId: string) => AlertProcess | undefined,
  eventOf: EventLookup,
): Promise<readonly AlertRecord[]> {
  const groups = Map.groupBy(alert.sources, ({ eventId }) => processOf(eventId)?.key ?? `event ${eventId}`);
  const parts: AlertRecord[] = [];
  for (const sources of groups.values()) {
    const part = parts.length === 0 ? leadingPart(alert, sources) : await partOf(alert, sources, eventOf);
    const process = processOf(sources[0]?.eventId ?? "");
    parts.push(process === undefined ? withoutProcess(part) : about(part, process));
  }
  return parts;
}

function withoutProcess(alert: AlertRecord): AlertRecord {
  const user = recordedUser(alert.sequence?.last ?? alert.fields);
  const eventId = alert.sources[0]?.eventId ?? "";
  return {
    ...alert,
    id: alert.sequence === undefined ? alertId(alert.rule.id, { eventId }) : alert.id,
    host: foldCase(alert.byPid?.find((one) => one.eventId === eventId)?.host ?? alert.host),
    user,
    userKey: user === undefined ? undefined : userKeyOf(user),
    processKey: undefined,
    rootKey: undefined,
    originRootKey: undefined,
  };
}

/** Those of the parts that join a closed alert while they are open themselves, or the reverse: by the id they get. */
async function closedAmong(
  { alerts }: Pick<StoreTransaction, "alerts">,
  parts: readonly AlertRecord[],
): Promise<readonly AlertRecord[]> {
  const stored = await alerts.existing(
    parts.map(({ rule, processKey, sources }) => ({ ruleId: rule.id, processKey, eventId: sources[0]?.eventId ?? "" })),
  );
  return parts.filter((part, index) => {
    const other = stored[index];
    return (
      other !== undefined &&
      part.processKey !== undefined &&
      other.processKey === part.processKey &&
      isHalfClosed(part, other)
    );
  });
}

function isHalfClosed(one: AlertRecord, other: AlertRecord): boolean {
  return (one.status === "open" && other.status === "closed") || (one.status === "closed" && other.status === "open");
}

/** A record that nobody has looked at joined an alert that somebody has closed. */
async function reopen(tables: StoreTransaction, joined: readonly AlertRecord[]): Promise<void> {
  for (const { id, detectedAt } of joined) {
    const alert = await tables.alerts.get(id);
    if (alert?.status === "closed") {
      await changeStatus(tables, alert, {
        by: { kind: "detection" },
        at: detectedAt,
        to: "open",
        note: "The same process matched the rule again: another record names it by its process id.",
      });
    }
  }
}
