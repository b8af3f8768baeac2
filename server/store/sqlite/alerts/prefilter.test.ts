import { expect, it } from "vitest";
import { alert } from "../../../../test/factories/alerts.ts";
import { and, type Condition, equals, exists } from "../../../condition/tree.ts";
import { alertBody } from "../../alerts/body.ts";
import { type Connection, connect, text } from "../connection.ts";
import { lineageReader } from "../lineage/reader.ts";
import { migrations } from "../migrations.ts";
import { alertReader } from "./reader.ts";

/** A database migrated up to a schema version, by default the newest. */
function database(last = Number.POSITIVE_INFINITY): Connection {
  const connection = connect(":memory:", { readOnly: false, busyTimeout: 0 });
  for (const { sql } of migrations.filter(({ number }) => number <= last)) {
    connection.execute(sql);
  }
  return connection;
}

async function found(connection: Connection, condition: Condition): Promise<readonly string[]> {
  const { items } = await alertReader(connection, lineageReader(connection).accounts).find({ condition, limit: 10 });
  return items.map(({ id }) => id).sort();
}

it("finds alerts that were stored before subjects were introduced", async () => {
  const connection = database(13);
  const lena = alert({ id: "a", host: "pc-1", user: { name: "Lena", domain: "CORP", id: "S-1-5-21-7" } });
  const many = alert({ id: "b", host: "pc-2", fields: { "host.name": ["pc-2", "pc-3"], "process.pid": 7 } });
  for (const one of [lena, many]) {
    connection
      .prepare(
        `INSERT INTO alerts (id, rule_id, rule_name, severity, risk, building_block, time, detected_at, host, status, tactics)
         VALUES (?, 'r', 'r', 1, 1, 0, ?, ?, ?, 'open', '[]')`,
      )
      .run(one.id, one.time, one.detectedAt, one.host);
    connection.prepare("INSERT INTO alert_bodies (id, body) VALUES (?, ?)").run(one.id, alertBody(one));
  }
  for (const { sql } of migrations.filter(({ number }) => number > 13)) {
    connection.execute(sql);
  }
  expect(await found(connection, equals("user.name", "lena", { caseInsensitive: true }))).toEqual(["a"]);
  expect(await found(connection, equals("host.name", "pc-3"))).toEqual(["b"]);
  expect(await found(connection, and(equals("host.name", "pc-3"), equals("process.pid", 7)))).toEqual(["b"]);
  expect(await found(connection, equals("process.pid", 8))).toEqual([]);
  expect(await found(connection, exists("user.id"))).toEqual(["a"]);
  connection.close();
});

it("counts alerts by subject from a covering index", () => {
  const connection = database();
  const plan = connection
    .prepare(
      `EXPLAIN QUERY PLAN SELECT count(*) AS total FROM json_each(?) wanted CROSS JOIN alerts ON subject = wanted.value
       WHERE (time >= ? AND time <= ?)`,
    )
    .all("[1]", 0, 1)
    .map((row) => text(row, "detail"));
  expect(plan).toContainEqual(
    expect.stringContaining("COVERING INDEX alerts_subject (subject=? AND time>? AND time<?)"),
  );
  connection.close();
});
