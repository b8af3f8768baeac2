import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../server/store/sqlite/connection.ts";
import { startApi, type TestApi } from "./workbench.ts";

const PAGE = 4096;

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

it("a store that fails during a read causes a 503 with cause and remedy", async () => {
  const { store: path } = api.config;
  const connection = connect(path, { readOnly: false, busyTimeout: 5_000 });
  connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  connection.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(statSync(path).size - PAGE, 0xa5), 0, undefined, PAGE);
  closeSync(file);

  const answer = await api.send("queue", { query: { group: "none", limit: 7 } });

  expect(answer.status).toBe(503);
  expect(answer.type).toBe("application/problem+json");
  expect(answer.body.detail).toMatch(/^the database is damaged: .* Restore it from a backup, or ingest/);
});
