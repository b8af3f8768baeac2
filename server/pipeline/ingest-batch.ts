import { exceptionsInForce } from "../alerting/exceptions-in-force.ts";
import { raise } from "../alerting/raise.ts";
import { demandRefresh } from "../alerting/refresh-demands.ts";
import type { Detector, Hit } from "../detection/rule.ts";
import { applyFacts } from "../lineage/apply-events.ts";
import type { EventFact } from "../lineage/facts.ts";
import type { HostNews } from "../lineage/hosts/evidence.ts";
import { hostsOf, packedReader } from "../store/events/packed-events.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { IngestCounters, Written } from "./counters.ts";
import { appendEvents } from "./distinct-records.ts";
import { factAt } from "./packed-facts.ts";
import { type PreparedBatch, restoreHit } from "./prepare.ts";
import type { RuleRunners } from "./rule-runners.ts";
import type { ArrivedEvent } from "./sequence-runner.ts";

interface BatchContext {
  readonly store: Store;
  readonly detector: Detector;
  readonly runners: RuleRunners;
  readonly counters: IngestCounters;
  /** The hosts of new events, whose alerts are demanded to be refreshed already. */
  readonly hosts: Set<string>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly checkpoint: Checkpoint;
}

/**
 * Writes batches in one transaction: events, lineage, alerts, the state of rules and the summary. Events that were
 * stored before are skipped. Returns what was written.
 */
export async function ingestBatch(
  transaction: StoreTransaction,
  given: readonly PreparedBatch[],
  context: BatchContext,
): Promise<Written> {
  const { store, detector, runners, counters, hosts, clock, checkpoint } = context;
  const { batches, stored, renamed } = await appendEvents(transaction, store, given);
  const found = newEventsOf(batches, stored, detector, runners.needArrivedEvents);
  const touched = new Set(batches.flatMap(({ packed }, index) => [...hostsOf(packed, stored[index] ?? [])]));
  await demandRefresh(transaction, counters.id, touched.difference(hosts));
  for (const host of touched) {
    hosts.add(host);
  }
  let [alerts, suppressed] = [0, 0];
  if (found.events > 0) {
    const { hits, facts, arrived, pending } = found;
    const applied = await applyFacts(transaction.lineage, facts, hostNewsIn(batches));
    await demandRefresh(transaction, counters.id, applied.hosts.difference(hosts));
    for (const host of applied.hosts) {
      hosts.add(host);
    }
    const exceptions = await exceptionsInForce(transaction, detector, clock());
    const eventOf = (id: string) => store.events.get(id);
    const raised = await raise(transaction, { hits, applied, eventOf }, exceptions, clock());
    const input = { arrived, pending, processOf: applied.processOf };
    alerts = raised.alerts + (await runners.process(transaction, input, exceptions, clock()));
    suppressed = raised.suppressed;
  }
  const written = { events: found.events, duplicates: found.duplicates - renamed, alerts, suppressed };
  await checkpoint.advance(transaction, given, counters);
  await transaction.ingests.put(counters.summary("running", clock(), written));
  return written;
}

function hostNewsIn(batches: readonly PreparedBatch[]): HostNews {
  return {
    names: [...new Set(batches.flatMap(({ hosts }) => hosts.names))],
    evidence: batches.flatMap(({ hosts }) => hosts.evidence),
  };
}

/** What was prepared about the events that were not stored before. */
interface NewEvents {
  readonly events: number;
  readonly duplicates: number;
  readonly facts: readonly EventFact[];
  readonly hits: readonly Hit[];
  /** Hits that only the complete process graph can confirm. */
  readonly pending: readonly Hit[];
  readonly arrived: readonly ArrivedEvent[];
}

function newEventsOf(
  batches: readonly PreparedBatch[],
  stored: readonly (readonly number[])[],
  detector: Detector,
  needArrivedEvents: boolean,
): NewEvents {
  let [events, duplicates] = [0, 0];
  const facts: EventFact[] = [];
  const hits: Hit[] = [];
  const pending: Hit[] = [];
  const arrived: ArrivedEvent[] = [];
  for (const [number, batch] of batches.entries()) {
    const { packed } = batch;
    const indexes = stored[number] ?? [];
    events += indexes.length;
    duplicates += packed.ids.length - indexes.length;
    for (const index of indexes) {
      const fact = factAt(batch.facts, index, { id: packed.ids[index] ?? "", time: packed.times[index] ?? 0 });
      if (fact !== undefined) {
        facts.push(fact);
      }
    }
    const isNew = new Set(batch.hits.length > 0 ? indexes : []);
    for (const prepared of batch.hits.filter(({ index }) => isNew.has(index))) {
      const hit = restoreHit(prepared, detector);
      if (hit !== undefined) {
        (hit.tentative === true ? pending : hits).push(hit);
      }
    }
    if (needArrivedEvents) {
      arrived.push(...arrivedEvents(batch, indexes));
    }
  }
  return { events, duplicates, facts, hits, pending, arrived };
}

function arrivedEvents({ packed, matched }: PreparedBatch, indexes: readonly number[]): readonly ArrivedEvent[] {
  const eventAt = packedReader(packed);
  const matches = new Map(matched.map((one) => [one.index, one]));
  return indexes.map((index) => {
    const match = matches.get(index);
    return {
      id: packed.ids[index] ?? "",
      time: packed.times[index] ?? 0,
      matched: match && {
        ...match,
        get event() {
          return eventAt(index);
        },
      },
    };
  });
}
