import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guid, opaqueId, T0 } from "../../test/factories/events.ts";
import {
  activity,
  agentStart,
  CMD,
  end,
  eventFacts,
  HOST,
  logon,
  securityStart,
  WMI,
} from "../../test/factories/facts.ts";
import { history, inBatches } from "../../test/factories/histories.ts";
import { type MemoryTables, memoryTables, shownKey } from "../../test/factories/memory-tables.ts";
import { applyEvents, applyFacts } from "./apply-events.ts";
import { BOOT_ID } from "./boot-fact.ts";
import type { EventFact, Fact, StartFact } from "./facts.ts";
import { entityKey } from "./keys.ts";
import type { ProcessRow } from "./process-row.ts";

/** More runs look deeper: `LINEAGE_RUNS=5000`. */
const RUNS = Number(process.env["LINEAGE_RUNS"] ?? 200);

/** Everything that must not depend on the order of facts. Which placeholders were replaced on the way does. */
function graphOf({ processes, exits, sessions }: MemoryTables) {
  const shown = [...processes.values()].filter(({ mergedInto }) => mergedInto === undefined);
  return {
    processes: shown
      .map((row) => ({ ...row, facts: { ...row.facts, replacedPlaceholders: undefined } }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    exits: [...exits].map(([id, { processKey = "" }]) => [id, shownKey(processes, processKey)]).toSorted(),
    sessions: [...sessions].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}

async function applied(batches: readonly (readonly EventFact[])[]): Promise<MemoryTables> {
  const tables = memoryTables();
  for (const batch of batches) {
    await applyFacts(tables, batch);
  }
  return tables;
}

/** The row that a start record belongs to, as it is shown. */
function processOf({ processes }: MemoryTables, start: StartFact): ProcessRow {
  const own = [...processes.values()].find(({ facts }) => facts.starts.includes(start));
  const shown = processes.get(shownKey(processes, own?.key ?? ""));
  if (shown === undefined) {
    throw new Error("no process of that record");
  }
  return shown;
}

/** A host that reuses few pids at once, as recorded by two logs whose clocks differ. */
const busyHost: fc.Arbitrary<readonly Fact[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 30 }).map((step) => step * 500),
      pid: fc.constantFrom(1, 2),
      parentPid: fc.constantFrom(1, 2, 3),
      life: fc.integer({ min: 1, max: 8 }).map((step) => step * 400),
      skew: fc.constantFrom(0, 400, 2400),
      records: fc.subarray(["agent", "security", "agent-end", "security-end"], { minLength: 1 }),
      hasIds: fc.boolean(),
    }),
    { minLength: 2, maxLength: 10 },
  )
  .map((processes) =>
    processes.flatMap(({ at, pid, parentPid, life, skew, records, hasIds }, serial): readonly Fact[] => {
      const entityId = hasIds ? guid(T0 + at, serial) : undefined;
      const parentExecutable = CMD;
      return [
        ...(records.includes("agent") ? [agentStart({ at, pid, entityId, parentPid, parentExecutable })] : []),
        ...(records.includes("security") ? [securityStart({ at: at + skew, pid, parentPid, parentExecutable })] : []),
        ...(records.includes("agent-end") ? [end({ at: at + life, side: "agent", pid, entityId })] : []),
        ...(records.includes("security-end") ? [end({ at: at + life + skew, pid })] : []),
      ];
    }),
  );

