import { describe, expect, it } from "vitest";
import { agentStart, CMD, eventFacts, securityStart } from "../../test/factories/facts.ts";
import { memoryTables } from "../../test/factories/memory-tables.ts";
import { applyFacts } from "./apply-events.ts";
import { applyParentChoice } from "./choose-parent.ts";
import { startKey } from "./keys.ts";

const candidates = ["a", "b"].map((commandLine) => securityStart({ pid: 10, commandLine }));
const child = securityStart({ at: 9000, pid: 20, parentPid: 10, parentExecutable: CMD });
const [first = "", second = ""] = candidates.map(startKey).toSorted();
const key = startKey(child);

async function world() {
  const tables = memoryTables();
  await applyFacts(tables, eventFacts([...candidates, child]));
  return tables;
}

const choose = async (tables: Awaited<ReturnType<typeof world>>, parent: string | undefined, at = 1) =>
  applyParentChoice(tables, key, { parent, by: "lena", at });

describe("choosing a parent", () => {
  it("sets the edge to the candidate and survives new records", async () => {
    const tables = await world();
    expect(await choose(tables, second)).toMatchObject({
      ok: true,
      value: { child: key, before: { key: first }, after: { key: second, chosen: { by: "lena", computed: first } } },
    });
    const duplicate = agentStart({ at: 9000, entityId: "child", pid: 20 });
    await applyFacts(tables, eventFacts([duplicate]));
    expect([...tables.processes.values()].find(({ entityId }) => entityId === "child")?.parent?.key).toBe(second);
  });

  it("reverts to the computed parent; the last of several choices applies, whatever the clock", async () => {
    const tables = await world();
    await choose(tables, second, 9);
    expect(await choose(tables, first, 5)).toMatchObject({ value: { after: { key: first } } });
    await choose(tables, second);
    expect(await choose(tables, undefined)).toMatchObject({ ok: true, value: { after: { key: first } } });
    expect(tables.processes.get(key)?.parent?.chosen).toBeUndefined();
    expect(await choose(tables, undefined)).toMatchObject({ error: { code: "parent.not-chosen" } });
  });

  it("is refused for unknown processes, for others than candidates, and if it would create a cycle", async () => {
    const tables = await world();
    expect(await applyParentChoice(tables, "unknown", { parent: first, by: "lena", at: 1 })).toMatchObject({
      error: { code: "process.not-found" },
    });
    expect(await choose(tables, "unknown")).toMatchObject({ error: { code: "parent.not-a-candidate" } });
    const below = tables.processes.get(second);
    if (below !== undefined) {
      await tables.saveRows([{ ...below, parent: { key, basis: "pid-time" } }]);
    }
    expect(await choose(tables, second)).toMatchObject({ error: { code: "parent.cycle" } });
  });
});
