import { expect, it } from "vitest";
import { sqliteInTemporaryFolder } from "../../test/contracts/stores.ts";
import { alert } from "../../test/factories/alerts.ts";
import { fieldValuesOf } from "./field-values.ts";

it("completes what is typed from the alerts of the rules, the most frequent value first", async () => {
  const { store, dispose } = await sqliteInTemporaryFolder();
  try {
    const of = (id: string, names: string | string[], rule = "rule-1") =>
      alert({ id, rule: { id: rule, name: rule, version: "1", language: "eql" }, fields: { "user.name": names } });
    await store.write(async ({ alerts }) => {
      for (const each of [of("1", "alice"), of("2", ["Alice", "alice"]), of("3", "bob"), of("4", "alina", "other")]) {
        await alerts.put(each);
      }
      await alerts.put(alert({ id: "5", fields: {} }));
    });
    expect(await fieldValuesOf(store, { field: "user.name", search: "AL", rule: ["rule-1"] })).toEqual({
      values: [
        { value: "alice", count: 2 },
        { value: "Alice", count: 1 },
      ],
      ...{ distinct: 2, alerts: 4, total: 4, present: 3 },
    });
    expect(await fieldValuesOf(store, { field: "constructor" })).toMatchObject({ values: [], present: 0, total: 5 });
  } finally {
    await dispose();
  }
});
