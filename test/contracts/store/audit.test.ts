import { afterEach, beforeEach, expect, it } from "vitest";
import { auditHash } from "../../../server/store/audit/chain.ts";
import { conflictWith, versionOf } from "../../../server/store/audit/version.ts";
import type { Store } from "../../../server/store/port.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("the audit trail", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("numbers records, chains them by hash and pages them newest first", async () => {
    const entry = (id: string) => ({
      at: T0,
      actor: { name: "a", origin: { account: "1", method: "passkey", address: "192.0.2.1" } } as const,
      action: "b",
      subject: { kind: "alert", id },
      after: { z: 1, a: [undefined, "x"] },
    });
    for (const id of ["1", "2", "3"]) {
      await store.write(({ audit }) => audit.append(entry(id)));
    }
    const records = (await Array.fromAsync(store.audit.all())).flat();
    expect(records.map((record) => record.sequence)).toEqual([1, 2, 3]);
    for (const [index, { hash, ...content }] of records.entries()) {
      expect(hash).toBe(auditHash(content));
      expect(content.previousHash).toBe(records[index - 1]?.hash ?? "0".repeat(64));
      expect(auditHash({ ...content, actor: "someone else" })).not.toBe(hash);
    }
    const first = await store.audit.page({ limit: 2 });
    expect([first.items.map((record) => record.sequence), first.total]).toEqual([[3, 2], 3]);
    const second = await store.audit.page({ limit: 2, cursor: first.next });
    expect([second.items.map((record) => record.sequence), second.next]).toEqual([[1], undefined]);
    expect((await store.audit.page({ kind: "alert", id: "2", limit: 9 })).items).toHaveLength(1);
  });

  it("has what was changed of a subject since a version, in a transaction too", async () => {
    const alerts = { kind: "alert", ids: ["1"] };
    const put = (kind: string, id: string, action = "b") =>
      store.write(({ audit }) =>
        audit.append({ at: T0, actor: { name: "a" }, action, subject: { kind, id }, after: { value: action } }),
      );
    const sequences = async (...query: Parameters<Store["audit"]["about"]>) =>
      (await store.audit.about(...query)).map(({ sequence }) => sequence);
    expect(await versionOf(store.audit, alerts)).toBe("0");
    await put("alert", "1");
    const seen = await versionOf(store.audit, alerts);
    await put("alert", "2");
    await put("rule", "1");
    expect(await versionOf(store.audit, alerts)).toBe(seen);
    await put("alert", "1", "c");
    expect(await sequences(alerts, {})).toEqual([4, 1]);
    expect(await sequences(alerts, { from: 2 })).toEqual([4]);
    expect(await sequences(alerts, { limit: 1 })).toEqual([4]);
    expect(await sequences({ kind: "alert" }, {})).toEqual([4, 2, 1]);
    expect(await sequences({ kind: "alert", ids: ["2", "1", "3"] }, {})).toEqual([4, 2, 1]);
    expect(await sequences({ kind: "rule", ids: ["x".repeat(5000)] }, {})).toEqual([]);
    const check = (expected: string, action: string) =>
      store.write(({ audit }) => conflictWith(audit, alerts, [expected], (record) => record.action === action));
    expect(await check(seen, "b")).toBeUndefined();
    expect(await check(seen, "c")).toMatchObject({
      code: "request.conflict",
      conflict: { total: 1, changed: [{ actor: "a", fields: [{ field: "value", after: "c" }] }] },
    });
    // A version of another trail is none of this one.
    expect(await check(`${seen.slice(0, -1)}!`, "b")).toMatchObject({ conflict: { total: 0 } });
    expect(await check("99-aaaaaaaa", "b")).toMatchObject({ conflict: { total: 0 } });
  });

  it("has the changes of an alert under all its ids", async () => {
    await store.write(({ alerts }) => alerts.put(alert({ id: "first", processKey: "p1" })));
    const put = (id: string) =>
      store.write(({ audit }) =>
        audit.append({ at: T0, actor: { name: "a" }, action: "b", subject: { kind: "alert", id }, after: { id } }),
      );
    await put("first");
    await store.write(({ alerts }) => alerts.rekey(new Map([["p1", "p2"]])));
    const second = (await store.alerts.get("first"))?.id ?? "";
    await put(second);
    await store.write(({ alerts }) => alerts.rekey(new Map([["p2", "p3"]])));
    const third = (await store.alerts.get("first"))?.id ?? "";
    expect(new Set(["first", second, third]).size).toBe(3);
    for (const id of ["first", second, third]) {
      const found = await store.audit.about({ kind: "alert", ids: [id] }, {});
      expect(found.map(({ subject }) => subject.id)).toEqual([second, "first"]);
      expect(await store.audit.about({ kind: "rule", ids: [id] }, {})).toEqual([]);
    }
  });
});
