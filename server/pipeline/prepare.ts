import type { Detector, Hit } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { IngestIssue } from "../ingest/issue.ts";
import type { FinishedFile, ReadPosition } from "../ingest/position.ts";
import type { ReadBatch } from "../ingest/read.ts";
import type { HostNews } from "../lineage/hosts/evidence.ts";
import { hostNewsOf } from "../lineage/hosts/host-news.ts";
import { type PackedEvents, packEvents, SEGMENT_EVENTS } from "../store/events/packed-events.ts";
import type { NewEvent } from "../store/events/port.ts";
import { type PackedFacts, packFacts } from "./packed-facts.ts";
import type { MatchedEvent } from "./sequence-runner.ts";

/**
 * A batch of events with everything that can be computed without the store: events packed for writing, process facts,
 * and matches of rules. A plain value, so that it can be prepared in another thread (`preparing-thread.ts`).
 */
export interface PreparedBatch {
  /** The file that was read last. */
  readonly file: string;
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly problems: readonly IngestIssue[];
  readonly ignored: ReadBatch["ignored"];
  /** Files that end in this batch. */
  readonly finished: readonly FinishedFile[];
  /** Where to go on after this batch, if that is inside a file. */
  readonly position: ReadPosition | undefined;
  readonly packed: PackedEvents;
  readonly facts: PackedFacts;
  /** What the records say about hosts. */
  readonly hosts: HostNews;
  readonly hits: readonly PreparedHit[];
  readonly matched: readonly PreparedMatch[];
}

/** An event that matches a part of a rule over several or many events; `index` is its position in the batch. */
export interface PreparedMatch extends Omit<MatchedEvent, "event"> {
  readonly index: number;
}

/** A hit whose rule is given as an index of `Detector.rules`; `index` is the position of the event in the batch. */
export interface PreparedHit extends Omit<Hit, "rule" | "event"> {
  readonly rule: number;
  readonly index: number;
  readonly event: StemmaEvent;
}

/**
 * Events per prepared batch: as many as a segment, so that the events of small files are stored together. Larger
 * batches are slower, because events leave the processor's cache before they are packed.
 */
const BATCH_SIZE = SEGMENT_EVENTS;

/**
 * Prepares what a reader yields. Detection runs on every event; hits of events that are stored already are dropped
 * later.
 */
export async function* prepareBatches(
  batches: AsyncIterable<ReadBatch>,
  detector: Detector,
): AsyncGenerator<PreparedBatch> {
  const ruleIndexes = new Map(detector.rules.map((rule, index) => [rule, index]));
  let collected = nothingRead;
  for await (const batch of batches) {
    collected = append(collected, batch);
    if (collected.events.length >= BATCH_SIZE || collected.problems.length >= BATCH_SIZE) {
      yield prepare(collected);
      collected = nothingRead;
    }
  }
  if (collected !== nothingRead) {
    yield prepare(collected);
  }

  function prepare({ events, ...reading }: Reading): PreparedBatch {
    const facts = packFacts(events);
    const hosts = hostNewsOf(events.map(({ event }) => event));
    const hits: PreparedHit[] = [];
    const matched: PreparedMatch[] = [];
    for (const [index, { event }] of events.entries()) {
      for (const { rule, ...hit } of detector.test(event)) {
        hits.push({ ...hit, rule: ruleIndexes.get(rule) ?? -1, index });
      }
      const stages = detector.sequences.match(event.fields);
      const inputs = detector.correlations.match(event);
      if (stages.length > 0 || inputs.length > 0) {
        matched.push({ index, stages, inputs });
      }
    }
    return { ...reading, records: events.length, packed: packEvents(events), facts, hosts, hits, matched };
  }
}

type Reading = Pick<PreparedBatch, "file" | "files" | "bytes" | "problems" | "ignored" | "finished" | "position"> & {
  readonly events: readonly NewEvent[];
};
const nothingRead: Reading = {
  file: "",
  files: 0,
  bytes: 0,
  problems: [],
  ignored: [],
  finished: [],
  position: undefined,
  events: [],
};

function append(before: Reading, batch: ReadBatch): Reading {
  return {
    file: batch.file,
    files: before.files + (batch.fileStart ? 1 : 0),
    bytes: before.bytes + batch.bytes,
    problems: before.problems.concat(batch.problems),
    ignored: before.ignored.concat(batch.ignored),
    finished: batch.finished === undefined ? before.finished : [...before.finished, batch.finished],
    position: batch.position,
    events: before.events.concat(batch.events),
  };
}

/** The hit with its rule; `undefined` if the detector does not have the rule. */
export function restoreHit({ rule: ruleIndex, index: _, ...hit }: PreparedHit, detector: Detector): Hit | undefined {
  const rule = detector.rules[ruleIndex];
  return rule === undefined ? undefined : { ...hit, rule };
}
