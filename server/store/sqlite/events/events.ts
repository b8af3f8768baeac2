import { setImmediate } from "node:timers/promises";
import type { ProcessNode } from "#contracts/lineage";
import type { Coverage } from "#contracts/playbook";
import { foldCase } from "../../../condition/fold-case.ts";
import { pushdownPredicate } from "../../../condition/pushdown.ts";
import type { StemmaEvent } from "../../../event/event.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { aboutPid } from "../../events/about.ts";
import { prefilterFields } from "../../events/columns.ts";
import { COVERAGE_BUCKET, coverageRows } from "../../events/coverage.ts";
import { matchingEvents, matchingPages } from "../../events/matching-events.ts";
import type { EventQuery, EventReader, TimeRange } from "../../events/port.ts";
import { type Connection, number, optionalNumber, type Row, text } from "../connection.ts";
import { both, type Clause, oneOf, oneOfEntities, prefilter, within } from "./prefilter.ts";
import { segmentReader } from "./segments.ts";

/** Rows looked at between two breaths: other requests get their turn while a long search runs. */
const PAGE = 2_000;
/** Sysmon and Security tell of one start or end up to three seconds apart. */
const TWIN_TOLERANCE = 3_000;
const LATEST = Number.MAX_SAFE_INTEGER;

export function eventReader(connection: Connection): EventReader {
  const segments = segmentReader(connection);
  const load = (row: Row): StemmaEvent => segments.event(number(row, "segment"), number(row, "position"));
  const place = (id: string) => connection.prepare("SELECT segment, position FROM events WHERE id = ?").get(id);

  /** Pages of rows in order of time; rows that are appended meanwhile are not seen. */
  async function* loaded(rows: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly StemmaEvent[]> {
    for await (const page of rows) {
      yield page.map(load);
    }
  }

  async function* pages(clause: Clause, order: EventQuery["order"]): AsyncGenerator<readonly Row[]> {
    const newest = connection.prepare("SELECT coalesce(max(seq), 0) AS newest FROM events").get();
    const bound = newest === undefined ? 0 : number(newest, "newest");
    const [after, direction] = order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
    let [time, sequence] = order === "oldest-first" ? [-LATEST, 0] : [LATEST, LATEST];
    for (;;) {
      const rows = connection
        .prepare(
          `SELECT seq, time, segment, position FROM events
           WHERE ${clause.sql} AND seq <= ? AND (time, seq) ${after} (?, ?)
           ORDER BY time ${direction}, seq ${direction} LIMIT ${PAGE}`,
        )
        .all(...clause.parameters, bound, time, sequence);
      const last = rows.at(-1);
      if (last === undefined) {
        return;
      }
      yield rows;
      if (rows.length < PAGE) {
        return;
      }
      [time, sequence] = [number(last, "time"), number(last, "seq")];
      await setImmediate();
    }
  }

  const clauseOf = (query: Omit<EventQuery, "limit" | "order">): Clause =>
    both(prefilter(pushdownPredicate(query.condition, prefilterFields)), within("time", query));

  return {
    async get(id) {
      const row = place(id);
      return row === undefined ? undefined : load(row);
    },
    async original(id) {
      const row = place(id);
      return row === undefined ? undefined : segments.original(number(row, "segment"), number(row, "position"));
    },
    async find(query) {
      const clause = clauseOf(query);
      if (query.condition.kind === "constant") {
        // The store's own count is exact: there is nothing left for the evaluator to refuse.
        const row = connection
          .prepare(`SELECT count(*) AS total FROM events WHERE ${clause.sql}`)
          .get(...clause.parameters);
        const direction = query.order === "oldest-first" ? "ASC" : "DESC";
        const rows = connection
          .prepare(
            `SELECT segment, position FROM events WHERE ${clause.sql} ORDER BY time ${direction}, seq ${direction} LIMIT ?`,
          )
          .all(...clause.parameters, query.limit);
        return { events: rows.map(load), total: row === undefined ? 0 : number(row, "total"), tested: 0 };
      }
      return matchingEvents(loaded(pages(clause, query.order)), query);
    },
    scan: (query) => matchingPages(loaded(pages(clauseOf(query), "oldest-first")), query.condition),
    async coverage(query) {
      return coverageIn(connection, query);
    },
    async ofProcess(process, query) {
      const about = both(
        aboutProcess(connection, process),
        ...(query.kind === undefined ? [] : [oneOf("kind", [query.kind])]),
      );
      const counted = connection
        .prepare(`SELECT count(*) AS total FROM events WHERE ${about.sql}`)
        .get(...about.parameters);
      const [time, sequence] = decodeCursor(query.cursor, ["number", "number"]) ?? [-LATEST, 0];
      const rows = connection
        .prepare(
          `SELECT seq, time, segment, position FROM events WHERE ${about.sql} AND (time, seq) > (?, ?)
           ORDER BY time, seq LIMIT ?`,
        )
        .all(...about.parameters, time, sequence, query.limit + 1);
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(load),
        total: counted === undefined ? 0 : number(counted, "total"),
        ...(rows.length > shown.length && last !== undefined
          ? { next: encodeCursor([number(last, "time"), number(last, "seq")]) }
          : {}),
      };
    },
    async count() {
      const row = connection.prepare("SELECT count(*) AS events FROM events").get();
      return row === undefined ? 0 : number(row, "events");
    },
  };
}

