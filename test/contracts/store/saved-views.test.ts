import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "#contracts/actor";
import type { SavedView } from "#contracts/saved-view";
import type { Store } from "../../../server/store/port.ts";
import { changeSavedView, deleteSavedView, saveView } from "../../../server/triage/saved-views.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const person = (account: string): Actor => ({ name: account, origin: { account, method: "password", address: "" } });
const lena = person("lena");
const omar = person("omar");

describeStores("saved views", (open) => {
  let test: TestStore;
  let store: Store;
  let ids: number;
  const nextId = () => {
    ids += 1;
    return `view-${ids}`;
  };
  beforeEach(async () => {
    test = await open();
    store = test.store;
    ids = 0;
  });
  afterEach(() => test.dispose());

  const save = (name: string, actor = lena, address = "query=any") =>
    saveView(store, { page: "hunt", name, address }, { actor, at: T0, newId: nextId });
  const by = (actor: Actor, isAdministrator = false) => ({ actor, at: T0 + 1, isAdministrator });
  const names = async () => (await store.savedViews.of("hunt")).map(({ name }) => name);

  it("are stored as they were given and listed by name, those of one page", async () => {
    const hostile = "</script>\u202e'; DROP TABLE saved_views; --";
    const first = await save("b");
    await save("A");
    await save(hostile, omar, hostile);
    const queue = { page: "queue", name: "mine", address: "" } as const;
    await saveView(store, queue, { actor: omar, at: T0, newId: () => "other" });
    expect(await names()).toEqual([hostile, "A", "b"]);
    expect(first).toMatchObject({ ok: true, value: { owner: "lena", createdAt: new Date(T0).toISOString() } });
    expect(await store.savedViews.get("view-1")).toEqual(
      first.ok ? JSON.parse(JSON.stringify(first.value)) : undefined,
    );
    expect((await (await test.reopen()).savedViews.of("queue")).map(({ id }) => id)).toEqual(["other"]);
    expect(await store.savedViews.get("nothing")).toBeUndefined();
  });

  it("are renamed and deleted by their owner and by administrators, with records of it", async () => {
    await save("one");
    const refused = { ok: false, error: { code: "saved-view.not-own" } };
    expect(await changeSavedView(store, "view-1", { name: "two" }, by(omar))).toMatchObject(refused);
    expect(await deleteSavedView(store, "view-1", by(omar))).toMatchObject(refused);
    expect(await changeSavedView(store, "view-1", { name: "two" }, by(lena))).toMatchObject({
      ok: true,
      value: { name: "two", address: "query=any", owner: "lena" } satisfies Partial<SavedView>,
    });
    expect(await deleteSavedView(store, "view-1", by(omar, true))).toMatchObject({ ok: true });
    expect(await names()).toEqual([]);
    expect(await deleteSavedView(store, "view-1", by(lena))).toMatchObject({ error: { code: "saved-view.not-found" } });
    const trail = await store.audit.about({ kind: "saved-view", ids: ["view-1"] }, {});
    expect(trail.map(({ action, actor }) => [action, actor])).toEqual([
      ["saved-view.delete", "omar"],
      ["saved-view.change", "lena"],
      ["saved-view.create", "lena"],
    ]);
  });

  describe("of one name", () => {
    it("are refused, whatever its case", async () => {
      await save("Shells");
      await save("other");
      const taken = { ok: false, error: { code: "saved-view.name-taken" } };
      expect(await save("SHELLS", omar)).toMatchObject(taken);
      expect(await changeSavedView(store, "view-2", { name: "shells" }, by(lena))).toMatchObject(taken);
      expect(await changeSavedView(store, "view-1", { name: "SHELLS" }, by(lena))).toMatchObject({ ok: true });
      expect(await names()).toEqual(["other", "SHELLS"]);
    });
  });
});
