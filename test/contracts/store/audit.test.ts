import { afterEach, beforeEach, expect, it } from "vitest";
import { auditHash } from "../../../server/store/audit/chain.ts";
import type { Store } from "../../../server/store/port.ts";
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
});
