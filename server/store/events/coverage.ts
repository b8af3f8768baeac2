import type { Coverage } from "#contracts/coverage";
import { foldCase } from "../../condition/fold-case.ts";
import { UNKNOWN_HOST } from "../../event/host-id.ts";
import { packedColumns } from "./packed-events.ts";

/** Coverage is counted per host, source and interval of this many milliseconds. */
export const COVERAGE_BUCKET = 900_000;

/** The events of one source on one host within an interval. */
export interface Span {
  readonly host: string;
  readonly source: string;
  /** Times of the first and the last event. */
  readonly first: number;
  readonly last: number;
  readonly events: number;
}

const HOST = packedColumns.indexOf("host");
const SOURCE = packedColumns.indexOf("source");

/** How events without a host are counted. */
export const NO_HOST = "";

/** Counts events by host (empty for an event without one), source and bucket. */
export class CoverageCounters {
  readonly #spans = new Map<string, { -readonly [K in keyof Span]: Span[K] } & { readonly bucket: number }>();

  add(time: number, columns: readonly (string | null)[]): void {
    const host = columns[HOST] ?? NO_HOST;
    const source = columns[SOURCE] ?? "";
    const bucket = Math.floor(time / COVERAGE_BUCKET);
    const key = `${bucket} ${source} ${host}`;
    const span = this.#spans.get(key);
    if (span === undefined) {
      this.#spans.set(key, { host, source, bucket, first: time, last: time, events: 1 });
      return;
    }
    span.first = Math.min(span.first, time);
    span.last = Math.max(span.last, time);
    span.events += 1;
  }

  spans(): readonly (Span & { readonly bucket: number })[] {
    return [...this.#spans.values()];
  }
}

/** How names of hosts are stored: events without one are counted under an empty name. */
export function storedHosts(hosts: readonly string[]): readonly string[] {
  const folded = hosts.map(foldCase);
  return folded.includes(UNKNOWN_HOST) ? [...folded, NO_HOST] : folded;
}

/** Sums spans to one row per host and source, in order. */
export function coverageRows(spans: Iterable<Span>): readonly Coverage[] {
  const sums = new Map<string, Span>();
  for (const span of spans) {
    const host = span.host === NO_HOST ? UNKNOWN_HOST : span.host;
    const key = JSON.stringify([host, span.source]);
    const known = sums.get(key) ?? span;
    sums.set(key, {
      ...span,
      host,
      first: Math.min(known.first, span.first),
      last: Math.max(known.last, span.last),
      events: known === span ? span.events : known.events + span.events,
    });
  }
  return [...sums.values()]
    .sort((left, right) => compareText(left.host, right.host) || compareText(left.source, right.source))
    .map(({ host, source, first, last, events }) => ({
      host,
      source,
      from: new Date(first).toISOString(),
      to: new Date(last).toISOString(),
      events,
    }));
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
