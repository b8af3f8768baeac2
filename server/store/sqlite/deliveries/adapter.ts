import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable } from "../../damage.ts";
import { countsOf, deliveryOf, targetColumn } from "../../deliveries/body.ts";
import type { DeliveryReader, DeliveryWriter } from "../../deliveries/port.ts";
import { allOf, equalsIfSet } from "../clause.ts";
import { type Connection, number, text } from "../connection.ts";

/** Escalations on their way to receivers. See docs/decisions/0069. */
export const deliveryTable = `
  CREATE TABLE deliveries (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, incident_key TEXT NOT NULL, target TEXT NOT NULL, state TEXT NOT NULL,
    next_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_at ON deliveries (at, id);
  CREATE INDEX deliveries_incident ON deliveries (incident_key, at, id);
  CREATE INDEX deliveries_due ON deliveries (state, target, next_at, id);
`;

const columns = "id, at, body";

export function deliveryReader(connection: Connection): DeliveryReader {
  return {
    async get(id) {
      const row = connection.prepare(`SELECT ${columns} FROM deliveries WHERE id = ?`).get(id);
      return row === undefined ? undefined : deliveryOf(row);
    },
    async page({ incidentKey, state, cursor, limit }) {
      const filter = allOf(...equalsIfSet("incident_key", incidentKey), ...equalsIfSet("state", state));
      const counted = connection
        .prepare(`SELECT count(*) AS total FROM deliveries WHERE ${filter.sql}`)
        .get(...filter.parameters);
      const [at, id] = decodeCursor(cursor, ["number", "string"]) ?? [Number.MAX_SAFE_INTEGER, ""];
      const rows = connection
        .prepare(
          `SELECT ${columns} FROM deliveries WHERE ${filter.sql} AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`,
        )
        .all(...filter.parameters, at, id, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: readable(page, deliveryOf),
        total: counted === undefined ? 0 : number(counted, "total"),
        ...(rows.length > page.length && last !== undefined
          ? { next: encodeCursor([number(last, "at"), text(last, "id")]) }
          : {}),
      };
    },
    async due(target, now, limit) {
      const rows = connection
        .prepare(
          `SELECT ${columns} FROM deliveries WHERE state = 'waiting' AND target = ? AND next_at <= ?
           ORDER BY next_at, id LIMIT ?`,
        )
        .all(targetColumn(target), now, limit);
      return readable(rows, deliveryOf);
    },
    counts: async () =>
      countsOf(connection.prepare("SELECT state, count(*) AS total FROM deliveries GROUP BY state").all()),
  };
}

export function deliveryWriter(connection: Connection): DeliveryWriter {
  return {
    ...deliveryReader(connection),
    async put(delivery) {
      const { id, at, incidentKey, target, state, nextAt } = delivery;
      connection
        .prepare(
          `INSERT INTO deliveries (id, at, incident_key, target, state, next_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET at = excluded.at, incident_key = excluded.incident_key,
             target = excluded.target, state = excluded.state, next_at = excluded.next_at, body = excluded.body`,
        )
        .run(id, at, incidentKey, targetColumn(target), state, nextAt, JSON.stringify(delivery));
    },
  };
}
