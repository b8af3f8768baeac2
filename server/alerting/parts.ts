import { alertId } from "../alert/identity.ts";
import { asNew } from "../alert/merge.ts";
import type { AlertRecord } from "../alert/record.ts";
import { commandTemplate } from "../event/command-template.ts";
import { textOf } from "../event/event.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { EventLookup } from "./evidence.ts";
import type { AlertProcess } from "./processes.ts";

/*
 * Alerts whose records turn out to be of other processes than was thought.
 */

/** The alert as one about a process. */
export function about(alert: AlertRecord, { key, host, user = alert.user, rootKey }: AlertProcess): AlertRecord {
  const id = alert.sequence === undefined ? alertId(alert.rule.id, { processKey: key, eventId: "" }) : alert.id;
  const userKey = user === undefined ? undefined : userKeyOf(user);
  return { ...alert, id, host, user, userKey, processKey: key, rootKey };
}

/** What remains of an alert: its leading record and others of the same process. */
export function leadingPart(alert: AlertRecord, sources: AlertRecord["sources"]): AlertRecord {
  const isWhole = sources.length === alert.sources.length;
  return isWhole
    ? alert
    : { ...alert, ...only(alert, sources), time: Math.min(...sources.map(({ time }) => Date.parse(time))) };
}

/** An alert of its own for some records of an alert: nobody has worked on it yet. */
export async function partOf(
  alert: AlertRecord,
  sources: AlertRecord["sources"],
  eventOf: EventLookup,
): Promise<AlertRecord> {
  const events = await Promise.all(sources.map(({ eventId }) => eventOf(eventId)));
  const [lead] = events;
  const line = lead === undefined ? undefined : textOf(lead.fields, "process.command_line");
  return {
    ...asNew(alert),
    ...only(alert, sources),
    time: Math.min(...events.flatMap((event) => event?.time ?? []), ...(lead === undefined ? [alert.time] : [])),
    ...(lead === undefined ? {} : { fields: lead.fields }),
    commandTemplate: line === undefined ? undefined : commandTemplate(line),
  };
}

/** These sources, and what is known about the process ids in them. */
function only({ byPid }: AlertRecord, sources: AlertRecord["sources"]): Pick<AlertRecord, "sources" | "byPid"> {
  const ids = new Set(sources.map(({ eventId }) => eventId));
  const left = byPid?.filter(({ eventId }) => ids.has(eventId)) ?? [];
  return { sources, byPid: left.length === 0 ? undefined : left };
}
