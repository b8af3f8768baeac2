import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { applyEvents } from "../../../server/lineage/apply-events.ts";
import type { Store } from "../../../server/store/port.ts";
import { findOf } from "../../../server/triage/find.ts";
import { alert, rule } from "../../factories/alerts.ts";
import { securityStart, sysmonStart, T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { put } from "./fixtures.ts";

const fields = (values: Fields): Fields => Object.assign(Object.create(null), values);

describeStores("finding", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const rules = [
    rule({ id: "wmi-shell", name: "Command Shell of the WMI Provider" }),
    rule({ id: "other", name: "Scheduled task", techniques: [{ id: "T1053.005", name: "Scheduled Task" }] }),
  ];
  const find = async (text: string) => {
    const { groups } = await findOf(store, text, { rules, now: () => 0 });
    return Object.fromEntries(groups.map((one) => [one.kind, one]));
  };
  const labels = async (text: string, kind: string) => (await find(text))[kind]?.items.map(({ label }) => label) ?? [];
  const starts = (...events: readonly Parameters<typeof applyEvents>[1][number][]) =>
    store.write(({ lineage }) => applyEvents(lineage, events));

  it("finds nothing by less than two characters, and nothing in an empty store", async () => {
    expect(await find("w")).toEqual({});
    expect(await find("  ")).toEqual({});
    expect(await find("nowhere")).toEqual({});
  });

  describe("alerts", () => {
    const commandLine = "cmd.exe /Q /c WhoAmI /all 1> \\\\127.0.0.1\\ADMIN$\\__17";

    it("by words of the command line in any order and case, the latest first, and says where the words are", async () => {
      await put(
        store,
        alert({ id: "a", time: T0, fields: fields({ "process.command_line": commandLine }) }),
        alert({ id: "b", time: T0 + 1, fields: fields({ "process.command_line": `${commandLine} again` }) }),
        alert({ id: "c", time: T0 + 2, fields: fields({ "process.command_line": "notepad.exe" }) }),
        alert({ id: "d", time: T0 + 3, buildingBlock: true, fields: fields({ "process.command_line": commandLine }) }),
      );
      const found = (await find("/ALL whoami"))["alert"];
      expect(found?.items.map(({ id }) => id)).toEqual(["b", "a"]);
      expect(found?.total).toBe(2);
      expect(found?.items[1]?.matched).toEqual({ what: "Command line", text: commandLine });
      expect((await find("admin$\\__17"))["alert"]?.total).toBe(2);
      expect(await labels("100%", "alert")).toEqual([]);
    });

    it("by their id and by the name of a host or a rule", async () => {
      await put(store, alert({ id: "Xy-12", host: "srv-02" }), alert({ id: "Xy-13", host: "srv-03" }));
      expect((await find("Xy-12"))["alert"]?.items).toMatchObject([{ id: "Xy-12", matched: { what: "Alert id" } }]);
      expect((await find("srv-03 one"))["alert"]?.items.map(({ id }) => id)).toEqual(["Xy-13"]);
    });

    it("by the exact value of a field that is not in their text", async () => {
      const hash = "ab".repeat(32);
      await put(
        store,
        alert({ id: "a", fields: fields({ "destination.ip": "203.0.113.9" }) }),
        alert({ id: "b", fields: fields({ "file.hash.sha256": hash }) }),
      );
      expect((await find("203.0.113.9"))["alert"]).toMatchObject({
        items: [{ id: "a", matched: { what: "destination.ip", text: "203.0.113.9" } }],
        total: 1,
      });
      expect((await find(hash.toUpperCase()))["alert"]?.items).toMatchObject([{ id: "b" }]);
    });

    it("counts them only if the latest do not fill the list", async () => {
      const many = Array.from({ length: 9 }, (_, index) => alert({ id: `a${index}`, time: T0 + index }));
      await put(store, ...many);
      const found = (await find("something ran"))["alert"];
      expect(found?.items.map(({ id }) => id)).toEqual(["a8", "a7", "a6", "a5", "a4", "a3"]);
      expect(found?.total).toBeUndefined();
      expect(found?.note).toBeUndefined();
    });
  });

  it("finds programs by a part of their name, those that begin with it first, with their latest start", async () => {
    await starts(
      sysmonStart({ pid: 1, image: "C:\\Windows\\System32\\cmd.exe", time: T0 }),
      sysmonStart({
        guid: "{00000000-0000-0000-0000-000000000002}",
        pid: 2,
        image: "C:\\Windows\\System32\\cmd.exe",
        time: T0 + 5,
      }),
      sysmonStart({
        guid: "{00000000-0000-0000-0000-000000000003}",
        pid: 3,
        image: "C:\\Tools\\aCmd.exe",
        time: T0 + 9,
      }),
    );
    const found = (await find("C:\\Windows\\System32\\CMD"))["process"];
    expect(found?.items.map(({ label, time }) => [label, time])).toEqual([
      ["cmd.exe", new Date(T0 + 5).toISOString()],
      ["acmd.exe", new Date(T0 + 9).toISOString()],
    ]);
    expect(found?.items[0]?.detail).toContain("2 starts, last on ");
    expect(found?.total).toBe(2);
    expect(await labels("c_d", "process")).toEqual([]);
  });

  it("finds images by the beginning of their hash", async () => {
    const sha256 = "3f".repeat(32);
    await starts(
      sysmonStart({
        guid: "{00000000-0000-0000-0000-000000000001}",
        pid: 1,
        image: "C:\\a\\evil.exe",
        time: T0,
        hashes: `SHA256=${sha256}`,
      }),
      sysmonStart({
        guid: "{00000000-0000-0000-0000-000000000002}",
        pid: 2,
        image: "C:\\b\\evil.exe",
        time: T0 + 1,
        hashes: `SHA256=${sha256}`,
      }),
    );
    expect((await find("3F3F3f"))["hash"]).toMatchObject({
      items: [{ id: sha256, detail: expect.stringContaining("evil.exe · 2 starts") }],
      total: 1,
    });
    expect(await labels("3f3f", "hash")).toEqual([]);
  });

  it("finds hosts and users by a part of any of their names", async () => {
    await starts(
      sysmonStart({
        guid: "{00000000-0000-0000-0000-000000000001}",
        pid: 1,
        host: "ws-07",
        user: "CORP\\Adm-Lena",
        time: T0,
      }),
      securityStart({ pid: 2, host: "srv-ws", time: T0 + 1 }),
    );
    expect(await labels("WS", "host")).toEqual(["ws-07", "srv-ws"]);
    expect((await find("lena"))["user"]?.items).toMatchObject([{ id: "corp\\adm-lena", label: "CORP\\Adm-Lena" }]);
    expect(await labels("corp\\adm", "user")).toEqual(["CORP\\Adm-Lena"]);
  });

  it("finds rules by the words of their name, their technique and their id", async () => {
    expect(await labels("provider shell", "rule")).toEqual(["Command Shell of the WMI Provider"]);
    expect(await labels("t1053", "rule")).toEqual(["Scheduled task"]);
    expect(await labels("wmi-sh", "rule")).toEqual(["Command Shell of the WMI Provider"]);
  });
});
