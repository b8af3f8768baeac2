import { foldCase } from "../../../condition/fold-case.ts";
import { type PushdownPredicate, pushdownPredicate } from "../../../condition/pushdown.ts";
import type { StemmaEvent } from "../../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { prefilterFields } from "../../events/columns.ts";
import { COVERAGE_BUCKET, coverageRows, type Span } from "../../events/coverage.ts";
import { matchingEvents, matchingPages } from "../../events/matching-events.ts";
import type { EventQuery, EventReader, TimeRange } from "../../events/port.ts";
import { list, number, type Queries, type Row, text } from "../connection.ts";
import { prefilter, Values, waysIn, within } from "./prefilter.ts";
import { recordsOf } from "./process-records.ts";
import { placeOf } from "./rows.ts";
import { segmentReader } from "./segments.ts";

/** Events looked at between two round trips. */
const PAGE = 2_000;
const LATEST = Number.MAX_SAFE_INTEGER;

export function eventReader(queries: Queries): EventReader {
  const segments = segmentReader(queries);

  /** Pages in order of time of what the store's own narrowing lets through; events appended meanwhile are not seen. */
  async function* pages(query: Omit<EventQuery, "limit">): AsyncGenerator<readonly StemmaEvent[]> {
    const predicate = pushdownPredicate(query.condition, prefilterFields);
    const bound = await newestPlace(queries);
    const oldest = query.order === "oldest-first";
    let [time, place] = oldest ? [-LATEST, -1] : [LATEST, LATEST];
    for (;;) {
      const values = new Values();
      const [t, p] = [values.add(time), values.add(place)];
      const after = oldest
        ? `e.time >= ${t} AND (e.time > ${t} OR e.place > ${p})`
        : `e.time <= ${t} AND (e.time < ${t} OR e.place < ${p})`;
      const filter = `${prefilter(predicate, values)} AND ${within(query, values)} AND e.place <= ${values.add(bound)} AND ${after}`;
      const direction = oldest ? "ASC" : "DESC";
      const rows = await queries.run(
        `${matching(predicate, filter, values)}
         RETURN e.time AS time, e.place AS place ORDER BY time ${direction}, place ${direction} LIMIT ${PAGE}`,
        values.all,
      );
      const last = rows.at(-1);
      if (last === undefined) {
        return;
      }
      yield await segments.events(rows.map((row) => number(row, "place")));
      if (rows.length < PAGE) {
        return;
      }
      [time, place] = [number(last, "time"), number(last, "place")];
    }
  }

  const find = async (id: string): Promise<number | undefined> => {
    const [row] = await queries.run("MATCH (e:Event {id: $id}) RETURN e.place AS place", { id });
    return row === undefined ? undefined : number(row, "place");
  };

  return {
    async get(id) {
      const place = await find(id);
      return place === undefined ? undefined : (await segments.events([place]))[0];
    },
    async original(id) {
      const place = await find(id);
      return place === undefined ? undefined : segments.original(place);
    },
    async find(query) {
      if (query.condition.kind === "constant") {
        return { ...(await plainly(query)), tested: 0 };
      }
      return matchingEvents(pages(query), query);
    },
    scan: (query) => matchingPages(pages({ ...query, order: "oldest-first" }), query.condition),
    coverage: (query) => coverageIn(queries, query),
    async ofProcess(process, query) {
      const values = new Values();
      const matching = await recordsOf(queries, process, values);
      const kind = query.kind === undefined ? "true" : `e.kind = ${values.add(query.kind)}`;
      const [counted] = await queries.run(`${matching} WITH e WHERE ${kind} RETURN count(e) AS total`, values.all);
      const [time, place] = decodeCursor(query.cursor, ["number", "number"]) ?? [-LATEST, -1];
      const [t, p] = [values.add(time), values.add(place)];
      const rows = await queries.run(
        `${matching} WITH e WHERE ${kind} AND (e.time > ${t} OR (e.time = ${t} AND e.place > ${p}))
         RETURN e.time AS time, e.place AS place ORDER BY time, place LIMIT ${values.add(query.limit + 1)}`,
        values.all,
      );
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        items: await segments.events(shown.map((row) => number(row, "place"))),
        total: counted === undefined ? 0 : number(counted, "total"),
        ...(rows.length > shown.length && last !== undefined
          ? { next: encodeCursor([number(last, "time"), number(last, "place")]) }
          : {}),
      };
    },
    async count() {
      const [row] = await queries.run("MATCH (e:Event) RETURN count(e) AS events");
      return row === undefined ? 0 : number(row, "events");
    },
  };

  /** The store's own count is exact: there is nothing left for the evaluator to refuse. */
  async function plainly(query: EventQuery): Promise<{ events: readonly StemmaEvent[]; total: number }> {
    const values = new Values();
    const filter = `${prefilter(pushdownPredicate(query.condition, prefilterFields), values)} AND ${within(query, values)}`;
    const direction = query.order === "oldest-first" ? "ASC" : "DESC";
    const [counted] = await queries.run(`MATCH (e:Event) WHERE ${filter} RETURN count(e) AS total`, values.all);
    const rows = await queries.run(
      `MATCH (e:Event) WHERE e.time IS NOT NULL AND ${filter}
       RETURN e.place AS place ORDER BY e.time ${direction}, place ${direction} LIMIT ${values.add(query.limit)}`,
      values.all,
    );
    return {
      events: await segments.events(rows.map((row) => number(row, "place"))),
      total: counted === undefined ? 0 : number(counted, "total"),
    };
  }
}

