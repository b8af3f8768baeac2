import { hash } from "node:crypto";
import {
  ACTIVITY_AROUND,
  type ActivityBucket,
  type ActivityCount,
  ActivityCounters,
  ANY_CODE,
  activeSpans,
  bucketsOf,
  SLOTS_OF_BUCKET,
} from "../../events/activity.ts";
import { storedHosts } from "../../events/coverage.ts";
import { packedColumns } from "../../events/packed-events.ts";
import type { ActiveSpan, StreamKind, StreamName, TimeRange } from "../../events/port.ts";
import type { Connection } from "../connection.ts";
import type { Reads } from "../reads.ts";
import { list, number, optionalText, type Row, text } from "../row.ts";
import { index, unique } from "../schema.ts";

/** An `(:Activity)` names its stream by a hash, because hosts and codes may be longer than an index allows. */
export const activitySchema: readonly string[] = [
  unique("activity_key", "Activity", "stream", "bucket"),
  index("activity_host", "Activity", "hostHash"),
];

const slots = Array.from({ length: SLOTS_OF_BUCKET }, (_, slot) => slot);

/** Cypher has no operations on bits: the half minutes of a bucket are a list of their numbers. */
export const mergeActivity = `
  UNWIND $activity AS count
  MERGE (a:Activity {stream: count.stream, bucket: count.bucket})
  ON CREATE SET a.host = count.host, a.hostHash = count.hostHash, a.source = count.source, a.code = count.code,
    a.first = count.first, a.last = count.last, a.slots = count.slots, a.events = count.events
  ON MATCH SET a.first = CASE WHEN count.first < a.first THEN count.first ELSE a.first END,
    a.last = CASE WHEN count.last > a.last THEN count.last ELSE a.last END,
    a.slots = [slot IN range(0, ${SLOTS_OF_BUCKET - 1}) WHERE slot IN a.slots OR slot IN count.slots],
    a.events = a.events + count.events`;

export function activityRows(counters: ActivityCounters) {
  return counters.counts().map((count: ActivityCount) => ({
    ...count,
    stream: streamKey(count),
    hostHash: hostHash(count.host),
    slots: slots.filter((slot) => (count.slots & (1 << slot)) !== 0),
  }));
}

function streamKey({ host, source, code = ANY_CODE }: StreamName): string {
  return hash("sha256", JSON.stringify([host, source, code]), "hex");
}

function hostHash(host: string): string {
  return hash("sha256", host, "hex");
}

/** Events per transaction when those that are stored already are counted. */
const PAGE = 20_000;

/**
 * Counts events that are stored already. Each page holds the lock of writers; what an interrupted migration has counted
 * is removed first.
 */
export async function deriveActivity(connection: Connection): Promise<void> {
  for (let last: string | undefined; ; ) {
    const transaction = await connection.begin();
    try {
      await transaction.run("MERGE (t:Turn {name: 'write'}) SET t.asked = timestamp()");
      if (last === undefined) {
        await transaction.run("MATCH (a:Activity) DELETE a");
      }
      const rows = await transaction.run(
        `MATCH (e:Event) WHERE e.id > $last
         RETURN e.id AS id, e.time AS time, e.host AS host, e.source AS source, e.code AS code ORDER BY id LIMIT ${PAGE}`,
        { last: last ?? "" },
      );
      const counters = new ActivityCounters();
      for (const row of rows) {
        counters.add(
          number(row, "time"),
          packedColumns.map((column) =>
            column === "host" || column === "source" || column === "code" ? (optionalText(row, column) ?? null) : null,
          ),
        );
      }
      await transaction.run(mergeActivity, { activity: activityRows(counters) });
      await transaction.commit();
      const end = rows.at(-1);
      if (end === undefined) {
        return;
      }
      last = text(end, "id");
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }
}

export async function storedStreams(reads: Reads, hosts: readonly string[]): Promise<readonly Required<StreamName>[]> {
  const rows = await reads.rows((parameters) => {
    const of = parameters.add(storedHosts(hosts).map(hostHash));
    return `MATCH (a:Activity) WHERE a.hostHash IN ${of} WITH DISTINCT a.host AS host, a.source AS source, a.code AS code
      RETURN {host: host, source: source, code: code}`;
  });
  const inOrder = ({ host, source, code }: Required<StreamName>) => [host, source, code];
  return rows
    .map((row) => ({ host: text(row, "host"), source: text(row, "source"), code: text(row, "code") }))
    .sort((left, right) => compareTexts(inOrder(left), inOrder(right)));
}

export async function storedKinds(reads: Reads): Promise<readonly StreamKind[]> {
  const rows = await reads.rows(
    () => "MATCH (a:Activity) WITH DISTINCT a.source AS source, a.code AS code RETURN {source: source, code: code}",
  );
  return rows
    .map((row) => ({ source: text(row, "source"), code: text(row, "code") }))
    .sort((left, right) => compareTexts([left.source, left.code], [right.source, right.code]));
}

function compareTexts(left: readonly string[], right: readonly string[]): number {
  for (const [index, text] of left.entries()) {
    const order = Buffer.compare(Buffer.from(text), Buffer.from(right[index] ?? ""));
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

export async function activityOf(reads: Reads, stream: StreamName, window: TimeRange): Promise<readonly ActiveSpan[]> {
  const { first, last } = bucketsOf(window);
  const rows = await reads.rows((parameters) => {
    const name = parameters.add({ stream: streamKey(stream), first, last });
    const found = "RETURN {bucket: a.bucket, first: a.first, last: a.last, slots: a.slots}";
    const match = (condition: string) => `MATCH (a:Activity {stream: asked.stream}) WHERE ${condition}`;
    return `WITH ${name} AS asked CALL (asked) {
        ${match("a.bucket < asked.first")} WITH a ORDER BY a.bucket DESC LIMIT ${ACTIVITY_AROUND} ${found} AS one
        UNION ALL ${match("a.bucket >= asked.first AND a.bucket <= asked.last")} ${found} AS one
        UNION ALL ${match("a.bucket > asked.last")} WITH a ORDER BY a.bucket LIMIT ${ACTIVITY_AROUND} ${found} AS one
      } RETURN one`;
  });
  return activeSpans(rows.map(bucketOf).sort((left, right) => left.bucket - right.bucket));
}

function bucketOf(row: Row): ActivityBucket {
  const active = list(row, "slots");
  return {
    bucket: number(row, "bucket"),
    first: number(row, "first"),
    last: number(row, "last"),
    slots: active.reduce((bits: number, slot) => bits | (1 << Number(slot)), 0),
  };
}
