import type { BundledProcess, BundledRecord } from "#contracts/bundle";
import type { AlertRecord } from "../../alert/record.ts";
import { type StemmaEvent, textOf } from "../../event/event.ts";
import { pauses } from "../../lib/pause.ts";
import type { Store } from "../../store/port.ts";
import { type Omitted, upTo } from "../limits.ts";
import { valueHash } from "../seal.ts";
import { eventsOf } from "./alerts.ts";
import type { PinnedEvidence } from "./pinned.ts";

/** Records that are asked for at once: a store across a network then looks them up together. */
const PART = 100;

export interface GatheredRecords {
  readonly section: BundledRecord[];
  readonly omitted: readonly Omitted[];
  /** The events of these alerts. */
  readonly fired: readonly StemmaEvent[];
}

/**
 * The source records of the alerts, of the answers' evidence and of the processes that alerts are on, each as it was
 * read and with its hash.
 */
export async function recordsSection(
  store: Store,
  alerts: readonly AlertRecord[],
  nodes: readonly BundledProcess[],
  pinned: PinnedEvidence,
  limit: number,
  onProgress: (done: number, total: number) => void,
): Promise<GatheredRecords> {
  const reasons = new Map<string, Set<BundledRecord["of"][number]>>();
  const want = (ids: readonly string[], of: BundledRecord["of"][number]) => {
    for (const id of ids) {
      reasons.getOrInsertComputed(id, () => new Set()).add(of);
    }
  };
  want(alerts.flatMap(eventsOf), "alert");
  want(pinned.events, "answer");
  want(
    nodes
      .filter(({ role }) => role === "alert" || role === "evidence")
      .flatMap(({ sources }) => sources.map(({ eventId }) => eventId)),
    "process",
  );
  const { items, omitted } = upTo([...reasons], limit, "source records");
  const section: BundledRecord[] = [];
  const fired: StemmaEvent[] = [];
  const pause = pauses();
  for (let start = 0; start < items.length; start += PART) {
    const { events } = store.together();
    const part = items.slice(start, start + PART);
    const read = await Promise.all(
      part.map(async ([id, of]) => {
        const [event, record] = await Promise.all([events.get(id), events.original(id)]);
        return { event, record, of };
      }),
    );
    for (const { event, record, of } of read) {
      await pause();
      if (event === undefined) {
        continue;
      }
      if (of.has("alert")) {
        fired.push(event);
      }
      section.push({
        eventId: event.id,
        time: new Date(event.time).toISOString(),
        host: textOf(event.fields, "host.name") ?? "",
        source: event.source,
        of: [...of].sort(),
        record,
        sha256: valueHash(record),
      });
    }
    onProgress(section.length, items.length);
  }
  return { section: section.sort(byTime), omitted, fired };
}

const byTime = (a: BundledRecord, b: BundledRecord) =>
  a.time < b.time ? -1 : a.time > b.time ? 1 : a.eventId < b.eventId ? -1 : 1;
