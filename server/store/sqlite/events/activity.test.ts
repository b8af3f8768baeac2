import { afterAll, beforeAll, expect, it } from "vitest";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../../../test/factories/workbench-store.ts";
import { type Connection, connect } from "../connection.ts";
import { derivations } from "../integrity/references.ts";
import { deriveActivity } from "./activity.ts";

let world: WorkbenchStore;
let connection: Connection;
beforeAll(async () => {
  world = await openWorkbenchStore();
  await world.take({ sampleAt: noon });
  connection = connect(world.file, { readOnly: false, busyTimeout: 1000 });
});
afterAll(async () => {
  connection.close();
  await world.close();
});

const rows = () => connection.prepare("SELECT * FROM activity ORDER BY host, source, code, bucket").all();
const wrong = () => {
  const check = derivations.find(({ what }) => what === "number of events in the activity");
  return connection.prepare(check?.sql ?? "").all().length;
};

it("is derived for stored events as it is counted for new ones", () => {
  const counted = rows();
  expect(counted.length).toBeGreaterThan(100);
  connection.execute("DELETE FROM activity");
  deriveActivity(connection);
  expect(rows()).toEqual(counted);
});

it.each([
  "DELETE FROM activity WHERE code = '1' AND host LIKE 'ws-07%'",
  "DELETE FROM activity WHERE code = ''",
  "UPDATE activity SET slots = 0 WHERE code = ''",
  "UPDATE activity SET events = events + 1 WHERE code = ''",
])("is checked against the events: %s", (damage) => {
  expect(wrong()).toBe(0);
  connection.execute(`BEGIN; ${damage}`);
  expect(wrong()).toBeGreaterThan(0);
  connection.execute("ROLLBACK");
});
