import { describe, expect, it } from "vitest";
import { alert } from "../../test/factories/alerts.ts";
import { noon, openWorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../alert/record.ts";
import type { StoreTransaction } from "../store/port.ts";
import { storedAlert } from "./stored-alert.ts";

const tablesWith = (stored: readonly AlertRecord[]) =>
  ({
    alerts: { get: async (id: string) => stored.find((one) => one.id === id) },
  }) as unknown as Pick<StoreTransaction, "alerts">;

describe("an alert of a database whose ids could begin with a dash", () => {
  it("is found by the id that is derived today", async () => {
    const former = { ...alert({}), id: "-b0_9-cdefghijklmnopqr" };
    expect(await storedAlert(tablesWith([former]), "_b0_9-cdefghijklmnopqr")).toBe(former);
    expect(await storedAlert(tablesWith([former]), "xb0_9-cdefghijklmnopqr")).toBeUndefined();
  });

  it("is raised no second time by the same records, and keeps its id", async () => {
    const [first, second] = [await openWorkbenchStore(), await openWorkbenchStore()];
    try {
      await first.take({ sampleAt: noon });
      const all = async ({ store }: typeof first) => (await store.alerts.find({ limit: 1000 })).items;
      const [before, formerOf] = [await all(first), (id: string) => `-${id.slice(1)}`];
      const single = before.filter(({ sequence }) => sequence === undefined);
      expect(before.every(({ id }) => !id.startsWith("-"))).toBe(true);
      expect(single.length).toBeGreaterThan(10);
      await second.store.write(async ({ alerts }) => {
        for (const one of single) {
          await alerts.put({ ...one, id: formerOf(one.id) });
        }
      });
      await second.take({ sampleAt: noon });
      const after = await all(second);
      expect(after).toHaveLength(before.length);
      const ids = new Set(after.map(({ id }) => id));
      expect(single.filter(({ id }) => !ids.has(formerOf(id)))).toEqual([]);
    } finally {
      await first.close();
      await second.close();
    }
  });
});
