import type { Coverage } from "#contracts/coverage";
import { COVERAGE_BUCKET, coverageRows, type Span, storedHosts } from "../../events/coverage.ts";
import type { TimeRange } from "../../events/port.ts";
import type { Reads } from "../reads.ts";
import { number, type Row, text } from "../row.ts";

/**
 * Sums the buckets that lie entirely within the window and counts the events of buckets that its bounds cut through, so
 * the counts are exact.
 */
export async function coverageWithin(
  reads: Reads,
  query: TimeRange & { readonly hosts?: readonly string[] },
): Promise<readonly Coverage[]> {
  const window = {
    from: query.from ?? Number.MIN_SAFE_INTEGER,
    to: query.to ?? Number.MAX_SAFE_INTEGER,
    hosts: query.hosts === undefined ? null : storedHosts(query.hosts),
  };
  const [whole, edges] = await Promise.all([
    reads.rows((parameters) => `WITH ${parameters.add(window)} AS wanted ${wholeBuckets}`),
    reads.rows((parameters) => `WITH ${parameters.add(window)} AS wanted ${cutBuckets}`),
  ]);
  return coverageRows([...whole, ...edges].map(spanOf));
}

const wholeBuckets = `
  MATCH (c:EventCoverage)
  WHERE c.first >= wanted.from AND c.last <= wanted.to AND (wanted.hosts IS NULL OR c.host IN wanted.hosts)
  WITH c.host AS host, c.source AS source, min(c.first) AS first, max(c.last) AS last, sum(c.events) AS events
  RETURN {host: host, source: source, first: first, last: last, events: events}`;
const cutBuckets = `
  MATCH (c:EventCoverage)
  WHERE ((c.first < wanted.from AND c.last >= wanted.from) OR (c.first <= wanted.to AND c.last > wanted.to))
    AND (wanted.hosts IS NULL OR c.host IN wanted.hosts)
  WITH wanted, c.bucket * ${COVERAGE_BUCKET} AS start, collect({host: c.host, source: c.source}) AS sources
  WITH sources, CASE WHEN start > wanted.from THEN start ELSE wanted.from END AS from,
    CASE WHEN start + ${COVERAGE_BUCKET - 1} < wanted.to THEN start + ${COVERAGE_BUCKET - 1} ELSE wanted.to END AS to
  MATCH (e:Event) USING INDEX e:Event(time) WHERE e.time >= from AND e.time <= to
  WITH sources, coalesce(e.host, '') AS host, e.source AS source, e.time AS time
  WHERE {host: host, source: source} IN sources
  WITH host, source, min(time) AS first, max(time) AS last, count(*) AS events
  RETURN {host: host, source: source, first: first, last: last, events: events}`;

function spanOf(row: Row): Span {
  return {
    host: text(row, "host"),
    source: text(row, "source"),
    first: number(row, "first"),
    last: number(row, "last"),
    events: number(row, "events"),
  };
}
