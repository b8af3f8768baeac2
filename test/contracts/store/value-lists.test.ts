import { afterEach, beforeEach, expect, it } from "vitest";
import type { ValueListChange } from "#contracts/value-list";
import { listLookup } from "../../../server/alerting/list-lookup.ts";
import {
  changeValueList,
  createValueList,
  deleteValueList,
  valueListDetailOf,
} from "../../../server/exceptions/value-lists.ts";
import type { Store } from "../../../server/store/port.ts";
import { exception } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const by = { actor: { name: "lena" }, at: T0 };

describeStores("value lists", (open) => {
  let test: TestStore;
  let store: Store;
  let ids = 0;
  beforeEach(async () => {
    test = await open();
    store = test.store;
    ids = 0;
  });
  afterEach(() => test.dispose());

  const create = (name: string, values: string[], type: "keyword" | "wildcard" | "ip" = "keyword") => {
    ids += 1;
    return createValueList(store, { name, type, values }, { ...by, newId: () => `list-${ids}` });
  };
  const change = (given: Partial<ValueListChange>) =>
    changeValueList(store, "list-1", { add: [], remove: [], replace: false, ...given }, by);
  const values = () => store.valueLists.values("list-1");

  it("keep each value once, in the order given, whatever it is", async () => {
    const hostile = ["</script>", "a\nb", "'; DROP TABLE value_lists; --", "\u202e", "__proto__", "a\u0000b"];
    expect(await create("b", [...hostile, ...hostile])).toMatchObject({ ok: true, value: { added: hostile.length } });
    await create("A", []);
    expect(await values()).toEqual(hostile);
    expect((await store.valueLists.all()).map(({ name }) => name)).toEqual(["A", "b"]);
    const reopened = await test.reopen();
    expect(await reopened.valueLists.values("list-1")).toEqual(hostile);
  });

  it("change all or nothing, and their hash with them", async () => {
    await create("scanners", ["192.0.2.0/24", "198.51.100.7"], "ip");
    const before = await store.valueLists.get("list-1");
    expect(await change({ add: ["203.0.113.9", "nonsense"] })).toMatchObject({
      ok: false,
      error: { code: "value-list.invalid-value", at: { field: "values.1" } },
    });
    expect(await values()).toEqual(["192.0.2.0/24", "198.51.100.7"]);
    expect(await change({ add: ["203.0.113.9", "198.51.100.7"], remove: ["192.0.2.0/24"] })).toMatchObject({
      ok: true,
      value: { added: 1, removed: 1, list: { count: 2, changedBy: "lena" } },
    });
    expect((await store.valueLists.get("list-1"))?.hash).not.toBe(before?.hash);
    await change({ add: ["192.0.2.0/24", "198.51.100.7"], replace: true });
    expect((await store.valueLists.get("list-1"))?.hash).toBe(before?.hash);
  });

  it("are looked up by exceptions as they are now", async () => {
    await create("hosts", ["srv-1"]);
    const lookup = async () => (await listLookup(store.valueLists, ["list-1", "unknown"]))("list-1")?.values;
    expect(await lookup()).toEqual(["srv-1"]);
    await change({ add: ["srv-2"] });
    expect(await lookup()).toEqual(["srv-1", "srv-2"]);
  });

  it("are searched in any case, and say who uses them", async () => {
    await create("hosts", ["SRV-1", "srv-2", "ws-1"]);
    await store.write(({ exceptions }) => exceptions.put(exception({ hostList: "list-1" })));
    expect(await valueListDetailOf(store, "list-1", { search: "Srv", limit: 1 })).toMatchObject({
      ok: true,
      value: { values: ["SRV-1"], matching: 2, usedBy: [{ id: "exception-1" }] },
    });
    expect(await deleteValueList(store, "list-1", by)).toMatchObject({
      ok: false,
      error: { code: "value-list.in-use" },
    });
    await store.write(({ exceptions }) =>
      exceptions.put(exception({ hostList: "list-1", disabledAt: "2024-05-06T10:00:00.000Z" })),
    );
    expect(await deleteValueList(store, "list-1", by)).toMatchObject({ ok: true });
    expect([await values(), await store.valueLists.all()]).toEqual([[], []]);
  });

  it("have names of their own", async () => {
    await create("hosts", []);
    expect(await create("HOSTS", [])).toMatchObject({ ok: false, error: { code: "value-list.name-taken" } });
  });
});
