import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QueryRun } from "#contracts/query-run";
import { sqliteInTemporaryFolder, type TestStore } from "../../test/contracts/stores.ts";
import { rule } from "../../test/factories/alerts.ts";
import { guid, securityStart, sysmonStart, T0 } from "../../test/factories/events.ts";
import { ingestEvents } from "../../test/factories/ingest.ts";
import { and, type Condition, equals } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import type { Rule } from "../detection/rule.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { PlaybookQuery, Provider } from "./playbook.ts";
import { runQuery } from "./run-query.ts";

const SYSTEM = "S-1-5-18";
const MINUTE = 60_000;
const bad = { image: "C:\\Windows\\System32\\rundll32.exe", commandLine: "rundll32.exe comsvcs.dll, MiniDump 624" };
const system = { subject: "NT AUTHORITY\\SYSTEM", subjectSid: SYSTEM, subjectLogonId: "0x3e7" };

const phrase = (field: string, value: string): Provider => ({
  type: "phrase",
  field,
  value,
  excluded: false,
  caseInsensitive: false,
});

/** As guides of rules have them: no records are named that would show a hit. */
const query = (target: PlaybookQuery["target"], ...providers: readonly Provider[]): PlaybookQuery => ({
  id: "q",
  label: "Stock query",
  target,
  from: "now-30m",
  to: "now+30m",
  groups: [{ label: "", providers }],
  columns: [],
  shownBy: [],
  nothing: "Nothing was found",
});

const ofUser = query("alerts", phrase("event.kind", "signal"), phrase("user.id", "{{user.id}}"));

const conditions: Readonly<Record<string, Condition>> = {
  raised: equals("process.name", "rundll32.exe"),
  "on-starts": and(equals("event.category", "process"), equals("event.type", "start"), equals("process.name", "x.exe")),
  "on-queries": and(equals("event.code", "22"), equals("event.provider", "Microsoft-Windows-Sysmon")),
};
const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries(conditions).map(([id, condition]) => [id, rule({ id, condition })]),
);

describe("a query for other alerts", () => {
  let test: TestStore;
  beforeEach(async () => {
    test = await sqliteInTemporaryFolder();
  });
  afterEach(() => test.dispose());

  /** Process starts every minute on a host for an hour on each side. */
  const starts = (host: string, first: number) =>
    Array.from({ length: 121 }, (_, index) => {
      const time = T0 + (index - 60) * MINUTE;
      return sysmonStart({
        image: "C:\\Windows\\System32\\svchost.exe",
        host,
        time,
        pid: first + index,
        guid: guid(time, first + index),
      });
    });
  const take = (...events: readonly StemmaEvent[]) =>
    ingestEvents(test.store, createDetector([...rules.values()]), events);
  const run = async (one: PlaybookQuery, host = "srv-48"): Promise<QueryRun> => {
    const [alert] = (await test.store.alerts.find({ hosts: [host], limit: 1 })).items;
    if (alert === undefined) {
      throw new Error(`no alert on ${host}`);
    }
    const ruleOf = (id: string) => rules.get(id);
    return runQuery(test.store, one, alert, { anchor: "event", limit: 50, clock: () => T0, ruleOf });
  };
  const badOn = (host: string) => securityStart({ ...bad, ...system, host, time: T0 + 5, pid: 4000 });

  it("of a user finds none of a built-in account on another host", async () => {
    await take(badOn("srv-48"), badOn("srv-49"));
    const alerts = await run(ofUser);
    expect([alerts.total, alerts.groups[0]?.notes.join()]).toEqual([
      0,
      expect.stringContaining("so only srv-48 is searched"),
    ]);
    expect(alerts.windowCoverage.hosts.map(({ host }) => host)).toEqual(["srv-48"]);
    const events = await run(query("events", phrase("user.id", "{{user.id}}"), phrase("event.code", "4688")));
    expect(events.rows.map(({ fields }) => fields["host.name"])).toEqual(["srv-48"]);
  });

  it("is conclusive where the host writes anything, and not where it is silent", async () => {
    await take(badOn("srv-48"), badOn("srv-49"), ...starts("srv-48", 100));
    expect((await run(ofUser)).outcome).toBe("no-hits");
    expect((await run(ofUser, "srv-49")).outcome).toBe("no-data");
  });

  it("names the hosts that are not covered if it is about all of them", async () => {
    await take(badOn("srv-48"), ...starts("srv-48", 100), ...starts("srv-49", 300).slice(0, 55));
    const all = await run(query("alerts", phrase("event.kind", "signal"), phrase("user.name", "nobody")));
    expect(all).toMatchObject({ outcome: "partly-covered", total: 0 });
    expect(all.reason).toContain("1 of 2 hosts with data are covered");
    expect(all.reason).toContain("not srv-49");
  });

  it("of a rule is conclusive only if that rule could have matched something", async () => {
    await take(badOn("srv-48"), ...starts("srv-48", 100));
    const ofRule = (id: string) =>
      run(query("alerts", phrase("kibana.alert.rule.rule_id", id), phrase("host.name", "{{host.name}}")));
    expect((await ofRule("on-starts")).outcome).toBe("no-hits");
    const blind = await ofRule("on-queries");
    expect([blind.outcome, blind.reason]).toEqual(["no-data", expect.stringContaining("No Sysmon 22 of srv-48")]);
    expect((await ofRule("not-loaded")).outcome).toBe("no-data");
  });
});

describe("a query of a guide, which names no records", () => {
  it("needs those that can satisfy its condition", async () => {
    const test = await sqliteInTemporaryFolder();
    const times = Array.from({ length: 121 }, (_, index) => T0 + (index - 60) * MINUTE);
    await ingestEvents(test.store, createDetector([...rules.values()]), [
      sysmonStart({ ...bad, host: "srv-48", time: T0 + 5, pid: 7, guid: guid(T0, 7) }),
      ...times.map((time, index) =>
        sysmonStart({
          image: "C:\\Windows\\System32\\svchost.exe",
          host: "srv-48",
          time,
          pid: 100 + index,
          guid: guid(time, 100 + index),
        }),
      ),
    ]);
    const [alert] = (await test.store.alerts.find({ limit: 1 })).items;
    const ofProcess = (...more: readonly Provider[]) =>
      alert === undefined
        ? undefined
        : runQuery(test.store, query("events", phrase("host.name", "{{host.name}}"), ...more), alert, {
            anchor: "event",
            limit: 5,
            ruleOf: () => undefined,
            clock: () => T0,
          });
    const started = await ofProcess(
      phrase("event.category", "process"),
      phrase("event.type", "start"),
      phrase("process.name", "never.exe"),
    );
    expect([started?.outcome, started?.windowCoverage.sources]).toEqual(["no-hits", ["Sysmon 1"]]);
    const files = await ofProcess(phrase("event.category", "file"), phrase("process.name", "never.exe"));
    expect([files?.outcome, files?.reason]).toEqual(["no-data", expect.stringContaining("Sysmon 11")]);
    await test.dispose();
  });
});
