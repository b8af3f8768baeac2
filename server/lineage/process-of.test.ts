import { describe, expect, it } from "vitest";
import {
  guid,
  logon,
  securityEnd,
  securityStart,
  sysmonActivity,
  sysmonStart,
  T0,
} from "../../test/factories/events.ts";
import { rowOf, securityStart as startFact } from "../../test/factories/facts.ts";
import type { StemmaEvent } from "../event/event.ts";
import { factOf } from "./fact-of.ts";
import { entityKey, startKey } from "./keys.ts";
import { type ProcessOfSource, processKeysOf } from "./process-of.ts";
import type { ProcessRow } from "./process-row.ts";

const source = (...rows: readonly ProcessRow[]): ProcessOfSource => ({
  hostsOfNames: async () => new Map(),
  exitOwners: async (ids) => new Map(ids.map((id) => [id, `owner of ${id}`])),
  histories: async (probes) => probes.map(() => ({ rows, exits: [], referrers: [] })),
});

const processKeyOf = async (from: ProcessOfSource, event: StemmaEvent) =>
  (await processKeysOf(from, [event])).get(event.id);

/** An event that is about a process by its pid only. */
const other: StemmaEvent = {
  ...logon({ logonId: "0x9" }),
  fields: { "event.provider": "PowerShell", "host.name": "host-a", "process.pid": 77, "process.name": "cmd.exe" },
};

describe("the process of an event", () => {
  it("is the one with its entity id, with its start, or that its exit ended", async () => {
    const start = securityStart({ pid: 20 });
    const fact = factOf(start);
    const exit = securityEnd({ pid: 20 });
    expect(await processKeyOf(source(), sysmonStart({ guid: guid(T0, 1) }))).toBe(entityKey("host-a", guid(T0, 1)));
    expect(await processKeyOf(source(), sysmonActivity(3, { guid: guid(T0, 1) }))).toBe(
      entityKey("host-a", guid(T0, 1)),
    );
    expect(await processKeyOf(source(), start)).toBe(fact?.kind === "start" ? startKey(fact) : "");
    expect(await processKeyOf(source(), exit)).toBe(`owner of ${exit.id}`);
  });

  it("is the only one that matches by pid and time, also if it started long before", async () => {
    const [one, old] = [startFact({ at: -1000, pid: 77 }), startFact({ at: -9 * 86_400_000, pid: 77 })].map((start) =>
      rowOf(start),
    );
    expect(await processKeyOf(source(...(one === undefined ? [] : [one])), other)).toBe(one?.key);
    expect(await processKeyOf(source(...(old === undefined ? [] : [old])), other)).toBe(old?.key);
  });

  it("is not known if several match, none does, or the event contains no pid", async () => {
    const twice = ["a", "b"].map((commandLine) => rowOf(startFact({ at: -1000, pid: 77, commandLine })));
    expect(await processKeyOf(source(...twice), other)).toBeUndefined();
    expect(await processKeyOf(source(), other)).toBeUndefined();
    expect(await processKeyOf(source(...twice), { ...other, fields: { "host.name": "host-a" } })).toBeUndefined();
  });
});
