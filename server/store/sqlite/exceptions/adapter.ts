import { readable } from "../../damage.ts";
import { exceptionWithHits } from "../../exceptions/body.ts";
import type { ExceptionReader, ExceptionWriter } from "../../exceptions/port.ts";
import { type Connection, number, optionalNumber, text } from "../connection.ts";

/** Hits are counted from their rows: a replay inserts the same rows again and changes no count. */
const select = `
  SELECT id, body, (SELECT count(*) FROM exception_hits h WHERE h.exception_id = e.id) AS hits,
    (SELECT max(time) FROM exception_hits h WHERE h.exception_id = e.id) AS last
  FROM exceptions e`;

export function exceptionReader(connection: Connection): ExceptionReader {
  return {
    async get(id) {
      const row = connection.prepare(`${select} WHERE id = ?`).get(id);
      return row === undefined ? undefined : exceptionWithHits(row);
    },
    hits: async (exceptionId, { after, limit }) =>
      connection
        .prepare(
          `SELECT rule_id, subject, event_id, time, counted_at FROM exception_hits
           WHERE exception_id = ? AND (? IS NULL OR (time, rule_id, subject) < (?, ?, ?))
           ORDER BY time DESC, rule_id DESC, subject DESC LIMIT ?`,
        )
        .all(
          exceptionId,
          after?.time ?? null,
          after?.time ?? null,
          after?.ruleId ?? null,
          after?.subject ?? null,
          limit,
        )
        .map((row) => ({
          ruleId: text(row, "rule_id"),
          subject: text(row, "subject"),
          eventId: text(row, "event_id"),
          time: number(row, "time"),
          countedAt: optionalNumber(row, "counted_at"),
        })),
    all: async () => readable(connection.prepare(`${select} ORDER BY created_at DESC, id`).all(), exceptionWithHits),
  };
}

export function exceptionWriter(connection: Connection): ExceptionWriter {
  return {
    ...exceptionReader(connection),
    async put(exception) {
      connection
        .prepare(
          `INSERT INTO exceptions (id, created_at, body) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
        )
        .run(exception.id, exception.createdAt, JSON.stringify(exception));
    },
    async addHit(exceptionId, hit) {
      connection
        .prepare(
          `INSERT INTO exception_hits (exception_id, rule_id, subject, event_id, time, counted_at)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
        )
        .run(exceptionId, hit.ruleId, hit.subject, hit.eventId, hit.time, hit.countedAt ?? null);
    },
    hitsOf: async (subjects) =>
      subjects.map(({ ruleId, subject }) =>
        connection
          .prepare("SELECT exception_id FROM exception_hits WHERE subject = ? AND rule_id = ? ORDER BY exception_id")
          .all(subject, ruleId)
          .map((row) => text(row, "exception_id")),
      ),
  };
}
