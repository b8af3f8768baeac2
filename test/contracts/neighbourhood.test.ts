import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Truncation } from "#contracts/lineage";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { neighbourhoodOf } from "../../server/triage/neighbourhood.ts";
import { rule } from "../factories/alerts.ts";
import { guid, logon, sysmonConnection, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { sqliteInTemporaryFolder, type TestStore } from "./stores.ts";

describe("truncations of the neighbourhood of a process", () => {
  let test: TestStore;
  beforeEach(async () => {
    test = await sqliteInTemporaryFolder();
  });
  afterEach(() => test.dispose());

  const detector = createDetector([rule({ condition: wildcard("process.name", "evil*") })]);

  async function truncationsAround(
    events: readonly StemmaEvent[],
    of: StemmaEvent | undefined,
  ): Promise<readonly Truncation[]> {
    await ingestEvents(test.store, detector, events);
    const node = of === undefined ? undefined : await test.store.lineage.processOf(of);
    return (await neighbourhoodOf(test.store, node?.key ?? "", 200))?.truncations ?? [];
  }

  it("report alerts under the root whose processes are not shown", async () => {
    const root = sysmonStart({ guid: guid(T0, 1), pid: 4, image: "C:\\root.exe" });
    const children = Array.from({ length: 60 }, (_, index) =>
      sysmonStart({ guid: guid(T0, index + 2), pid: 8 + index, parentGuid: guid(T0, 1), image: "C:\\evil.exe" }),
    );
    const truncations = await truncationsAround([root, ...children], root);
    expect(truncations.filter(({ relation }) => relation === "nodes")).toMatchObject([{ shown: 50, total: 60 }]);
  });

  it("report origins on hosts further back than links are followed, and none where the chain ends earlier", async () => {
    const hosts = Array.from({ length: 7 }, (_, index) => {
      const host = `h${index}.corp.example`;
      const at = T0 + index * 10_000;
      const session = `0x${index + 1}00`;
      const [own, next] = [`10.0.0.${index + 1}`, `10.0.0.${index + 2}`];
      const process = sysmonStart({ host, guid: guid(at, index), pid: 50 + index, time: at + 100, logonId: session });
      const connection = { pid: 50 + index, guid: guid(at, index), source: own, destination: next };
      return [
        process,
        logon({ host, logonId: session, time: at, ip: `10.0.0.${index}`, port: 60_000 + index - 1 }),
        sysmonConnection({ host, ...connection, time: at + 9_900, sourcePort: 60_000 + index, initiated: true }),
      ] as const;
    });
    const links = (truncations: readonly Truncation[]) =>
      truncations.filter(({ relation, why }) => relation === "links" && /4 hosts/.test(why));
    const truncations = await truncationsAround(hosts.flat(), hosts[6]?.[0]);
    expect(links(truncations)).toMatchObject([{ shown: 4, total: 5 }]);
    expect(links(await truncationsAround([], hosts[3]?.[0]))).toEqual([]);
  });
});
