import type { Coverage } from "#contracts/coverage";
import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { Condition } from "../../condition/tree.ts";
import type { StemmaEvent } from "../../event/event.ts";
import type { PackedEvents } from "./packed-events.ts";
import type { TimelineQuery, TimelineResult, TimelineScope } from "./timeline.ts";

export interface NewEvent {
  readonly event: StemmaEvent;
  /** The record as it was read, stored so that a second person can verify the event against it. */
  readonly original: unknown;
}

export interface TimeRange {
  /** Inclusive. */
  readonly from?: number;
  /** Inclusive. */
  readonly to?: number;
}

export interface EventQuery extends TimeRange {
  readonly condition: Condition;
  readonly limit: number;
  readonly order: "oldest-first" | "newest-first";
  /** Called after every page of events that the evaluator tested, with the number of events tested so far. */
  readonly onPage?: (tested: number) => void;
}

/** Oldest first, unless any order will do, which costs less. */
export type EventScan = Omit<EventQuery, "limit" | "order"> & { readonly order?: "oldest-first" | "any" };

export interface EventResult {
  readonly events: readonly StemmaEvent[];
  /** The exact number of matches in the window, whatever the limit. */
  readonly total: number;
  /** Events that passed the prefilter and were tested by the evaluator. */
  readonly tested: number;
}

export interface SamplePlace {
  /** Epoch milliseconds; undefined: from the earliest event on. */
  readonly from?: number;
  readonly limit: number;
}

/** How exactly it is known when records of a stream were written; milliseconds. */
export const ACTIVITY_SLOT = 30_000;

/** The records of one kind that one host writes. */
export interface StreamName {
  /** As stored: in lower case, empty for records without a host. */
  readonly host: string;
  readonly source: string;
  /** Absent or empty: all records of the source. */
  readonly code?: string;
}

export type StreamKind = Pick<Required<StreamName>, "source" | "code">;

/**
 * Half minutes in a row with a record in each, epoch milliseconds. It ends with a half minute, except at the first and
 * the last record of a quarter of an hour.
 */
export interface ActiveSpan {
  readonly from: number;
  readonly to: number;
}

export interface EventReader {
  get(id: string): Promise<StemmaEvent | undefined>;
  original(id: string): Promise<unknown>;
  /** The times of those of the events that are stored, in epoch milliseconds. */
  times(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The store prefilters; `condition/evaluate` decides, so the total is exact. With a limit of 0 it only counts. */
  find(query: EventQuery): Promise<EventResult>;
  /** Matching events in batches, for backfill and dry runs. */
  scan(query: EventScan): AsyncIterable<readonly StemmaEvent[]>;
  /** The first events from each place on, in parts of any size. An event near two places may come twice. */
  sample(places: readonly SamplePlace[]): AsyncIterable<readonly StemmaEvent[]>;
  /** Event counts and time span per host and source ("sysmon", "security", …) within the window. */
  coverage(query: TimeRange & { readonly hosts?: readonly string[] }): Promise<readonly Coverage[]>;
  /** Every stream of these hosts with records: by host, source and code, in order. */
  streams(query: { readonly hosts: readonly string[] }): Promise<readonly Required<StreamName>[]>;
  /** Every kind of which any host has records, by source and code; of each source also the empty code. */
  kinds(): Promise<readonly StreamKind[]>;
  /**
   * When each stream has records, oldest first: in the quarters of an hour that the window touches, and in some of the
   * nearest ones with records on both sides of it, so that the rhythm of the stream can be learned.
   */
  activity(query: TimeRange & { readonly streams: readonly StreamName[] }): Promise<readonly (readonly ActiveSpan[])[]>;
  ofProcess(
    process: ProcessNode,
    query: { readonly kind?: string; readonly cursor?: string; readonly limit: number },
  ): Promise<Page<StemmaEvent>>;
  /** What processes did and what happened on hosts: counted by type and time, and a page of it. */
  timeline(scope: TimelineScope, query: TimelineQuery): Promise<TimelineResult>;
  count(): Promise<number>;
}

export interface EventWriter {
  /**
   * Appends the events whose id is not stored yet. Returns, per batch, the ascending indexes of the appended events.
   * The first of several events with one id wins. All batches of a write go in one call, which saves round trips to a
   * server.
   */
  append(batches: readonly PackedEvents[]): Promise<readonly (readonly number[])[]>;
}
