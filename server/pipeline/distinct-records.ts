import type { StemmaEvent } from "../event/event.ts";
import { laterIdentity } from "../event/identity.ts";
import { isFarApart, isSameRecord, ownTimeOf } from "../event/same-record.ts";
import { hostNewsOf } from "../lineage/hosts/host-news.ts";
import { packEvents, packedOriginals, packedReader } from "../store/events/packed-events.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { packFacts } from "./packed-facts.ts";
import type { PreparedBatch } from "./prepare.ts";

/** What was appended, per batch. */
export interface Appended {
  readonly batches: readonly PreparedBatch[];
  /** Per batch, the ascending indexes of the events that were not stored before. */
  readonly stored: readonly (readonly number[])[];
  /** Events of `batches` that are there twice, because they got another id. */
  readonly renamed: number;
}

/**
 * Appends the events that are not stored yet. An event whose id belongs to another record already gets a second id of
 * its own: the batches it was taken from are followed by batches of such events. See docs/decisions/0053.
 */
export async function appendEvents(
  transaction: StoreTransaction,
  store: Store,
  batches: readonly PreparedBatch[],
): Promise<Appended> {
  const stored = await transaction.events.append(batches.map(({ packed }) => packed));
  const others = await otherRecords(store, batches, stored);
  if (others.length === 0) {
    return { batches, stored, renamed: 0 };
  }
  const more = await transaction.events.append(others.map(({ packed }) => packed));
  return {
    batches: [...batches, ...others],
    stored: [...stored, ...more],
    renamed: others.reduce((sum, { records }) => sum + records, 0),
  };
}

/** Where an event of this write is. */
interface Place {
  readonly batch: PreparedBatch;
  readonly index: number;
}

/** The events that were not appended although they are not the records whose ids they have, under their second ids. */
async function otherRecords(
  store: Store,
  batches: readonly PreparedBatch[],
  stored: readonly (readonly number[])[],
): Promise<readonly PreparedBatch[]> {
  const skipped = batches.map(({ packed: { ids } }, number) => {
    const appended = new Set(stored[number]);
    return ids.length === appended.size ? [] : [...ids.keys()].filter((index) => !appended.has(index));
  });
  const skippedIds = new Set(
    skipped.flatMap((indexes, number) => indexes.map((index) => idAt(batches[number], index))),
  );
  if (skippedIds.size === 0) {
    return [];
  }
  const inThisWrite = new Map<string, Place>();
  for (const [number, batch] of batches.entries()) {
    for (const index of stored[number] ?? []) {
      const id = idAt(batch, index);
      if (skippedIds.has(id)) {
        inThisWrite.set(id, { batch, index });
      }
    }
  }
  const times = await store.events.times([...skippedIds].filter((id) => !inThisWrite.has(id)));
  const holder = async (id: string): Promise<StemmaEvent | undefined> => {
    const place = inThisWrite.get(id);
    return place === undefined ? store.events.get(id) : packedReader(place.batch.packed)(place.index);
  };
  const found: PreparedBatch[] = [];
  for (const [number, batch] of batches.entries()) {
    const renamed = new Map<number, StemmaEvent>();
    const eventAt = packedReader(batch.packed);
    for (const index of skipped[number] ?? []) {
      const id = idAt(batch, index);
      const place = inThisWrite.get(id);
      const time = place === undefined ? times.get(id) : place.batch.packed.times[place.index];
      if (time !== undefined && isFarApart(time, batch.packed.times[index] ?? 0)) {
        const event = eventAt(index);
        const other = await holder(id);
        if (other !== undefined && !isSameRecord(other, event)) {
          renamed.set(index, withLaterId(event));
        }
      }
    }
    if (renamed.size > 0) {
      found.push(batchOf(batch, renamed));
    }
  }
  return found;
}

function idAt(batch: PreparedBatch | undefined, index: number): string {
  return batch?.packed.ids[index] ?? "";
}

function withLaterId(event: StemmaEvent): StemmaEvent {
  const id = laterIdentity(event.id, ownTimeOf(event) ?? event.time);
  return { ...event, id, source: { ...event.source, eventId: id } };
}

/** Some events of a batch, by their indexes, as a batch of their own. What was read is counted with the given batch. */
function batchOf(batch: PreparedBatch, events: ReadonlyMap<number, StemmaEvent>): PreparedBatch {
  const originalAt = packedOriginals(batch.packed);
  const taken = [...events].map(([index, event]) => ({ event, original: originalAt(index) }));
  const positions = new Map([...events.keys()].map((index, position) => [index, position]));
  return {
    file: batch.file,
    files: 0,
    records: taken.length,
    bytes: 0,
    problems: [],
    ignored: [],
    finished: [],
    position: undefined,
    packed: packEvents(taken),
    facts: packFacts(taken),
    hosts: hostNewsOf(taken.map(({ event }) => event)),
    hits: batch.hits.flatMap((hit) => {
      const event = events.get(hit.index);
      return event === undefined ? [] : [{ ...hit, event, index: positions.get(hit.index) ?? 0 }];
    }),
    matched: batch.matched.flatMap((match) => {
      const index = positions.get(match.index);
      return index === undefined ? [] : [{ ...match, index }];
    }),
  };
}