/**
 * Records about one process: those with its entity id; those with its pid on its host, without any entity id, while it
 * lived (until its end, else until the pid starts again); and the records that it was folded from.
 */
function aboutProcess(connection: Connection, process: ProcessNode): Clause {
  const host = foldCase(process.host);
  const parts: Clause[] = [];
  if (process.entityId !== undefined) {
    parts.push(both(oneOfEntities([foldCase(process.entityId)]), oneOf("host", [host])));
  }
  const sources = process.sources.map((source) => source.eventId);
  if (process.pid !== undefined) {
    const pid = String(process.pid);
    const start = process.start === undefined ? -LATEST : Date.parse(process.start) - TWIN_TOLERANCE;
    const own = oneOf("id", sources);
    const next = connection
      .prepare(
        `SELECT min(time) AS time FROM events
         WHERE pid = ? AND host = ? AND starts = 1 AND time > ? AND NOT (${own.sql}) AND entity IS NOT ?`,
      )
      .get(
        pid,
        host,
        process.start === undefined ? -LATEST : Date.parse(process.start) + TWIN_TOLERANCE,
        ...own.parameters,
        process.entityId === undefined ? "" : foldCase(process.entityId),
      );
    const reused = next === undefined ? undefined : optionalNumber(next, "time");
    const end = process.end === undefined ? LATEST : Date.parse(process.end) + TWIN_TOLERANCE;
    parts.push({
      sql: "(about = ? AND pid = ? AND host = ? AND entity IS NULL AND time >= ? AND time <= ?)",
      parameters: [aboutPid(host, pid), pid, host, start, Math.min(end, reused === undefined ? LATEST : reused - 1)],
    });
  }
  if (sources.length > 0) {
    parts.push(oneOf("id", sources));
  }
  return parts.length === 0
    ? { sql: "0", parameters: [] }
    : { sql: `(${parts.map((part) => part.sql).join(" OR ")})`, parameters: parts.flatMap((part) => part.parameters) };
}

/**
 * Buckets that lie in the window as a whole are summed up; the events of those that its borders cut are counted one by
 * one, so the figures are exact.
 */
function coverageIn(
  connection: Connection,
  query: TimeRange & { readonly hosts?: readonly string[] },
): readonly Coverage[] {
  const hosts = query.hosts === undefined ? [] : [oneOf("host", query.hosts.map(foldCase))];
  const whole = both(...hosts, within("first", fromOf(query)), within("last", toOf(query)));
  const sums = connection
    .prepare(
      `SELECT host, source, min(first) AS first, max(last) AS last, sum(events) AS events FROM coverage
       WHERE ${whole.sql} GROUP BY host, source`,
    )
    .all(...whole.parameters);
  const edges = connection
    .prepare(
      `SELECT DISTINCT bucket FROM coverage
       WHERE (first < ? AND last >= ?) OR (first <= ? AND last > ?)`,
    )
    .all(query.from ?? -LATEST, query.from ?? -LATEST, query.to ?? LATEST, query.to ?? LATEST)
    .flatMap((row) => {
      const start = number(row, "bucket") * COVERAGE_BUCKET;
      const cut = both(
        ...hosts,
        within("time", { from: start, to: start + COVERAGE_BUCKET - 1 }),
        within("time", query),
        // Only what the sums above do not hold already.
        {
          sql: `NOT EXISTS (SELECT 1 FROM coverage c WHERE c.host = coalesce(events.host, '') AND c.source = events.source
                AND c.bucket = ? AND c.first >= ? AND c.last <= ?)`,
          parameters: [number(row, "bucket"), query.from ?? -LATEST, query.to ?? LATEST],
        },
      );
      return connection
        .prepare(
          `SELECT coalesce(host, '') AS host, source, min(time) AS first, max(time) AS last, count(*) AS events FROM events
           WHERE ${cut.sql} GROUP BY host, source`,
        )
        .all(...cut.parameters);
    });
  return coverageRows(
    [...sums, ...edges].map((row) => ({
      host: text(row, "host"),
      source: text(row, "source"),
      first: number(row, "first"),
      last: number(row, "last"),
      events: number(row, "events"),
    })),
  );
}

function fromOf(window: TimeRange): TimeRange {
  return window.from === undefined ? {} : { from: window.from };
}

function toOf(window: TimeRange): TimeRange {
  return window.to === undefined ? {} : { to: window.to };
}
