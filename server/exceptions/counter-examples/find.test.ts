import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import { counterExamples } from "#contracts/exception-counter-examples";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import { noLists } from "../../exception/lists.ts";
import { suggestDraft } from "../draft.ts";
import { draftSubjects } from "../drafting/subject.ts";
import { counterExamplesOf } from "./find.ts";
import { mutationsOf } from "./mutants.ts";
import { hides } from "./narrow.ts";

describe("the counter-examples of a draft", () => {
  let world: WorkbenchStore;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
  });
  afterAll(() => world.close());

  async function collecting() {
    const { items } = await world.store.alerts.find({ limit: 500 });
    const alert = items.find(({ fields }) => String(fields["process.command_line"]).includes("collect.cmd"));
    if (alert === undefined) throw new Error("no such alert in the sample");
    return { alert, draft: (await suggestDraft(world.store, alert, undefined)).draft };
  }

  async function found(draft: ExceptionDraft) {
    const result = await counterExamplesOf(world.store, world.rules, draft);
    if (!result.ok) throw new Error(result.error.message);
    return counterExamples.parse(result.value);
  }

  it("hide nothing wrongly in the draft that is suggested", async () => {
    const { matchesAlert, mutants } = await found((await collecting()).draft);
    expect(matchesAlert).toBe(true);
    expect(
      mutants.filter(({ hidden, expected }) => expected !== "either" && hidden !== (expected === "hidden")),
    ).toEqual([]);
  });

  it("each have an edit that covers the alert and not the copy, in a draft of one entry", async () => {
    const { alert, draft } = await collecting();
    const broad = {
      ...draft,
      entries: draft.entries.filter((entry) => "field" in entry && entry.field === "user.name"),
    };
    const [subject] = await draftSubjects(world.store, [alert]);
    if (subject === undefined) throw new Error("the alert has no event");
    const copies = new Map(mutationsOf(subject).mutants.map((mutant) => [mutant.text, mutant]));
    const { mutants, distant } = await found(broad);
    const wrong = mutants.filter(({ hidden, expected }) => hidden && expected === "raised");
    expect(wrong.length).toBeGreaterThan(10);
    for (const { text, narrowing } of wrong) {
      const copy = copies.get(text);
      expect(narrowing && hides({ ...broad, ...narrowing }, subject, noLists), text).toBe(true);
      expect(copy && narrowing && hides({ ...broad, ...narrowing }, copy, noLists), text).toBe(false);
    }
    // Other work of the account, least alike first.
    expect(distant.length).toBeGreaterThan(1);
    expect(distant.map(({ distance }) => distance)).toEqual(
      distant.map(({ distance }) => distance).sort((left, right) => right - left),
    );
  });

  it("need an alert that exists", async () => {
    const { draft } = await collecting();
    const codeOf = async (fromAlert: string | undefined) => {
      const result = await counterExamplesOf(world.store, world.rules, { ...draft, fromAlert });
      return result.ok ? undefined : result.error.code;
    };
    expect(await codeOf(undefined)).toBe("exception.no-alert");
    expect(await codeOf("none")).toBe("alert.not-found");
  });
});
