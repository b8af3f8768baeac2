import type { StemmaEvent } from "../../../event/event.ts";
import type { EventType } from "../../../event/timeline-kind.ts";
import { type RecordScope, type TimelineRows, typeKey } from "../../events/timeline.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, type SqlValue, text } from "../connection.ts";

/** The events of a scope: by the index on what they are about, by id, and by the index on time. */
const inScope = `
  WITH found AS MATERIALIZED (
    SELECT e.seq FROM json_each(?) AS p CROSS JOIN events AS e ON e.about = (p.value ->> 'about')
      WHERE e.host = (p.value ->> 'host') AND e.time BETWEEN (p.value ->> 'from') AND (p.value ->> 'to')
        AND CASE WHEN (p.value ->> 'entity') IS NULL THEN e.entity IS NULL AND e.pid = (p.value ->> 'pid')
                 ELSE e.entity = (p.value ->> 'entity') END
    UNION SELECT seq FROM events WHERE id IN (SELECT value FROM json_each(?)) AND time BETWEEN ? AND ?
    UNION SELECT seq FROM events WHERE time BETWEEN ? AND ? AND host IN (SELECT value FROM json_each(?))
  )`;
const typeColumns = "e.source AS source, e.code AS code, e.kind AS kind, e.starts AS starts";
const typeKeys =
  "json_array(e.source, coalesce(e.code, ''), coalesce(e.kind, ''), json(iif(e.starts = 1, 'true', 'false')))";
const types = `${inScope}
  SELECT ${typeColumns}, count(*) AS events, min(e.time) AS first, max(e.time) AS last
  FROM found JOIN events e USING (seq) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;
const counts = `${inScope}
  SELECT ${typeColumns}, coalesce(e.host, '') AS host, CAST((e.time - ?) / ? AS INTEGER) AS bucket, count(*) AS events
  FROM found JOIN events e USING (seq) GROUP BY 1, 2, 3, 4, 5, 6`;
const rows = (filter: string) => `${inScope}
  SELECT e.seq AS seq, e.time AS time, e.segment AS segment, e.position AS position
  FROM found JOIN events e USING (seq) WHERE (e.time, e.seq) > (?, ?) ${filter} ORDER BY e.time, e.seq LIMIT ?`;
const reuse = `
  SELECT min(time) AS time FROM events
  WHERE pid = ? AND host = ? AND starts = 1 AND time > ?
    AND id NOT IN (SELECT value FROM json_each(?)) AND entity IS NOT ?`;

/** The queries of a timeline. */
export function timelineRows(
  connection: Connection,
  load: (row: Row) => StemmaEvent,
  inOrder: (rows: readonly Row[], load: (row: Row) => StemmaEvent) => Promise<readonly StemmaEvent[]>,
): TimelineRows {
  return {
    async reuses(probes) {
      const next = connection.prepare(reuse);
      return probes.map(({ pid, host, after, own, entity }) => {
        const row = next.get(pid, host, after, JSON.stringify(own), entity);
        return row === undefined ? undefined : optionalNumber(row, "time");
      });
    },
    types: async (scope) =>
      connection
        .prepare(types)
        .all(...parametersOf(scope))
        .map((row) => ({
          ...typeOf(row),
          count: number(row, "events"),
          first: number(row, "first"),
          last: number(row, "last"),
        })),
    counts: async (scope, width) =>
      connection
        .prepare(counts)
        .all(...parametersOf(scope), scope.from, width)
        .map((row) => ({
          ...typeOf(row),
          host: text(row, "host"),
          bucket: number(row, "bucket"),
          count: number(row, "events"),
        })),
    async rows(scope, wanted, { time, place }, limit) {
      const filter = wanted === undefined ? "" : `AND ${typeKeys} IN (SELECT value FROM json_each(?))`;
      const keys = wanted === undefined ? [] : [JSON.stringify(wanted.map(typeKey))];
      const found = connection.prepare(rows(filter)).all(...parametersOf(scope), time, place, ...keys, limit);
      return found.map((row) => ({
        time: number(row, "time"),
        place: number(row, "seq"),
        stored: { segment: number(row, "segment"), position: number(row, "position") },
      }));
    },
    load: async (positions) =>
      inOrder(
        positions.flatMap(({ stored }) => (stored === undefined ? [] : [{ ...stored }])),
        load,
      ),
  };
}

function parametersOf({ records, ids, from, to, hosts }: RecordScope): readonly SqlValue[] {
  const everywhere = hosts.length === 0 ? [0, -1] : [from, to];
  return [JSON.stringify(records), JSON.stringify(ids), from, to, ...everywhere, JSON.stringify(hosts)];
}

function typeOf(row: Row): EventType {
  const [code, kind] = [optionalText(row, "code"), optionalText(row, "kind")];
  return {
    source: text(row, "source"),
    ...(code === undefined ? {} : { code }),
    ...(kind === undefined ? {} : { kind }),
    starts: number(row, "starts") === 1,
  };
}