/** Cypher that binds `e` to the events that `filter` lets through: by the predicate's ways into an index, else by time. */
function matching(predicate: PushdownPredicate, filter: string, values: Values): string {
  const ways = waysIn(predicate);
  if (ways === undefined) {
    return `MATCH (e:Event) USING INDEX e:Event(time) WHERE ${filter}`;
  }
  const [only, ...others] = ways.map((way) => `MATCH (e:Event) WHERE ${prefilter(way, values)} AND ${filter}`);
  return others.length === 0
    ? (only ?? "")
    : `CALL () { ${[only, ...others].map((way) => `${way} RETURN e`).join(" UNION ")} } WITH e`;
}

async function newestPlace(queries: Queries): Promise<number> {
  const [row] = await queries.run("MATCH (t:Turn {name: 'write'}) RETURN coalesce(t.segments, 1) AS segment");
  return row === undefined ? -1 : placeOf(number(row, "segment"), 0) - 1;
}

/**
 * Buckets that lie in the window as a whole are summed up; the events of those that its borders cut are counted one by
 * one, so the figures are exact.
 */
async function coverageIn(queries: Queries, query: TimeRange & { readonly hosts?: readonly string[] }) {
  const parameters = {
    from: query.from ?? -LATEST,
    to: query.to ?? LATEST,
    hosts: query.hosts?.map(foldCase) ?? null,
  };
  const whole = await queries.run(
    `MATCH (c:EventCoverage)
     WHERE c.first >= $from AND c.last <= $to AND ($hosts IS NULL OR c.host IN $hosts)
     RETURN c.host AS host, c.source AS source, min(c.first) AS first, max(c.last) AS last, sum(c.events) AS events`,
    parameters,
  );
  const cut = await queries.run(
    `MATCH (c:EventCoverage)
     WHERE ((c.first < $from AND c.last >= $from) OR (c.first <= $to AND c.last > $to))
       AND ($hosts IS NULL OR c.host IN $hosts)
     RETURN c.bucket AS bucket, collect({host: c.host, source: c.source}) AS parts`,
    parameters,
  );
  const edges: Span[] = [];
  for (const row of cut) {
    const start = number(row, "bucket") * COVERAGE_BUCKET;
    const counted = await queries.run(
      `MATCH (e:Event) USING INDEX e:Event(time) WHERE e.time >= $from AND e.time <= $to
       WITH coalesce(e.host, '') AS host, e.source AS source, e.time AS time
       WHERE {host: host, source: source} IN $parts
       RETURN host, source, min(time) AS first, max(time) AS last, count(*) AS events`,
      {
        parts: list(row, "parts").map((part) => ({ host: text(part, "host"), source: text(part, "source") })),
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
