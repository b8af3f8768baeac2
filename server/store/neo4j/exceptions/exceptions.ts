import { hash } from "node:crypto";
import type { ExceptionReader, ExceptionWriter } from "../../exceptions/port.ts";
import { exceptionOf } from "../../exceptions/row.ts";
import { number, type Queries, text, type Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";

/** Hits are counted from their nodes, so that a replay, which finds the same ones, changes no figure. */
const withHits = `
  CALL (e) {
    OPTIONAL MATCH (h:ExceptionHit {exceptionId: e.id})
    RETURN count(h) AS hits, max(h.time) AS last
  }
  RETURN e.body AS body, hits, last`;

export function exceptionReader(queries: Queries): ExceptionReader {
  return {
    async get(id) {
      const [row] = await queries.run(`MATCH (e:Exception {id: $id}) ${withHits}`, { id });
      return row === undefined ? undefined : exceptionOf(row);
    },
    async all() {
      const rows = await queries.run(`MATCH (e:Exception) ${withHits} ORDER BY e.createdAt DESC, e.id`);
      return rows.map(exceptionOf);
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
    async addHit(exceptionId, { ruleId, subject, eventId, time }) {
      writes.later(
        `MERGE (h:ExceptionHit {key: $key})
         ON CREATE SET h.exceptionId = $exceptionId, h.ruleId = $ruleId, h.subject = $subject, h.eventId = $eventId,
           h.time = $time`,
        {
          key: hitKey(exceptionId, ruleId, indexed(subject)),
          exceptionId,
          ruleId,
          subject: indexed(subject),
          eventId,
          time,
        },
      );
    },
    async hitsOf(subjects) {
      const asked = subjects.map(({ ruleId, subject }, index) => ({ index, ruleId, subject: indexed(subject) }));
      const rows =
        asked.length === 0
          ? []
          : await writes.run(
              `UNWIND $asked AS asked
               MATCH (h:ExceptionHit {subject: asked.subject}) WHERE h.ruleId = asked.ruleId
               RETURN asked.index AS index, h.exceptionId AS id ORDER BY id`,
              { asked },
            );
      const found = Map.groupBy(rows, (row) => number(row, "index"));
      return asked.map(({ index }) => (found.get(index) ?? []).map((row) => text(row, "id")));
    },
  };
}

/** Hits that were counted for one subject count for another from now on, each once. */
export async function moveHits(writes: Writes, before: string, after: string): Promise<void> {
  const [from, to] = [indexed(before), indexed(after)];
  const rows = await writes.run(
    "MATCH (h:ExceptionHit {subject: $from}) RETURN h.exceptionId AS exceptionId, h.ruleId AS ruleId",
    { from },
  );
  if (rows.length === 0) {
    return;
  }
  const hits = rows.map((row) => {
    const [exceptionId, ruleId] = [text(row, "exceptionId"), text(row, "ruleId")];
    return { before: hitKey(exceptionId, ruleId, from), after: hitKey(exceptionId, ruleId, to) };
  });
  writes.later(
    `UNWIND $hits AS hit
     MATCH (h:ExceptionHit {key: hit.before})
     MERGE (moved:ExceptionHit {key: hit.after})
     ON CREATE SET moved.exceptionId = h.exceptionId, moved.ruleId = h.ruleId, moved.subject = $to,
       moved.eventId = h.eventId, moved.time = h.time
     DELETE h`,
    { hits, to },
  );
}

/** One number of characters for any three texts, which an index takes. */
function hitKey(exceptionId: string, ruleId: string, subject: string): string {
  return hash("sha256", JSON.stringify([exceptionId, ruleId, subject]), "base64url");
}