/** A host that was started several times, and a logon id that was used in all of these boots. */
const restartedHost: fc.Arbitrary<readonly Fact[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 60 }).map((step) => step * 1_200_000),
      what: fc.constantFrom("start", "start", "start", "security", "opened", "closed", "boot", "sysmon"),
      guid: fc.constantFrom(undefined, undefined, "{G-1}", "{G-2}"),
      user: fc.constantFrom(undefined, "alice", "alice", "bob"),
    }),
    { minLength: 2, maxLength: 14 },
  )
  .map((records) =>
    records.map(({ at, what, guid: logonGuid, user: name }, serial): Fact => {
      const user = name === undefined ? undefined : { name };
      switch (what) {
        case "start":
          return agentStart({ at, entityId: opaqueId(serial), pid: serial, logonId: "0x5", logonGuid, user });
        case "security":
          return securityStart({ at, pid: serial % 3, logonId: "0x5", user });
        case "boot":
          return logon({ at, what: "boot", logonId: BOOT_ID });
        case "sysmon":
          return logon({ at, what: serial % 2 === 0 ? "sysmon-started" : "sysmon-stopped", logonId: BOOT_ID });
        default:
          return logon({ at, what: what === "opened" ? "opened" : "closed", logonId: "0x5", user });
      }
    }),
  );

describe("the process graph", () => {
  it("depends on the set of facts only on a host whose boots use one logon id", async () => {
    await fc.assert(
      fc.asyncProperty(restartedHost, fc.infiniteStream(fc.nat()), async (facts, random) => {
        const events = eventFacts(facts);
        const order = new Map(events.map((event) => [event, random.next().value ?? 0]));
        const shuffled = events.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
        expect(graphOf(await applied(inBatches(shuffled, [1, 2])))).toEqual(graphOf(await applied([events])));
      }),
      { numRuns: RUNS },
    );
  });

  it("depends on the set of events only, not on their order or batches", async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ events, shuffled, sizes }) => {
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

  it("depends on the set of facts only on a host that reuses its pids at once", async () => {
    await fc.assert(
      fc.asyncProperty(busyHost, fc.infiniteStream(fc.nat()), async (facts, random) => {
        const events = eventFacts(facts);
        const order = new Map(events.map((event) => [event, random.next().value ?? 0]));
        const shuffled = events.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
        expect(graphOf(await applied(inBatches(shuffled, [1, 3])))).toEqual(graphOf(await applied([events])));
      }),
      { numRuns: RUNS },
    );
  });

  it("stays the same when facts are applied again", async () => {
    const facts = eventFacts([
      agentStart({ entityId: "a", pid: 1 }),
      securityStart({ at: 400, pid: 1 }),
      end({ at: 900, pid: 1 }),
      logon({ logonId: "0x9" }),
    ]);
    const once = await applied([facts]);
    const twice = await applied([facts, facts]);
    expect(graphOf(twice)).toEqual(graphOf(once));
    expect((await applyFacts(twice, facts)).rekeyed).toEqual(new Map());
  });
});

