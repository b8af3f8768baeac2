import { afterEach, beforeEach, expect, it } from "vitest";
import { refreshDemanded } from "../../server/alerting/refresh-demands.ts";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { rule } from "../factories/alerts.ts";
import { explicitLogon, guid, logon, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { describeStores, type TestStore } from "./stores.ts";

const [source, target] = ["ws5.corp.example", "srv6.corp.example"];
const detector = createDetector([rule({ condition: wildcard("process.name", "net.exe") })]);

/** Alice uses credentials on ws5 for srv6, where a service starts net.exe in the session that this opened. */
const net = securityStart({
  host: target,
  pid: 90,
  time: T0 + 1500,
  image: "C:\\Windows\\System32\\net.exe",
  creatorPid: 80,
  parentImage: "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
  subject: "CORP\\SRV6$",
  subjectLogonId: "0x3e4",
  target: "CORP\\alice",
  targetLogonId: "0x60",
});
const arrival = logon({ host: target, logonId: "0x60", time: T0 + 1000, user: "CORP.EXAMPLE\\alice" });
const wmic = sysmonStart({
  host: source,
  guid: guid(T0, 1),
  pid: 77,
  time: T0,
  image: "C:\\Windows\\System32\\wbem\\WMIC.exe",
  logonId: "0x20",
});
const credentials = explicitLogon({
  host: source,
  logonId: "0x20",
  server: "SRV6",
  user: "CORP\\alice",
  time: T0 + 800,
  pid: 77,
});
const all = [net, arrival, wmic, credentials];

describeStores("alerts that an interrupted ingest left to be refreshed", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  /** Ingests events; is interrupted when they are stored, if asked to be. */
  async function take(events: readonly StemmaEvent[], { interrupt }: { readonly interrupt: boolean }) {
    const stop = new AbortController();
    async function* batches() {
      const read = events.map((event) => ({ event, original: {} }));
      yield { file: "test", events: read, problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
    }
    return ingest({
      ...{ store, detector, paths: ["test"], batches: batches(), actor: { name: "tester" }, signal: stop.signal },
      clock: () => T0 + 86_400_000,
      onProgress: ({ phase }) => {
        if (interrupt && phase === "reading") {
          stop.abort();
        }
      },
    });
  }
  const incidents = async () => (await store.alerts.find({ limit: 10 })).items.map((alert) => alert.originRootKey);
  const demands = () => store.engineState.all("refresh");

  it("are refreshed by the same ingest, repeated", async () => {
    expect((await take(all, { interrupt: true })).state).toBe("interrupted");
    expect(await incidents()).toEqual([undefined]);
    expect(await demands()).toHaveLength(2);
    expect((await take(all, { interrupt: false })).state).toBe("done");
    const process = await store.lineage.processOf(wmic);
    expect(await incidents()).toEqual([process?.key]);
    expect(await demands()).toEqual([]);
  });

  it("are refreshed by an ingest of something else", async () => {
    await take(all, { interrupt: true });
    await take([], { interrupt: false });
    const [key] = await incidents();
    expect(key).toBeDefined();
    expect(await demands()).toEqual([]);
  });

  it("stay demanded when the refresh is cut short, and are left to their owner", async () => {
    await take(all, { interrupt: true });
    const stop = new AbortController();
    stop.abort("stop");
    await expect(refreshDemanded(store, { signal: stop.signal, clock: () => T0, rules: new Map() })).rejects.toBe(
      "stop",
    );
    await refreshDemanded(store, { owner: "somebody else", clock: () => T0, rules: new Map() });
    expect(await demands()).toHaveLength(2);
    await refreshDemanded(store, { clock: () => T0, rules: new Map() });
    expect(await demands()).toEqual([]);
  });
});
