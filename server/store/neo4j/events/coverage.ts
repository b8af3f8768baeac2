import type { Coverage } from "#contracts/coverage";
import { foldCase } from "../../../condition/fold-case.ts";
import { COVERAGE_BUCKET, coverageRows, type Span } from "../../events/coverage.ts";
import type { TimeRange } from "../../events/port.ts";
import { list, number, type Queries, type Row, text } from "../connection.ts";

/**
 * Sums the buckets that lie entirely within the window and counts the events of buckets that its bounds cut through, so
 * the counts are exact.
 */
export async function coverageWithin(
  queries: Queries,
  query: TimeRange & { readonly hosts?: readonly string[] },
): Promise<readonly Coverage[]> {
  const parameters = {
    from: query.from ?? Number.MIN_SAFE_INTEGER,
    to: query.to ?? Number.MAX_SAFE_INTEGER,
    hosts: query.hosts?.map(foldCase) ?? null,
  };
  const whole = await queries.run(
    `MATCH (c:EventCoverage)
     WHERE c.first >= $from AND c.last <= $to AND ($hosts IS NULL OR c.host IN $hosts)
     RETURN c.host AS host, c.source AS source, min(c.first) AS first, max(c.last) AS last, sum(c.events) AS events`,
    parameters,
  );
  const partial = await queries.run(
    `MATCH (c:EventCoverage)
     WHERE ((c.first < $from AND c.last >= $from) OR (c.first <= $to AND c.last > $to))
       AND ($hosts IS NULL OR c.host IN $hosts)
     RETURN c.bucket AS bucket, collect({host: c.host, source: c.source}) AS sources`,
    parameters,
  );
  const edges: Span[] = [];
  for (const row of partial) {
    const start = number(row, "bucket") * COVERAGE_BUCKET;
    const counted = await queries.run(
      `MATCH (e:Event) USING INDEX e:Event(time) WHERE e.time >= $from AND e.time <= $to
       WITH coalesce(e.host, '') AS host, e.source AS source, e.time AS time
       WHERE {host: host, source: source} IN $sources
       RETURN host, source, min(time) AS first, max(time) AS last, count(*) AS events`,
      {
        sources: list(row, "sources").map((one) => ({ host: text(one, "host"), source: text(one, "source") })),
        from: Math.max(start, parameters.from),
        to: Math.min(start + COVERAGE_BUCKET - 1, parameters.to),
      },
    );
    edges.push(...counted.map(spanOf));
  }
  return coverageRows([...whole.map(spanOf), ...edges]);
}

function spanOf(row: Row): Span {
  return {
    host: text(row, "host"),
    source: text(row, "source"),
    first: number(row, "first"),
    last: number(row, "last"),
    events: number(row, "events"),
  };
}