describe("applying a batch", () => {
  it("reports the process of each event, replaced keys, and what changed", async () => {
    const tables = memoryTables();
    const security = securityStart({ id: "4688", at: 400, pid: 1 });
    const first = await applyFacts(tables, eventFacts([security]));
    const key = first.processOf.get("4688") ?? "";
    const agent = agentStart({ id: "1", entityId: "a", pid: 1 });
    const second = await applyFacts(tables, eventFacts([agent, end({ id: "4689", at: 900, pid: 1 })]));
    const shown = entityKey(HOST, "a");
    expect(second.rekeyed).toEqual(new Map([[key, shown]]));
    expect(second.processOf).toEqual(
      new Map([
        ["1", shown],
        ["4689", shown],
      ]),
    );
    expect(second.touched).toContain(shown);
  });

  it("takes as many reads for many facts as for few", async () => {
    const batch = (count: number) =>
      eventFacts(
        Array.from({ length: count }, (_, index) => [
          agentStart({ at: index * 10_000, entityId: `s-${index}`, pid: index, parentPid: 4, logonId: "0x5" }),
          securityStart({ at: index * 10_000 + 100, pid: index, parentPid: 4 }),
          end({ at: index * 10_000 + 200, pid: index }),
        ]).flat(),
      );
    const reads = await Promise.all([2, 60].map(async (count) => (await applied([batch(count)])).reads));
    expect(reads[1]).toEqual(reads[0]);
    expect(reads[0]).toHaveLength(8);
  });

  it("counts no activity as a start", async () => {
    const tables = await applied([eventFacts([activity({ entityId: "a", pid: 7, executable: CMD })])]);
    expect(tables.processes.get(entityKey(HOST, "a"))).toMatchObject({
      facts: { starts: [], observed: { first: T0, pid: 7, executable: CMD } },
    });
  });

  it("accepts a child whose duplicate record refers to a pid beyond the reach of a change", async () => {
    // The agent's start of the child was lost: its row begins at the second in the entity id, the reference 3.5 s
    // later.
    const parents = [-9000, -6000].map((at) => securityStart({ at, pid: 10 }));
    const child = securityStart({ at: 3500, pid: 20, parentPid: 10, parentExecutable: CMD });
    const seen = activity({ at: 3600, entityId: guid(T0, 2), pid: 20, executable: CMD });
    const late = securityStart({ at: -20_000, pid: 10 });
    const tables = await applied([eventFacts([...parents, child, seen]), eventFacts([late])]);
    const shown = processOf(tables, child);
    expect(shown.entityId).toBe(guid(T0, 2));
    expect(shown.parent).toEqual({ key: parents.map((parent) => processOf(tables, parent).key)[1], basis: "pid-time" });
  });

  it("replaces an edge by pid and time with the entity id that a late record contains, also for the same parent", async () => {
    const parent = agentStart({ at: -9000, entityId: opaqueId(1), pid: 10 });
    const security = securityStart({ at: 100, pid: 20, parentPid: 10, parentExecutable: CMD });
    const seen = activity({ at: 500, entityId: guid(T0, 2), pid: 20, executable: CMD });
    const agent = agentStart({ entityId: guid(T0, 2), pid: 20, parentPid: 10, parentEntityId: opaqueId(1) });
    const tables = await applied([eventFacts([parent, security, seen])]);
    expect(processOf(tables, security).parent).toMatchObject({ basis: "pid-time" });
    await applyFacts(tables, eventFacts([agent]));
    expect(processOf(tables, security).parent).toEqual({ key: entityKey(HOST, opaqueId(1)), basis: "entity" });
  });

  it("keeps the exit of a process when records beyond the next starts of its pid arrive", async () => {
    const process = agentStart({ entityId: opaqueId(1), pid: 10 });
    const duplicate = securityStart({ at: 2400, pid: 10 });
    const exit = end({ at: 2600, pid: 10 });
    const later = [8000, 20_000, 40_000].map((at) => securityStart({ at, pid: 10 }));
    const tables = await applied([eventFacts([process, duplicate, exit]), ...later.map((one) => eventFacts([one]))]);
    expect(processOf(tables, process).exit).toEqual(exit);
    expect(tables.exits.get(exit.source.eventId)?.processKey).toBe(entityKey(HOST, opaqueId(1)));
  });

  it("assigns an exit again when the process lost another one, also with other starts between its own records", async () => {
    const process = agentStart({ entityId: opaqueId(1), pid: 10 });
    const earlier = end({ at: 25, pid: 10 });
    const other = securityStart({ at: 900, pid: 10, executable: WMI });
    const duplicate = securityStart({ at: 2500, pid: 10 });
    const exit = end({ at: 11_500, pid: 10 });
    const next = securityStart({ at: 11_700, pid: 10 });
    const tables = await applied([eventFacts([process, earlier, other, duplicate, exit, next])]);
    expect(processOf(tables, process).exit).toEqual(earlier);
    // The process lived longer than that: the first exit was of somebody else.
    const own = end({ at: 9000, side: "agent", entityId: opaqueId(1), pid: 10 });
    await applyFacts(tables, eventFacts([own]));
    expect(processOf(tables, process).exit).toEqual(exit);
  });
});
