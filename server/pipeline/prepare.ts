import type { Detector, Hit } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { IngestIssue } from "../ingest/issue.ts";
import type { ReadBatch } from "../ingest/read.ts";
import { type PackedEvents, packEvents, SEGMENT_EVENTS } from "../store/events/packed-events.ts";
import type { NewEvent } from "../store/events/port.ts";
import { type PackedFacts, packFacts } from "./packed-facts.ts";
import type { MatchedEvent } from "./sequence-runner.ts";

/**
 * Everything about a run of events that does not need the store: packed for writing, what they say of processes, and which
 * rules they hit. A plain value, so it can be made in another thread (`preparing-thread.ts`).
 */
export interface Prepared {
  /** The file that was read last. */
  readonly file: string;
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly problems: readonly IngestIssue[];
  readonly ignored: ReadBatch["ignored"];
  readonly packed: PackedEvents;
  readonly facts: PackedFacts;
  readonly hits: readonly PreparedHit[];
  readonly matched: readonly PreparedMatch[];
}

/** An event that rules over several or many events are about; `index` is its place among the events of the batch. */
export interface PreparedMatch extends Omit<MatchedEvent, "event"> {
  readonly index: number;
}

/** A hit with its rule and event by their places: in `Detector.rules`, and among the events of the batch. */
export interface PreparedHit extends Omit<Hit, "rule" | "event"> {
  readonly rule: number;
  readonly index: number;
  readonly event: StemmaEvent;
}

/**
 * At least so many events are prepared together, a segment's worth. Small files are put together, so that their events are
 * stored together. More at a time would be slower: events fall out of the processor's cache before they are packed.
 */
const RUN = SEGMENT_EVENTS;

/** Prepares what a reader hands out. Detection runs on every event here; hits of known events are dropped when they are written. */
export async function* prepareAll(batches: AsyncIterable<ReadBatch>, detector: Detector): AsyncGenerator<Prepared> {
  const rules = new Map(detector.rules.map((rule, place) => [rule, place]));
  let waiting = noReading;
  for await (const batch of batches) {
    waiting = joined(waiting, batch);
    if (waiting.events.length >= RUN || waiting.problems.length >= RUN) {
      yield prepare(waiting);
      waiting = noReading;
    }
  }
  if (waiting !== noReading) {
    yield prepare(waiting);
  }

  function prepare({ events, ...reading }: Reading): Prepared {
    const facts = packFacts(events);
    const hits: PreparedHit[] = [];
    const matched: PreparedMatch[] = [];
    for (const [index, { event }] of events.entries()) {
      for (const { rule, ...hit } of detector.test(event)) {
        hits.push({ ...hit, rule: rules.get(rule) ?? -1, index });
      }
      const stages = detector.sequences.match(event.fields);
      const inputs = detector.correlations.match(event);
      if (stages.length > 0 || inputs.length > 0) {
        matched.push({ index, stages, inputs });
      }
    }
    return { ...reading, records: events.length, packed: packEvents(events), facts, hits, matched };
  }
}

type Reading = Pick<Prepared, "file" | "files" | "bytes" | "problems" | "ignored"> & {
  readonly events: readonly NewEvent[];
};
const noReading: Reading = { file: "", files: 0, bytes: 0, problems: [], ignored: [], events: [] };

function joined(before: Reading, batch: ReadBatch): Reading {
  return {
    file: batch.file,
    files: before.files + (batch.fileStart ? 1 : 0),
    bytes: before.bytes + batch.bytes,
    problems: before.problems.concat(batch.problems),
    ignored: before.ignored.concat(batch.ignored),
    events: before.events.concat(batch.events),
  };
}

/** A hit as it was before it was prepared; `undefined` for a rule that the detector does not have. */
export function hitOf({ rule: place, index: _, ...hit }: PreparedHit, detector: Detector): Hit | undefined {
  const rule = detector.rules[place];
  return rule === undefined ? undefined : { ...hit, rule };
}
