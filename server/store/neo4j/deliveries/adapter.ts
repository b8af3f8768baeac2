import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable } from "../../damage.ts";
import { countsOf, deliveryOf, targetColumn } from "../../deliveries/body.ts";
import type { DeliveryReader, DeliveryWriter } from "../../deliveries/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { countOf } from "../count-of.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { number, text } from "../row.ts";
import { index, unique } from "../schema.ts";

export const deliverySchema: readonly string[] = [
  unique("delivery_id", "Delivery", "id"),
  index("delivery_at", "Delivery", "at"),
  index("delivery_incident", "Delivery", "incidentKey"),
  index("delivery_due", "Delivery", "state", "target", "nextAt"),
];

const columns = "d.id AS id, d.at AS at, d.body AS body";

export function deliveryReader(queries: Queries): DeliveryReader {
  return {
    async get(id) {
      const [row] = await queries.run(`MATCH (d:Delivery {id: $id}) RETURN ${columns}`, { id });
      return row === undefined ? undefined : deliveryOf(row);
    },
    async page({ incidentKey, state, cursor, limit }) {
      const filter = [
        incidentKey === undefined ? "true" : "d.incidentKey = $incidentKey",
        state === undefined ? "true" : "d.state = $state",
      ].join(" AND ");
      const parameters = { incidentKey: indexedIfAny(incidentKey), state };
      const [at, id] = decodeCursor(cursor, ["number", "string"]) ?? [Number.MAX_SAFE_INTEGER, ""];
      const total = await countOf(queries, `MATCH (d:Delivery) WHERE ${filter}`, "d", parameters);
      const rows = await queries.run(
        `MATCH (d:Delivery) WHERE ${filter} AND d.at <= $at AND (d.at < $at OR d.id < $id)
         RETURN ${columns} ORDER BY at DESC, id DESC LIMIT $limit`,
        { ...parameters, at, id, limit: limit + 1 },
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: readable(page, deliveryOf),
        total,
        ...(rows.length > page.length && last !== undefined
          ? { next: encodeCursor([number(last, "at"), text(last, "id")]) }
          : {}),
      };
    },
    async due(target, now, limit) {
      const rows = await queries.run(
        `MATCH (d:Delivery) WHERE d.state = 'waiting' AND d.target = $target AND d.nextAt <= $now
         RETURN ${columns} ORDER BY d.nextAt, id LIMIT $limit`,
        { target: indexed(targetColumn(target)), now, limit },
      );
      return readable(rows, deliveryOf);
    },
    counts: async () => countsOf(await queries.run("MATCH (d:Delivery) RETURN d.state AS state, count(*) AS total")),
  };
}

export function deliveryWriter(writes: Writes): DeliveryWriter {
  return {
    ...deliveryReader(writes),
    async put(delivery) {
      writes.later(
        `MERGE (d:Delivery {id: $id})
         SET d.at = $at, d.incidentKey = $incidentKey, d.target = $target, d.state = $state, d.nextAt = $nextAt, d.body = $body`,
        {
          id: delivery.id,
          at: delivery.at,
          incidentKey: indexed(delivery.incidentKey),
          target: indexed(targetColumn(delivery.target)),
          state: delivery.state,
          nextAt: delivery.nextAt,
          body: JSON.stringify(delivery),
        },
      );
    },
  };
}
