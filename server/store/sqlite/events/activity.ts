import {
  ACTIVITY_AROUND,
  type ActivityBucket,
  ActivityCounters,
  ANY_CODE,
  activeSpans,
  bucketsOf,
} from "../../events/activity.ts";
import { storedHosts } from "../../events/coverage.ts";
import { packedColumns } from "../../events/packed-events.ts";
import type { ActiveSpan, StreamKind, StreamName, TimeRange } from "../../events/port.ts";
import { type Connection, number, optionalText, type Row, text } from "../connection.ts";

export const activityTable = `
  CREATE TABLE activity (
    host TEXT NOT NULL, source TEXT NOT NULL, code TEXT NOT NULL, bucket INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, slots INTEGER NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (host, source, code, bucket)
  ) STRICT, WITHOUT ROWID;
`;

/** Counts events that are stored already, with the counters that new ones are counted with. */
export function deriveActivity(connection: Connection): void {
  const page = connection.prepare(
    "SELECT seq, time, host, source, code FROM events WHERE seq > ? ORDER BY seq LIMIT 20000",
  );
  for (let last: number | undefined = Number.MIN_SAFE_INTEGER; last !== undefined; ) {
    const counters = new ActivityCounters();
    const rows = page.all(last);
    for (const row of rows) {
      counters.add(
        number(row, "time"),
        packedColumns.map((column) =>
          column === "host" || column === "source" || column === "code" ? (optionalText(row, column) ?? null) : null,
        ),
      );
    }
    mergeActivity(connection, counters);
    const end = rows.at(-1);
    last = end === undefined ? undefined : number(end, "seq");
  }
}

export function mergeActivity(connection: Connection, counters: ActivityCounters): void {
  const merge = connection.prepare(`
    INSERT INTO activity (host, source, code, bucket, first, last, slots, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (host, source, code, bucket) DO UPDATE SET
      first = min(first, excluded.first), last = max(last, excluded.last), slots = slots | excluded.slots,
      events = events + excluded.events`);
  for (const { host, source, code, bucket, first, last, slots, events } of counters.counts()) {
    merge.run(host, source, code, bucket, first, last, slots, events);
  }
}

export const activityKinds = "CREATE INDEX activity_kinds ON activity (source, code);";

/** Jumps from one kind to the next, as there are far fewer of them than rows. */
export function storedKinds(connection: Connection): readonly StreamKind[] {
  const next = connection.prepare(
    "SELECT source, code FROM activity WHERE (source, code) > (?, ?) ORDER BY source, code LIMIT 1",
  );
  const kinds: StreamKind[] = [];
  for (let row = next.get("", ""); row !== undefined; ) {
    const kind = { source: text(row, "source"), code: text(row, "code") };
    kinds.push(kind);
    row = next.get(kind.source, kind.code);
  }
  return kinds;
}

/** Jumps from one stream to the next along the key. */
export function storedStreams(connection: Connection, hosts: readonly string[]): readonly Required<StreamName>[] {
  const next = connection.prepare(
    `SELECT host, source, code FROM activity WHERE (host, source, code) > (?, ?, ?)
     ORDER BY host, source, code LIMIT 1`,
  );
  const first = connection.prepare(
    "SELECT host, source, code FROM activity WHERE host >= ? ORDER BY host, source, code LIMIT 1",
  );
  const of = (host: string): readonly Required<StreamName>[] => {
    const streams: Required<StreamName>[] = [];
    for (let row = first.get(host); row !== undefined && text(row, "host") === host; ) {
      const stream = { host: text(row, "host"), source: text(row, "source"), code: text(row, "code") };
      streams.push(stream);
      row = next.get(stream.host, stream.source, stream.code);
    }
    return streams;
  };
  return [...new Set(storedHosts(hosts))].sort().flatMap(of);
}

export function activityOf(
  connection: Connection,
  { host, source, code = ANY_CODE }: StreamName,
  window: TimeRange,
): readonly ActiveSpan[] {
  const { first, last } = bucketsOf(window);
  const rows = (condition: string, order: string, ...parameters: readonly number[]): readonly ActivityBucket[] =>
    connection
      .prepare(
        `SELECT bucket, first, last, slots FROM activity WHERE host = ? AND source = ? AND code = ? AND ${condition}
         ORDER BY bucket ${order}`,
      )
      .all(host, source, code, ...parameters)
      .map(bucketOf);
  return activeSpans([
    ...rows("bucket < ?", `DESC LIMIT ${ACTIVITY_AROUND}`, first).toReversed(),
    ...rows("bucket >= ? AND bucket <= ?", "ASC", first, last),
    ...rows("bucket > ?", `ASC LIMIT ${ACTIVITY_AROUND}`, last),
  ]);
}

function bucketOf(row: Row): ActivityBucket {
  return {
    bucket: number(row, "bucket"),
    first: number(row, "first"),
    last: number(row, "last"),
    slots: number(row, "slots"),
  };
}
