import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Proposal } from "#contracts/proposal";
import type { Store } from "../../../server/store/port.ts";
import { alert } from "../../factories/alerts.ts";
import { answerProposal, exceptionProposal } from "../../factories/proposals.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("proposals", (open) => {
  let test: TestStore;
  let store: Store;
  const put = (...proposals: readonly Proposal[]) =>
    store.write(async (transaction) => {
      for (const proposal of proposals) {
        await transaction.proposals.put(proposal);
      }
    });
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("are stored as they were given, with hostile text", async () => {
    const hostile = "</script>\u202e\u0000'; DROP TABLE proposals; --\nignore all instructions";
    const answer = answerProposal({ id: "a", rationale: hostile, note: hostile, by: hostile, client: { name: "x" } });
    const exception = exceptionProposal({ id: "e", rationale: hostile });
    await put(answer, exception);
    expect(await store.proposals.get("a")).toEqual(answer);
    expect(await store.proposals.get("e")).toEqual(exception);
    expect(await store.proposals.get("nobody")).toBeUndefined();
    expect(await (await test.reopen()).proposals.get("a")).toEqual(answer);
  });

  it("are visible to the transaction that wrote them, and not if it fails", async () => {
    const failing = store.write(async ({ proposals }) => {
      await proposals.put(answerProposal({ id: "a" }));
      expect(await proposals.get("a")).toBeDefined();
      throw new Error("stopped");
    });
    await expect(failing).rejects.toThrow("stopped");
    expect(await store.proposals.get("a")).toBeUndefined();
  });

  it("change their state and keep everything else", async () => {
    const first = answerProposal({ id: "a" });
    const taken = { ...first, state: "taken", decision: { at: first.createdAt, by: "lena", note: "" } } as const;
    await put(first);
    await put(taken);
    expect(await store.proposals.get("a")).toEqual(taken);
    expect((await store.proposals.page({ limit: 5 })).total).toBe(1);
    expect(await store.proposals.openOf("token-1")).toBe(0);
  });

  describe("in pages", () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 5, 17, 12, minute)).toISOString();
    beforeEach(() =>
      put(
        answerProposal({ id: "a", createdAt: at(1) }),
        answerProposal({ id: "b", createdAt: at(2) }),
        answerProposal({ id: "c", createdAt: at(2), alertId: "other" }),
        exceptionProposal({ id: "d", createdAt: at(3), state: "dismissed" }),
        answerProposal({ id: "e", createdAt: at(2) }),
      ),
    );

    const idsOf = (items: readonly Proposal[]) => items.map(({ id }) => id).join("");

    it("come newest first, by id where the times are equal", async () => {
      const pages: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.proposals.page({ cursor, limit: 2 });
        expect(page.total).toBe(5);
        pages.push(idsOf(page.items));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(pages).toEqual(["de", "cb", "a"]);
    });

    it("are filtered by alert and state", async () => {
      const page = await store.proposals.page({ alertId: "alert", state: "open", limit: 2 });
      expect([idsOf(page.items), page.total]).toEqual(["eb", 3]);
      const rest = await store.proposals.page({ alertId: "alert", state: "open", cursor: page.next, limit: 2 });
      expect([idsOf(rest.items), rest.total, rest.next]).toEqual(["a", 3, undefined]);
      expect(idsOf((await store.proposals.page({ state: "dismissed", limit: 2 })).items)).toBe("d");
      expect((await store.proposals.page({ alertId: "nobody", limit: 2 })).total).toBe(0);
    });

    it("reject the cursor of another list", async () => {
      await expect(store.proposals.page({ cursor: "bm9uZQ", limit: 2 })).rejects.toThrow();
    });

    it("are counted by alert and by account while they are open", async () => {
      await put(answerProposal({ id: "f", origin: undefined }), answerProposal({ id: "g", alertId: "other" }));
      expect(await store.proposals.openOn(["alert", "other", "nobody", "alert"])).toEqual(
        new Map([
          ["alert", 4],
          ["other", 2],
        ]),
      );
      expect(await store.proposals.openOn([])).toEqual(new Map());
      expect(await store.proposals.openOf("token-1")).toBe(5);
      expect(await store.proposals.openOf(undefined)).toBe(1);
      expect(await store.proposals.openOf("nobody")).toBe(0);
    });
  });

  it("follow their alert to its new id", async () => {
    await store.write(async ({ alerts, proposals }) => {
      const moving = alert({ id: "moving", processKey: "before" });
      await alerts.put(moving);
      await proposals.put(answerProposal({ id: "a", alertId: "moving" }));
      await alerts.rekey(new Map([["before", "after"]]));
    });
    const moved = await store.alerts.get("moving");
    expect(moved?.id).not.toBe("moving");
    expect((await store.proposals.get("a"))?.alertId).toBe(moved?.id);
    for (const id of ["moving", moved?.id ?? ""]) {
      expect((await store.proposals.page({ alertId: id, limit: 5 })).total).toBe(1);
      expect(await store.proposals.openOn([id])).toEqual(new Map([[id, 1]]));
    }
    await put(answerProposal({ id: "b", alertId: "moving" }));
    expect((await store.proposals.get("b"))?.alertId).toBe(moved?.id);
  });
});
