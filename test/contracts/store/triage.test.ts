import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../../server/store/port.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

describeStores("triage", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("stores the latest answer to each step, ticked items and transitions", async () => {
    const answer = (stepId: string, value: "raises" | "lowers") => ({
      stepId,
      value,
      note: "",
      evidence: [],
      actor: "a",
      at: "2024-05-06T09:00:00.000Z",
    });
    const transition = {
      alertId: "x",
      at: T0,
      actor: "a",
      from: "open",
      to: "closed",
      reason: "benign",
      note: "n",
    } as const;
    await store.write(async ({ triage }) => {
      await triage.putAnswer("x", answer("one", "raises"));
      await triage.putAnswer("x", answer("two", "raises"));
      await triage.putAnswer("x", answer("one", "lowers"));
      await triage.setChecked("x", "i1", true);
      await triage.setChecked("x", "i2", true);
      await triage.setChecked("x", "i2", true);
      await triage.setChecked("x", "i1", false);
      await triage.addTransition(transition);
      expect(await triage.answers("x")).toHaveLength(2);
    });
    expect((await store.triage.answers("x")).map(({ stepId, value }) => [stepId, value])).toEqual([
      ["two", "raises"],
      ["one", "lowers"],
    ]);
    expect(await store.triage.checked("x")).toEqual(new Set(["i2"]));
    expect(await store.triage.transitions(["x"])).toEqual([transition]);
    const later = { ...transition, alertId: "z", at: T0 - 1, from: "open", to: "open", incident: "removed" } as const;
    await store.write(({ triage }) => triage.addTransition(later));
    expect(await store.triage.transitions(["z", "x", "z", "nobody"])).toEqual([transition, later]);
    expect(await store.triage.transitions([])).toEqual([]);
    expect(await store.triage.answers("y")).toEqual([]);
  });
});
