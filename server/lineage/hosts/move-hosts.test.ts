import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activity, agentStart, CMD, end, eventFacts } from "../../../test/factories/facts.ts";
import { inBatches, renamedHistory } from "../../../test/factories/histories.ts";
import { type MemoryTables, memoryTables, shownKey } from "../../../test/factories/memory-tables.ts";
import { applyEvents, applyFacts } from "../apply-events.ts";
import type { Fact } from "../facts.ts";

const RUNS = 150;

function graphOf({ processes, exits, sessions, activity, addresses }: MemoryTables) {
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    processes: [...processes.values()]
      .filter(({ mergedInto }) => mergedInto === undefined)
      .map((row) => ({ ...row, facts: { ...row.facts, replacedPlaceholders: undefined } }))
      .toSorted(byText),
    exits: [...exits].map(([id, { processKey = "" }]) => [id, shownKey(processes, processKey)]).toSorted(),
    sessions: [...sessions.values()].flat().toSorted(byText),
    activity: [...activity].filter(([, counts]) => Object.values(counts).some((count) => count > 0)).toSorted(byText),
    addresses: new Set(addresses.map(({ host, address }) => `${host} ${address}`)),
  };
}

describe("a host whose names become known one after the other", () => {
  it("ends as the same graph in whatever order and batches its records arrive", async () => {
    await fc.assert(
      fc.asyncProperty(renamedHistory, async ({ events, shuffled, sizes }) => {
        const [once, often] = [memoryTables(), memoryTables()];
        await applyEvents(once, events);
        for (const batch of inBatches(shuffled, sizes)) {
          await applyEvents(often, batch);
        }
        expect(graphOf(often)).toEqual(graphOf(once));
      }),
      { numRuns: RUNS },
    );
  });

  it("keeps every key that was shown leading to a process", async () => {
    await fc.assert(
      fc.asyncProperty(renamedHistory, async ({ shuffled, sizes }) => {
        const tables = memoryTables();
        const shown = new Set<string>();
        for (const batch of inBatches(shuffled, sizes)) {
          await applyEvents(tables, batch);
          for (const { key } of [...tables.processes.values()].filter(({ mergedInto }) => mergedInto === undefined)) {
            shown.add(key);
          }
        }
        for (const key of shown) {
          expect(tables.processes.get(shownKey(tables.processes, key))?.key).toBeDefined();
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("two names of one process tie their hosts", () => {
  const [short, full, other] = ["host-a", "host-a.corp.example", "host-a.lab.example"] as const;
  const entityId = (serial: number) => `{11111111-9C10-6638-0100-00000000000${serial}}`;
  const start = (host: string, serial = 1) =>
    agentStart({ host, entityId: entityId(serial), pid: 4, commandLine: "cmd.exe" });
  const startWithoutPid = (host: string) => agentStart({ host, entityId: entityId(1), commandLine: "cmd.exe" });
  const ends = (host: string) => end({ host, side: "agent", entityId: entityId(1), pid: 4 });
  const does = (host: string, pid?: number) => activity({ host, entityId: entityId(1), pid, executable: CMD });
  /** Makes the short name ambiguous. */
  const elsewhere = activity({ host: other, entityId: "{99999999-9C10-6638-0100-000000000001}" });

  it.each<[string, readonly (readonly Fact[])[]]>([
    ["recorded after these were separated", [[start(short, 2)], [start(full)], [elsewhere], [start(short)]]],
    ["recorded in one batch while the name alone tied them", [[start(short), does(full, 4)], [elsewhere]]],
    [
      "known under both when both starts arrive",
      [
        [does("host-b"), does(full)],
        [start("host-b"), start(full)],
      ],
    ],
    ["recorded with its pid after its start", [[startWithoutPid(full)], [ends("host-b")], [ends(full)]]],
  ])("if it was %s", async (_, batches) => {
    const tables = memoryTables();
    for (const batch of batches) {
      await applyFacts(tables, eventFacts(batch));
    }
    const { names } = await tables.allHosts();
    expect(new Set([...names].filter(([name]) => name !== other).map(([, host]) => host))).toEqual(new Set([full]));
  });
});
