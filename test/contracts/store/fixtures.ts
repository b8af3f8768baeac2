import type { FieldValue } from "#contracts/event";
import type { IngestSummary } from "#contracts/ingest";
import type { AlertRecord } from "../../../server/alert/record.ts";
import type { StemmaEvent } from "../../../server/event/event.ts";
import { packEvents } from "../../../server/store/events/packed-events.ts";
import type { Store } from "../../../server/store/port.ts";

export const MINUTE = 60_000;

/** An event of a Sysmon log with only the given fields and a host. */
export function event(id: string, time: number, fields: Readonly<Record<string, FieldValue>> = {}): StemmaEvent {
  return {
    id,
    time,
    fields: Object.assign(Object.create(null), { "host.name": "host-a", ...fields }),
    source: {
      eventId: id,
      file: "test",
      channel: "Microsoft-Windows-Sysmon/Operational",
      code: "1",
      time: new Date(time).toISOString(),
    },
  };
}

/** A running ingest that has read nothing yet. */
export const summary: IngestSummary = {
  id: "ingest-1",
  startedAt: "2024-05-06T09:00:00.000Z",
  actor: "tester",
  paths: ["a"],
  state: "running",
  files: 0,
  ignored: [],
  ignoredTotal: 0,
  records: 0,
  events: 0,
  duplicates: 0,
  rejected: [],
  rejectedTotal: 0,
  warnings: [],
  warningsTotal: 0,
  processes: 0,
  sessions: 0,
  alerts: 0,
  suppressed: 0,
  bytes: 0,
  seconds: 0,
};

/** Appends events in one write and returns those that were new. */
export async function append(store: Store, ...events: readonly StemmaEvent[]): Promise<readonly StemmaEvent[]> {
  const packed = packEvents(events.map((one) => ({ event: one, original: { raw: one.id } })));
  const [indexes = []] = await store.write((transaction) => transaction.events.append([packed]));
  return indexes.flatMap((index) => events[index] ?? []);
}

/** Stores alerts in one write. */
export function put(store: Store, ...alerts: readonly AlertRecord[]): Promise<void> {
  return store.write(async (transaction) => {
    for (const alert of alerts) {
      await transaction.alerts.put(alert);
    }
  });
}
