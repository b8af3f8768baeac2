import { afterEach, beforeEach, expect, it } from "vitest";
import { createDetector } from "../../server/detection/detector.ts";
import { readRules } from "../../server/detection/rule-files/load.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { ok } from "../../server/lib/result.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { exception } from "../factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../factories/events.ts";
import { describeStores, type TestStore } from "./stores.ts";

const sigma = (id: string, selection: string, condition: string) => ({
  file: `${id}.yml`,
  source: `${id}.yml`,
  text: ok(
    `title: ${id}\nid: ${id}\nlogsource: { product: windows, category: process_creation }\ndetection:\n${selection}\n  condition: ${condition}\n`,
  ),
});

const { rules } = readRules([
  sigma(
    "office",
    "  selection:\n    Image|endswith: '\\c.exe'\n    GrandParentImage|endswith: '\\word.exe'",
    "selection",
  ),
  sigma(
    "no-shell",
    "  selection:\n    Image|endswith: '\\d.exe'\n  filter:\n    GrandParentImage|endswith: '\\explorer.exe'",
    "selection and not filter",
  ),
]);
const detector = createDetector(rules);

/** The start of process number `serial`, `name.exe`, with a parent. */
function start(name: string, serial: number, parent: number): StemmaEvent {
  return sysmonStart({
    recordId: String(serial),
    time: T0 + serial * 1000,
    guid: guid(T0, serial),
    pid: 1000 + serial * 4,
    image: `C:\\${name}.exe`,
    commandLine: `${name}.exe`,
    user: "CORP\\alice",
    parentGuid: guid(T0, parent),
    parentPid: 1000 + parent * 4,
  });
}

describeStores("rules on the grandparent process", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  async function ingestAll(...events: readonly StemmaEvent[]) {
    async function* batches() {
      for (const event of events) {
        const one = { event, original: {} };
        yield { file: "test", events: [one], problems: [], ignored: [], bytes: 0, fileStart: true, fileDone: true };
      }
    }
    const clock = () => T0 + 86_400_000;
    return ingest({ store, detector, paths: ["test"], batches: batches(), actor: { name: "tester" }, clock });
  }
  const alerts = async () => (await store.alerts.find({ limit: 100 })).items;

  it("get it from the graph: the alert is on the process and has the fields of its grandparent", async () => {
    expect((await ingestAll(start("word", 1, 99), start("shell", 2, 1), start("c", 3, 2))).alerts).toBe(1);
    const [alert] = await alerts();
    expect(alert?.fields["process.parent.parent.executable"]).toBe("C:\\word.exe");
    expect((await store.lineage.process(alert?.processKey ?? ""))?.name).toBe("c.exe");
  });

  it("match in any order of arrival, and when the parents come with a later ingest", async () => {
    expect((await ingestAll(start("c", 3, 2), start("shell", 2, 1), start("word", 1, 99))).alerts).toBe(1);
    expect((await ingestAll(start("c", 13, 12))).alerts).toBe(0);
    expect((await ingestAll(start("shell", 12, 11), start("word", 11, 99))).alerts).toBe(1);
    expect((await ingestAll(start("c", 13, 12))).alerts).toBe(0);
  });

  it("do not match under other programs", async () => {
    expect((await ingestAll(start("excel", 1, 99), start("shell", 2, 1), start("c", 3, 2))).alerts).toBe(0);
    expect(await store.engineState.all("tentative")).toEqual([]);
  });

  it("respect a filter on the grandparent, and match if the grandparent is unknown", async () => {
    await ingestAll(start("explorer", 1, 99), start("shell", 2, 1), start("d", 3, 2), start("d", 13, 88));
    expect((await alerts()).map(({ sources }) => sources[0]?.recordId)).toEqual(["13"]);
  });

  it("are subject to exceptions like any others", async () => {
    const entries = [
      { type: "match", field: "process.name", value: "c.exe", operator: "included", case: "sensitive" },
    ] as const;
    await store.write(({ exceptions }) => exceptions.put(exception({ ruleIds: ["office"], entries: [...entries] })));
    const summary = await ingestAll(start("word", 1, 99), start("shell", 2, 1), start("c", 3, 2));
    expect([summary.alerts, summary.suppressed]).toEqual([0, 1]);
  });
});
