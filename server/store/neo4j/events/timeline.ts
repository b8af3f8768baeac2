import type { EventType } from "../../../event/timeline-kind.ts";
import { aboutPid } from "../../events/about.ts";
import { type RecordScope, type TimelineRows, typeKey } from "../../events/timeline.ts";
import type { Queries } from "../connection.ts";
import type { Parameters } from "../driver-value.ts";
import { number, optionalNumber, optionalText, type Row, text } from "../row.ts";
import type { SegmentReader } from "./segments.ts";

/** Binds `e` to the events of a scope: by the index on what they are about, by id, and by the index on time. */
function inScope({ hosts }: RecordScope): string {
  const parts = [
    `UNWIND $records AS p MATCH (e:Event) WHERE e.about = p.about AND e.host = p.host
       AND e.time >= p.from AND e.time <= p.to
       AND CASE WHEN p.entity IS NULL THEN e.entity IS NULL AND e.pid = p.pid ELSE e.entity = p.entity END`,
    "MATCH (e:Event) WHERE e.id IN $ids AND e.time >= $from AND e.time <= $to",
    ...(hosts.length === 0
      ? []
      : ["MATCH (e:Event) USING INDEX e:Event(time) WHERE e.time >= $from AND e.time <= $to AND e.host IN $hosts"]),
  ];
  return `CALL () { ${parts.map((part) => `${part} RETURN e`).join(" UNION ")} } WITH e`;
}

const type = "e.source AS source, e.code AS code, e.kind AS kind, e.starts IS NOT NULL AS starts";

/** The queries of a timeline. */
export function timelineRows(queries: Queries, segments: SegmentReader): TimelineRows {
  return {
    async reuses(probes) {
      if (probes.length === 0) {
        return [];
      }
      const rows = await queries.run(
        `UNWIND $probes AS p
         CALL (p) {
           MATCH (e:Event) WHERE e.starts = p.starts AND e.pid = p.pid AND e.host = p.host AND e.time > p.after
             AND NOT e.id IN p.own AND coalesce(e.entity <> p.entity, true)
           RETURN min(e.time) AS time
         }
         RETURN p.index AS index, time ORDER BY index`,
        { probes: probes.map((probe, index) => ({ ...probe, index, starts: aboutPid(probe.host, probe.pid) })) },
      );
      return rows.map((row) => optionalNumber(row, "time"));
    },
    async types(scope) {
      const rows = await queries.run(
        `${inScope(scope)} RETURN ${type}, count(*) AS events, min(e.time) AS first, max(e.time) AS last
         ORDER BY source, code, kind, starts`,
        parametersOf(scope),
      );
      return rows.map((row) => ({
        ...typeOf(row),
        count: number(row, "events"),
        first: number(row, "first"),
        last: number(row, "last"),
      }));
    },
    async counts(scope, width) {
      const rows = await queries.run(
        `${inScope(scope)}
         RETURN ${type}, coalesce(e.host, '') AS host, (e.time - $from) / $width AS bucket, count(*) AS events`,
        { ...parametersOf(scope), width },
      );
      return rows.map((row) => ({
        ...typeOf(row),
        host: text(row, "host"),
        bucket: number(row, "bucket"),
        count: number(row, "events"),
      }));
    },
    async rows(scope, wanted, { time, place }, limit) {
      const filter =
        wanted === undefined
          ? ""
          : "AND [e.source, coalesce(e.code, ''), coalesce(e.kind, ''), toString(e.starts IS NOT NULL)] IN $types";
      const rows = await queries.run(
        `${inScope(scope)} WHERE (e.time > $time OR (e.time = $time AND e.place > $place)) ${filter}
         RETURN e.time AS time, e.place AS place ORDER BY time, place LIMIT $limit`,
        {
          ...parametersOf(scope),
          time,
          place,
          limit,
          types: (wanted ?? []).map((one) => (JSON.parse(typeKey(one)) as unknown[]).map(String)),
        },
      );
      return rows.map((row) => ({ time: number(row, "time"), place: number(row, "place") }));
    },
    load: (positions) => segments.events(positions.map(({ place }) => place)),
  };
}

function parametersOf({ records, ids, hosts, from, to }: RecordScope): Parameters {
  return { records: records.map((one) => ({ ...one })), ids, hosts, from, to };
}

function typeOf(row: Row): EventType {
  const [code, kind] = [optionalText(row, "code"), optionalText(row, "kind")];
  return {
    source: text(row, "source"),
    ...(code === undefined ? {} : { code }),
    ...(kind === undefined ? {} : { kind }),
    starts: row["starts"] === true,
  };
}
