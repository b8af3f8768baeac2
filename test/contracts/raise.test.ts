import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import { equals, wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { Detector } from "../../server/detection/rule.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { dryRun } from "../../server/exceptions/dry-run.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { exception, rule } from "../factories/alerts.ts";
import { guid, securityEnd, securityStart, sysmonActivity, sysmonStart, T0 } from "../factories/events.ts";
import { describeStores, type TestStore } from "./stores.ts";

const NOW = T0 + 3_600_000;

/**
 * The two records of one process start: Sysmon names the account of the token, Security the account that created it.
 */
function duplicateRecords() {
  const process = { pid: 4000, image: "C:\\Windows\\System32\\cmd.exe", commandLine: "cmd.exe /c whoami" };
  return {
    sysmon: sysmonStart({ ...process, time: T0, guid: guid(T0, 1), user: "CORP\\alice", recordId: "1" }),
    security: securityStart({
      ...process,
      time: T0 + 500,
      subject: "CORP\\HOST-A$",
      target: "CORP\\alice",
      recordId: "2",
    }),
  };
}

describeStores("raising alerts", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const detector = createDetector([rule({ condition: equals("process.name", "cmd.exe") })]);

  const ingestAll = (...events: readonly StemmaEvent[]) => ingestWith(detector, ...events);

  async function ingestWith(detector: Detector, ...events: readonly StemmaEvent[]) {
    async function* batches() {
      yield {
        file: "test",
        events: events.map((event) => ({ event, original: {} })),
        problems: [],
        ignored: [],
        bytes: 0,
        fileStart: true,
        fileDone: true,
      };
    }
    return ingest({
      store,
      detector,
      paths: ["test"],
      batches: batches(),
      actor: { name: "tester" },
      clock: () => NOW,
    });
  }

  const save = (record: ExceptionRecord) => store.write(({ exceptions }) => exceptions.put(record));
  const alerts = async () => (await store.alerts.find({ limit: 100 })).items;

  it.each(["together", "Sysmon first", "Security first"])(
    "raises one alert for the two records of a process: %s",
    async (order) => {
      const { sysmon, security } = duplicateRecords();
      const batches = {
        together: [[security, sysmon]],
        "Sysmon first": [[sysmon], [security]],
        "Security first": [[security], [sysmon]],
      }[order];
      let raised = 0;
      for (const batch of batches ?? []) {
        raised += (await ingestAll(...batch)).alerts;
      }
      const [alert, ...others] = await alerts();
      expect(others).toEqual([]);
      expect(raised).toBe(1);
      expect(alert?.sources.map((source) => source.eventId)).toEqual([sysmon.id, security.id]);
      expect(alert?.fields).toEqual(sysmon.fields);
      expect(alert).toMatchObject({
        userKey: "corp\\alice",
        time: T0,
        host: "host-a",
        status: "open",
        commandTemplate: "cmd.exe /c whoami",
      });
      expect((await store.lineage.process(alert?.processKey ?? ""))?.sources).toHaveLength(2);
    },
  );

  it("gives the alert the same id whichever record came first, and keeps the earlier id as an alias", async () => {
    const { sysmon, security } = duplicateRecords();
    await ingestAll(security);
    const [early] = await alerts();
    await ingestAll(sysmon);
    const [late] = await alerts();
    expect((await store.alerts.get(early?.id ?? ""))?.id).toBe(late?.id);
    await test.dispose();
    test = await open();
    store = test.store;
    await ingestAll(sysmon);
    await ingestAll(security);
    expect((await alerts()).map((alert) => alert.id)).toEqual([late?.id]);
  });

  it("raises no second alert for the same records", async () => {
    const { sysmon, security } = duplicateRecords();
    await ingestAll(sysmon, security);
    const before = await alerts();
    const again = await ingestAll(security, sysmon);
    expect(again).toMatchObject({ events: 0, duplicates: 2, alerts: 0 });
    expect(await alerts()).toEqual(before);
  });

  it("does not raise an alert that an enforced exception hides, and counts it once", async () => {
    await save(exception());
    const { sysmon, security } = duplicateRecords();
    expect(await ingestAll(sysmon, security)).toMatchObject({ alerts: 0, suppressed: 1 });
    expect(await ingestAll(sysmon, security)).toMatchObject({ alerts: 0, suppressed: 0 });
    expect(await alerts()).toEqual([]);
    expect(await store.exceptions.get("exception-1")).toMatchObject({ hits: 1 });
  });

  it("hides the alert if only the record that came first matches the exception", async () => {
    await save(exception());
    const { sysmon, security } = duplicateRecords();
    expect(await ingestAll(sysmon)).toMatchObject({ alerts: 0, suppressed: 1 });
    expect(await ingestAll(security)).toMatchObject({ alerts: 0 });
    expect(await alerts()).toEqual([]);
  });

  it("closes the alert if the record that comes later matches the exception", async () => {
    await save(exception());
    const { sysmon, security } = duplicateRecords();
    expect(await ingestAll(security)).toMatchObject({ alerts: 1 });
    expect(await ingestAll(sysmon)).toMatchObject({ alerts: 0, suppressed: 1 });
    const [alert] = await alerts();
    expect(alert).toMatchObject({ status: "closed", closeReason: "exception" });
    expect(await store.triage.transitions([alert?.id ?? ""])).toMatchObject([
      { actor: "exception:Inventory service", from: "open", to: "closed", reason: "exception" },
    ]);
    const { items } = await store.audit.page({ kind: "alert", limit: 10 });
    expect(items.map((record) => record.actor)).toEqual(["exception:Inventory service"]);
  });

  it("only counts hits of an exception in shadow mode", async () => {
    await save(exception({ mode: "shadow" }));
    const { sysmon, security } = duplicateRecords();
    expect(await ingestAll(sysmon, security)).toMatchObject({ alerts: 1, suppressed: 0 });
    expect(await store.exceptions.get("exception-1")).toMatchObject({ hits: 1 });
    expect((await alerts())[0]?.status).toBe("open");
  });

  describe("of records that are not process starts", () => {
    const process = { guid: guid(T0, 1), pid: 4000, image: "C:\\Tools\\agent.exe" };
    const wrote = (name: string, recordId: string) =>
      sysmonActivity(11, { ...process, time: T0 + Number(recordId) * 1000, recordId, file: `C:\\out\\${name}` });
    const files = createDetector([rule({ condition: wildcard("file.path", "C:\\out\\*") })]);
    const allowed = exception({
      entries: [
        { type: "match", field: "file.path", value: "C:\\out\\known.txt", operator: "included", case: "insensitive" },
      ],
    });
    const rules = [rule({ condition: wildcard("file.path", "C:\\out\\*") })];

    it.each(["together", "one after the other"])(
      "hides only the record that an exception matches: %s",
      async (arrival) => {
        await save(allowed);
        const known = wrote("known.txt", "11");
        const other = wrote("payload.exe", "12");
        for (const batch of arrival === "together" ? [[known, other]] : [[known], [other]]) {
          await ingestWith(files, ...batch);
        }
        const [alert, ...more] = await alerts();
        expect(more).toEqual([]);
        expect(alert).toMatchObject({ status: "open", fields: { "file.path": "C:\\out\\payload.exe" } });
        expect(alert?.sources.map(({ eventId }) => eventId)).toEqual([other.id]);
        await ingestWith(files, wrote("known.txt", "13"));
        expect((await alerts())[0]).toMatchObject({ status: "open", sources: [{ eventId: other.id }] });
        expect((await store.exceptions.get("exception-1"))?.hits).toBe(2);
      },
    );

    it.each(["before", "after"])(
      "keeps an alert that rests on one of them, whether it arrives before or after an excepted start: %s",
      async (arrival) => {
        await save(exception());
        const { sysmon, security } = duplicateRecords();
        const shell = { guid: guid(T0, 1), pid: 4000, image: "C:\\Windows\\System32\\cmd.exe" };
        const file = sysmonActivity(11, { ...shell, time: T0 + 5000, recordId: "15", file: "C:\\out\\payload.exe" });
        await ingestAll(security);
        for (const event of arrival === "before" ? [file, sysmon] : [sysmon, file]) {
          await ingestAll(event);
        }
        expect(await alerts()).toMatchObject([{ status: "open" }]);
      },
    );

    it("reopens a closed alert only for a new record", async () => {
      await save(allowed);
      await ingestWith(files, wrote("payload.exe", "12"));
      const [alert] = await alerts();
      if (alert === undefined) throw new Error("no alert was raised");
      await store.write((transaction) => transaction.alerts.put({ ...alert, status: "closed", closeReason: "benign" }));
      await ingestWith(files, wrote("known.txt", "13"));
      expect((await store.alerts.get(alert.id))?.status).toBe("closed");
      await ingestWith(files, wrote("second.exe", "14"));
      expect(await store.alerts.get(alert.id)).toMatchObject({ status: "open", sources: [{}, {}] });
      expect((await store.alerts.get(alert.id))?.closeReason).toBeUndefined();
      expect(await store.triage.transitions([alert.id])).toMatchObject([
        { actor: "detection", from: "closed", to: "open" },
      ]);
      expect((await store.audit.page({ kind: "alert", limit: 10 })).items).toMatchObject([{ actor: "detection" }]);
    });

    it("lists an alert in a dry run only if nothing of it would be left", async () => {
      await ingestWith(files, wrote("known.txt", "11"));
      expect((await dryRun(store, rules, allowed, () => NOW)).totals).toMatchObject({ closesNow: 1 });
      await ingestWith(files, wrote("payload.exe", "12"));
      const [alert, ...more] = await alerts();
      expect(more).toEqual([]);
      expect(alert?.sources).toHaveLength(2);
      expect(await dryRun(store, rules, allowed, () => NOW)).toMatchObject({
        totals: { closesNow: 0 },
        entryMatches: [1],
      });
    });
  });

  it.each([
    ["has expired", { expires: new Date(NOW - 1).toISOString() }],
    ["is disabled", { disabledAt: new Date(NOW - 1).toISOString() }],
    ["is for another rule", { ruleIds: ["rule-2"] }],
  ])("ignores an exception that %s", async (_, given) => {
    await save(exception(given));
    expect(await ingestAll(duplicateRecords().sysmon)).toMatchObject({ alerts: 1, suppressed: 0 });
  });

  it("moves alerts to the root that becomes known later", async () => {
    const parent = guid(T0 - 60_000, 7);
    const child = sysmonStart({ time: T0, guid: guid(T0, 8), pid: 20, parentGuid: parent, parentPid: 10 });
    await ingestAll(child);
    await ingestAll(
      sysmonStart({
        time: T0 - 60_000,
        guid: parent,
        pid: 10,
        image: "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
        parentGuid: guid(T0 - 90_000, 6),
        parentPid: 5,
        parentImage: "C:\\Windows\\System32\\svchost.exe",
      }),
    );
    const [alert] = await alerts();
    const root = await store.lineage.process(alert?.rootKey ?? "");
    expect(root?.name).toBe("WmiPrvSE.exe");
  });

  it("moves the record of an exit to the process that ended with it, whenever that becomes known", async () => {
    const image = "C:\\Windows\\System32\\cmd.exe";
    const started = (time: number, recordId: string) =>
      securityStart({ image, pid: 4000, time: T0 + time, commandLine: `cmd.exe /c ${recordId}`, recordId });
    const ended = (time: number, recordId: string) => securityEnd({ image, pid: 4000, time: T0 + time, recordId });
    const records = [started(0, "1"), ended(9_000, "2"), started(5_000, "3"), ended(4_000, "4")];
    for (const record of records) {
      await ingestAll(record);
    }
    const recordsOf = async () =>
      (await alerts())
        .map(({ sources, processKey }) => [processKey, sources.map(({ recordId }) => recordId)])
        .toSorted();
    const late = await recordsOf();
    expect(late.map(([, ids]) => ids).toSorted()).toEqual([
      ["1", "4"],
      ["3", "2"],
    ]);
    await test.dispose();
    test = await open();
    store = test.store;
    await ingestAll(...records);
    expect(late).toEqual(await recordsOf());
  });
});
