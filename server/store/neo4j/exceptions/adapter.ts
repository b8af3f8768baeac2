import { hash } from "node:crypto";
import { readable } from "../../damage.ts";
import { exceptionWithHits } from "../../exceptions/body.ts";
import type { ExceptionReader, ExceptionWriter } from "../../exceptions/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { number, optionalNumber, text } from "../row.ts";

/** Hits are counted from their nodes: a replay merges the same nodes again and changes no count. */
const withHits = `
  CALL (e) {
    OPTIONAL MATCH (h:ExceptionHit {exceptionId: e.id})
    RETURN count(h) AS hits, max(h.time) AS last
  }
  RETURN e.id AS id, e.body AS body, hits, last`;

export function exceptionReader(queries: Queries): ExceptionReader {
  return {
    async get(id) {
      const [row] = await queries.run(`MATCH (e:Exception {id: $id}) ${withHits}`, { id });
      return row === undefined ? undefined : exceptionWithHits(row);
    },
    async all() {
      const rows = await queries.run(`MATCH (e:Exception) ${withHits} ORDER BY e.createdAt DESC, e.id`);
      return readable(rows, exceptionWithHits);
    },
    async hits(exceptionId, { after, limit }) {
      const rows = await queries.run(
        `MATCH (h:ExceptionHit {exceptionId: $exceptionId})
         WHERE $time IS NULL OR h.time < $time
           OR (h.time = $time AND (h.ruleId < $ruleId OR (h.ruleId = $ruleId AND h.subject < $subject)))
         RETURN h.ruleId AS ruleId, h.subject AS subject, h.eventId AS eventId, h.time AS time,
           h.countedAt AS countedAt
         ORDER BY time DESC, ruleId DESC, subject DESC LIMIT $limit`,
        {
          exceptionId,
          time: after?.time ?? null,
          ruleId: after?.ruleId ?? null,
          subject: after?.subject ?? null,
          limit,
        },
      );
      return rows.map((row) => ({
        ruleId: text(row, "ruleId"),
        subject: text(row, "subject"),
        eventId: text(row, "eventId"),
        time: number(row, "time"),
        countedAt: optionalNumber(row, "countedAt"),
      }));
    },
  };
}

export function exceptionWriter(writes: Writes): ExceptionWriter {
  return {
    ...exceptionReader(writes),
    async put(exception) {
      writes.later("MERGE (e:Exception {id: $id}) ON CREATE SET e.createdAt = $createdAt SET e.body = $body", {
        id: exception.id,
        createdAt: exception.createdAt,
        body: JSON.stringify(exception),
      });
    },
    async addHit(exceptionId, { ruleId, subject, eventId, time, countedAt }) {
      writes.later(
        `MERGE (h:ExceptionHit {key: $key})
         ON CREATE SET h.exceptionId = $exceptionId, h.ruleId = $ruleId, h.subject = $subject, h.eventId = $eventId,
           h.time = $time, h.countedAt = $countedAt`,
        {
          key: hitKey(exceptionId, ruleId, indexed(subject)),
          exceptionId,
          ruleId,
          subject: indexed(subject),
          eventId,
          time,
          countedAt: countedAt ?? null,
        },
      );
    },
    async hitsOf(subjects) {
      const requested = subjects.map(({ ruleId, subject }, index) => ({ index, ruleId, subject: indexed(subject) }));
      const rows =
        requested.length === 0
          ? []
          : await writes.run(
              `UNWIND $requested AS requested
               MATCH (h:ExceptionHit {subject: requested.subject}) WHERE h.ruleId = requested.ruleId
               RETURN requested.index AS index, h.exceptionId AS id ORDER BY id`,
              { requested },
            );
      const found = Map.groupBy(rows, (row) => number(row, "index"));
      return requested.map(({ index }) => (found.get(index) ?? []).map((row) => text(row, "id")));
    },
  };
}

/** Moves hits from one subject to another, without counting a hit twice. */
export async function moveHits(writes: Writes, fromSubject: string, toSubject: string): Promise<void> {
  const [from, to] = [indexed(fromSubject), indexed(toSubject)];
  const rows = await writes.run(
    "MATCH (h:ExceptionHit {subject: $from}) RETURN h.exceptionId AS exceptionId, h.ruleId AS ruleId",
    { from },
  );
  if (rows.length === 0) {
    return;
  }
  const hits = rows.map((row) => {
    const [exceptionId, ruleId] = [text(row, "exceptionId"), text(row, "ruleId")];
    return { fromKey: hitKey(exceptionId, ruleId, from), toKey: hitKey(exceptionId, ruleId, to) };
  });
  writes.later(
    `UNWIND $hits AS hit
     MATCH (h:ExceptionHit {key: hit.fromKey})
     MERGE (moved:ExceptionHit {key: hit.toKey})
     ON CREATE SET moved.exceptionId = h.exceptionId, moved.ruleId = h.ruleId, moved.subject = $to,
       moved.eventId = h.eventId, moved.time = h.time, moved.countedAt = h.countedAt
     DELETE h`,
    { hits, to },
  );
}

/** Of fixed length, because subjects have no upper bound and index entries do. */
function hitKey(exceptionId: string, ruleId: string, subject: string): string {
  return hash("sha256", JSON.stringify([exceptionId, ruleId, subject]), "base64url");
}
