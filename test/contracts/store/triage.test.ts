import { hash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Answer } from "#contracts/playbook";
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

  it("keeps attached texts byte for byte, each once: line breaks, NUL, bidirectional and control characters", async () => {
    const text = fc.string({ unit: "binary", maxLength: 2_000 }).filter((one) => one.isWellFormed());
    const odd = fc.constantFrom(
      "a\r\nb\rc\n",
      "\u0000",
      "\ufeffx\u0000y",
      "\u202ecod.exe\u2066",
      "\u001b[31m",
      "𝕏\ud7ff\ue000",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(text, odd), { maxLength: 8 }), async (texts) => {
        const named = new Map(texts.map((one) => [hash("sha256", one, "hex"), one]));
        await store.write(async ({ triage }) => {
          for (const [sha256, one] of [...named, ...named]) {
            await triage.putAttachedText({ sha256, text: one });
          }
          expect(await triage.attachedTexts([...named.keys()])).toEqual(named);
        });
        expect(await store.triage.attachedTexts([...named.keys(), "0".repeat(64)])).toEqual(named);
      }),
      { numRuns: 30 },
    );
    expect((await store.triage.attachedTexts([])).size).toBe(0);
  });

  it("keeps the attachments of an answer, also those of the one that it replaced", async () => {
    const sha256 = hash("sha256", "pasted", "hex");
    const second: Answer = {
      ...{ stepId: "one", value: "raises", note: "", evidence: [], actor: "a", at: "2024-05-06T09:00:00.000Z" },
    };
    const first: Answer = { ...second, attachments: [{ title: "Users", source: "osquery", sha256, bytes: 6 }] };
    await store.write(async ({ triage }) => {
      await triage.putAttachedText({ sha256, text: "pasted" });
      await triage.putAnswer("x", first);
    });
    expect(await store.triage.answers("x")).toEqual([first]);
    await store.write(({ triage }) => triage.putAnswer("x", second));
    expect(await store.triage.answers("x")).toEqual([second]);
    expect((await store.snapshot.answers.page(undefined)).items.map((one) => one.answer)).toEqual([first, second]);
    expect((await store.snapshot.attachedTexts.page(undefined)).items).toEqual([{ sha256, text: "pasted" }]);
    const missing = async () => {
      const steps = await store.integrity.steps();
      return steps.find(({ name }) => name === "attached texts of answers")?.run();
    };
    expect(await missing()).toEqual([]);
    const lost = { title: "Lost", sha256: "0".repeat(64), bytes: 1 };
    await store.write(({ triage }) => triage.putAnswer("x", { ...second, attachments: [lost] }));
    expect(await missing()).toMatchObject([
      { code: "store.dangling-reference", message: expect.stringContaining(lost.sha256) },
    ]);
  });

  it("does not read a text whose hash is another one", async () => {
    await store.write(({ triage }) => triage.putAttachedText({ sha256: "0".repeat(64), text: "pasted" }));
    await expect(store.triage.attachedTexts(["0".repeat(64)])).rejects.toMatchObject({
      problem: { code: "store.damaged" },
    });
  });
});
