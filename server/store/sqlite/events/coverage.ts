import type { Coverage } from "#contracts/coverage";
import { COVERAGE_BUCKET, coverageRows, type Span, storedHosts } from "../../events/coverage.ts";
import type { TimeRange } from "../../events/port.ts";
import { allOf, oneOf, within } from "../clause.ts";
import { type Connection, number, type Row, text } from "../connection.ts";

/**
 * Sums the buckets that lie entirely within the window and counts the events of buckets that its bounds cut through, so
 * the counts are exact.
 */
export function coverageWithin(
  connection: Connection,
  query: TimeRange & { readonly hosts?: readonly string[] },
): readonly Coverage[] {
  const from = query.from ?? Number.MIN_SAFE_INTEGER;
  const to = query.to ?? Number.MAX_SAFE_INTEGER;
  const ofHosts = (column: string) => (query.hosts === undefined ? [] : [oneOf(column, storedHosts(query.hosts))]);
  const whole = allOf(...ofHosts("host"), within("first", { from: query.from }), within("last", { to: query.to }));
  const sums = connection
    .prepare(
      `SELECT host, source, min(first) AS first, max(last) AS last, sum(events) AS events FROM coverage
       WHERE ${whole.sql} GROUP BY host, source`,
    )
    .all(...whole.parameters);
  const partial = connection
    .prepare(
      `SELECT DISTINCT bucket FROM coverage
       WHERE (first < ? AND last >= ?) OR (first <= ? AND last > ?)`,
    )
    .all(from, from, to, to)
    .flatMap((row) => {
      const bucket = number(row, "bucket");
      const start = bucket * COVERAGE_BUCKET;
      const counted = allOf(
        ...ofHosts("coalesce(host, '')"),
        within("time", { from: start, to: start + COVERAGE_BUCKET - 1 }),
        within("time", query),
        // Not those that the sums above already include.
        {
          sql: `NOT EXISTS (SELECT 1 FROM coverage c WHERE c.host = coalesce(events.host, '') AND c.source = events.source
                AND c.bucket = ? AND c.first >= ? AND c.last <= ?)`,
          parameters: [bucket, from, to],
        },
      );
      return connection
        .prepare(
          `SELECT coalesce(host, '') AS host, source, min(time) AS first, max(time) AS last, count(*) AS events FROM events
           WHERE ${counted.sql} GROUP BY host, source`,
        )
        .all(...counted.parameters);
    });
  return coverageRows([...sums, ...partial].map(spanOf));
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
