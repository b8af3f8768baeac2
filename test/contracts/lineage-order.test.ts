import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StemmaEvent } from "../../server/event/event.ts";
import {
  guid,
  logoff,
  logon,
  opaqueId,
  securityEnd,
  securityStart,
  specialLogon,
  sysmonActivity,
  sysmonEnd,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { type Graph, testLineage } from "../factories/lineage.ts";

/** A small and crowded world: two hosts, few pids and names, times that collide, so that every kind of doubt comes up. */
const host = fc.constantFrom("host-a", "host-b");
const pid = fc.constantFrom(100, 200, 300);
const image = fc.constantFrom("C:\\Windows\\cmd.exe", "C:\\Windows\\net.exe");
const time = fc.integer({ min: 0, max: 40 }).map((step) => T0 + step * 700);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const entity = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((serial) => guid(T0 + serial * 5000, serial)),
  fc.integer({ min: 0, max: 2 }).map(opaqueId),
);
const logonId = fc.constantFrom("0x111", "0x222", "0x3e7");
const user = fc.constantFrom("CORP\\alice", "CORP\\bob");

const anyEvent: fc.Arbitrary<StemmaEvent> = fc.oneof(
  fc
    .record({
      host,
      time,
      guid: entity,
      pid: optional(pid),
      image,
      parentGuid: optional(entity),
      parentPid: optional(pid),
      parentImage: optional(image),
      logonId: optional(logonId),
      user: optional(user),
    })
    .map(sysmonStart),
  fc
    .record({
      host,
      time,
      pid,
      image,
      creatorPid: optional(pid),
      parentImage: optional(image),
      subject: user,
      subjectLogonId: logonId,
      targetLogonId: optional(logonId),
    })
    .map(securityStart),
  fc.record({ host, time, guid: entity, pid: optional(pid), image: optional(image) }).map(sysmonEnd),
  fc.record({ host, time, pid, image: optional(image) }).map(securityEnd),
  fc
    .record({ host, time, guid: entity, pid: optional(pid), image: optional(image), user: optional(user) })
    .map((given) => sysmonActivity(11, given)),
  fc.record({ host, time, logonId, user }).map(logon),
  fc.record({ host, time, logonId }).map(logoff),
  fc.record({ host, time, logonId }).map(specialLogon),
);

/** More runs look deeper: `LINEAGE_RUNS=5000`. */
const RUNS = Number(process.env["LINEAGE_RUNS"] ?? 150);

async function graphOf(batches: readonly (readonly StemmaEvent[])[]): Promise<Graph> {
  const lineage = testLineage();
  for (const batch of batches) {
    await lineage.absorb(...batch);
  }
  const graph = await lineage.graph();
  lineage.close();
  return graph;
}

function cutUp<T>(list: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  for (let from = 0, index = 0; from < list.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    parts.push(list.slice(from, from + size));
    from += size;
  }
  return parts;
}

describe("the graph", () => {
  it(
    "depends on the facts alone, not on their order or batches",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyEvent, { minLength: 1, maxLength: 14 }).chain((events) =>
            fc.record({
              events: fc.constant(events),
              shuffled: fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
              sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
            }),
          ),
          async ({ events, shuffled, sizes }) => {
            expect(await graphOf(cutUp(shuffled, sizes))).toEqual(await graphOf([events]));
          },
        ),
        { numRuns: RUNS },
      );
    },
    RUNS * 1000,
  );
});
