import type { BundleSections } from "#contracts/bundle";
import type { ProcessNode } from "#contracts/lineage";
import { type TimelineEvent, timelineKinds } from "#contracts/timeline";
import type { AlertRecord } from "../../alert/record.ts";
import type { StemmaEvent } from "../../event/event.ts";
import type { Store } from "../../store/port.ts";
import { eventsOfProcesses, timelineEvents } from "../../triage/timeline.ts";
import { cut, type Omitted } from "../limits.ts";
import { eventsOf } from "./alerts.ts";

/** Processes that are asked about at once, and events of a page. */
const PROCESSES = 400;
const PAGE = 1_000;

/**
 * What these processes did, in order of time, and the events that the alerts were raised on, whichever process they
 * belong to. The events of alerts are in it in any case.
 */
export async function timelineSection(
  store: Store,
  processes: readonly ProcessNode[],
  alerts: readonly AlertRecord[],
  fired: readonly StemmaEvent[],
  limit: number,
): Promise<{ readonly section: BundleSections["timeline"]; readonly omitted: readonly Omitted[] }> {
  const byEvent = Map.groupBy(
    alerts.flatMap((alert) => eventsOf(alert).map((eventId) => ({ eventId, alert }))),
    ({ eventId }) => eventId,
  );
  const found = new Map<string, TimelineEvent>();
  let total = 0;
  for (let start = 0; start < processes.length; start += PROCESSES) {
    const part = processes.slice(start, start + PROCESSES);
    let cursor: string | undefined;
    let [read, ofPart] = [0, 0];
    do {
      const page = await eventsOfProcesses(store, part, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
      for (const event of page.items) {
        found.set(event.id, event);
      }
      read += page.items.length;
      ofPart = page.total;
      cursor = page.next;
    } while (cursor !== undefined && read < limit);
    total += ofPart - read;
  }
  const others = fired.filter(({ id }) => !found.has(id));
  for (const event of await timelineEvents(store, others)) {
    found.set(event.id, event);
  }
  total += found.size;
  const all = [...found.values()].map((event) => marked(event, byEvent.get(event.id)?.map(({ alert }) => alert) ?? []));
  const shown = all
    .toSorted((a, b) => Number(b.alerts.length > 0) - Number(a.alerts.length > 0) || byTime(a, b))
    .slice(0, limit)
    .sort(byTime);
  return {
    section: {
      kinds: timelineKinds.flatMap((kind) => {
        const count = shown.filter((event) => event.kind === kind).length;
        return count === 0 ? [] : [{ kind, count }];
      }),
      items: shown,
    },
    omitted: shown.length < total ? [cut("events of the timeline", shown.length, total)] : [],
  };
}

function marked(event: TimelineEvent, alerts: readonly AlertRecord[]): TimelineEvent {
  return { ...event, alerts: alerts.map(({ id, rule, severity }) => ({ id, ruleName: rule.name, severity })) };
}

function byTime(a: TimelineEvent, b: TimelineEvent): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1;
}
