import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExceptionQuery, exceptionQuery } from "#contracts/exception-life";
import { exception } from "../../../test/factories/alerts.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import { exceptionPageOf } from "./list.ts";
import { deleteException, disableException, enableException } from "./status.ts";
import { exceptionVersionsOf } from "./versions.ts";

const now = Date.UTC(2026, 0, 10);
const at = (days: number) => new Date(now + days * 86_400_000).toISOString();
const request = { reason: "the product was removed", actor: { name: "lena" }, at: now };

describe("an exception after it was saved", () => {
  let world: WorkbenchStore;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.store.write(async ({ exceptions, audit }) => {
      const first = exception({ id: "first", name: "First", createdAt: at(-40), createdBy: "lena" });
      const second = { ...first, version: 2, changedAt: at(-3), changedBy: "tomas", name: "Number one" };
      const subject = { kind: "exception", id: "first" };
      await audit.append({
        at: now,
        actor: { name: "lena" },
        action: "exception.save",
        subject,
        after: { exception: first },
      });
      await audit.append({
        ...{ at: now, actor: { name: "tomas" }, action: "exception.edit", subject },
        ...{ before: { exception: first }, after: { exception: second, closed: ["a"] } },
      });
      await exceptions.put(second);
      await exceptions.addHit("first", { ruleId: "rule-1", subject: "p", eventId: "e", time: now });
      await exceptions.put(
        exception({ id: "old", name: "Old", createdAt: at(-9), expires: at(-1), ruleIds: ["rule-2"] }),
      );
      const review = { reviewBy: at(-1), createdAt: at(-5), mode: "shadow" } as const;
      await exceptions.put(
        exception({ id: "due", name: "Due", ...review, breadth: { score: 70, level: "broad", reasons: [] } }),
      );
    });
  });
  afterAll(() => world.close());

  const list = async (query: Partial<ExceptionQuery> = {}) => {
    const page = await exceptionPageOf(world.store, new Map(), exceptionQuery.parse(query), now);
    return page.ok ? page.value : undefined;
  };
  const ids = async (query: Partial<ExceptionQuery>) => (await list(query))?.items.map(({ id }) => id);

  it("is found by rule, owner, state, breadth, hits, age and words", async () => {
    expect(await ids({})).toEqual(["due", "old", "first"]);
    expect(await list()).toMatchObject({
      all: 3,
      owners: expect.arrayContaining(["tomas"]),
      ruleIds: ["rule-1", "rule-2"],
    });
    expect(await ids({ rule: "rule-2" })).toEqual(["old"]);
    expect(await ids({ owner: "tomas" })).toEqual(["first"]);
    expect(await ids({ state: ["expired"] })).toEqual(["old"]);
    expect(await ids({ state: ["enforced", "due"] })).toEqual(["due", "first"]);
    expect(await ids({ breadth: ["broad"] })).toEqual(["due"]);
    expect(await ids({ hits: "some" })).toEqual(["first"]);
    expect(await ids({ hits: "none" })).toEqual(["due", "old"]);
    expect(await ids({ olderThan: 30 })).toEqual(["first"]);
    expect(await ids({ text: "NUMBER alice" })).toEqual(["first"]);
    expect(await ids({ text: "nothing" })).toEqual([]);
  });

  it("is sorted as asked for, in pages of the same order only", async () => {
    expect(await ids({ sort: "name" })).toEqual(["due", "first", "old"]);
    expect(await ids({ sort: "hits" })).toEqual(["first", "old", "due"]);
    expect(await ids({ sort: "last-hit" })).toEqual(["first", "old", "due"]);
    expect(await ids({ sort: "expires" })).toEqual(["old", "first", "due"]);
    expect(await ids({ sort: "breadth" })).toEqual(["due", "first", "old"]);
    const first = await list({ limit: 2 });
    expect(await ids({ limit: 2, cursor: first?.next })).toEqual(["first"]);
    expect(await list({ limit: 2, cursor: first?.next, sort: "name" })).toBeUndefined();
  });

  it("is disabled, enabled and deleted, each with its reason, and refuses what makes no sense", async () => {
    const code = (given: Awaited<ReturnType<typeof disableException>>) => (given.ok ? "done" : given.error.code);
    expect(code(await enableException(world.store, "first", request))).toBe("exception.not-disabled");
    expect(code(await disableException(world.store, "first", request))).toBe("done");
    expect(code(await disableException(world.store, "first", request))).toBe("exception.already-disabled");
    expect(code(await enableException(world.store, "first", request))).toBe("done");
    expect((await world.store.exceptions.get("first"))?.disabledAt).toBeUndefined();
    expect(code(await disableException(world.store, "old", request))).toBe("done");
    expect(code(await enableException(world.store, "old", request))).toBe("exception.expired");
    expect(code(await deleteException(world.store, "first", { ...request, expected: ["0"] }))).toBe("request.conflict");
    expect(code(await deleteException(world.store, "first", request))).toBe("done");
    expect(code(await deleteException(world.store, "first", request))).toBe("exception.not-found");
    expect(code(await disableException(world.store, "none", request))).toBe("exception.not-found");
    expect(await ids({})).toEqual(["due", "old"]);
    expect(await ids({ state: ["deleted"] })).toEqual(["first"]);
    expect(await world.store.exceptions.get("first")).toMatchObject({ hits: 1, disabledAt: at(0), deletedAt: at(0) });
  });

  it("has a history with who, why and what changed", async () => {
    const { items, total } = await exceptionVersionsOf(world.store.audit, "first", { limit: 10 });
    expect(total).toBe(5);
    expect(items.map(({ actor, changes }) => [actor, changes.join("; ")])).toEqual([
      ["lena", "Deleted"],
      ["lena", "Enabled again"],
      ["lena", "Disabled"],
      ["tomas", "Name: First → Number one; Closed 1 alert"],
      ["lena", "Enforced from the start; Matches if user.name is alice (case-sensitive)"],
    ]);
    expect(items.map(({ version }) => version)).toEqual([undefined, undefined, undefined, 2, 1]);
    expect(items[0]?.reason).toBe(request.reason);
  });
});
