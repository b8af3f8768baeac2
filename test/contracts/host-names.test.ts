import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { queueQuery } from "#contracts/queue";
import { linkSource, linkSourceAround } from "../../server/alerting/link-source.ts";
import { reachedFrom } from "../../server/alerting/origin-roots.ts";
import { equals } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { suggestDraft } from "../../server/exceptions/draft.ts";
import { readEvents } from "../../server/ingest/read.ts";
import { logonLinks } from "../../server/lineage/links/logon-links.ts";
import type { PlaybookQuery } from "../../server/playbooks/playbook.ts";
import { runQuery } from "../../server/playbooks/run-query.ts";
import type { Store } from "../../server/store/port.ts";
import { alertDetailOf } from "../../server/triage/alert-view.ts";
import { hostPageOf } from "../../server/triage/host-page.ts";
import { hostListOf } from "../../server/triage/host-summaries.ts";
import { queuePageOf } from "../../server/triage/queue.ts";
import { userPageOf } from "../../server/triage/user-page.ts";
import { rule } from "../factories/alerts.ts";
import {
  explicitLogon,
  failedLogon,
  guid,
  logon,
  securityEnd,
  securityStart,
  sysmonActivity,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, sqliteInTemporaryFolder, type TestStore } from "./stores.ts";

const noPlaybooks = { forAlert: () => undefined };

const telemetry = resolve(import.meta.dirname, "../../../shared/telemetry");
const missing = !existsSync(join(telemetry, "expected.json"));

const detector = createDetector([rule({ condition: equals("process.name", ["cmd.exe", "powershell.exe"]) })]);

/** What is shown of a store, without the ids of records, which depend on how they spell their host. */
async function pictureOf(store: Store) {
  const hosts = await store.lineage.hosts();
  const { items } = await store.lineage.processesIn({ hosts: hosts.map(({ host }) => host), limit: 10_000 });
  const { items: sessions } = await store.lineage.sessions({ limit: 10_000 });
  const { items: alerts } = await store.alerts.find({ limit: 10_000 });
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    hosts: hosts.filter(({ processes }) => processes > 0).map(({ host, processes }) => ({ host, processes })),
    counts: await store.lineage.counts(),
    processes: items
      .map(({ key, host, pid, name, commandLine, parent, sessionKey, activity, childCount }) => ({
        key,
        host,
        pid,
        name,
        commandLine,
        parent: parent?.key,
        sessionKey,
        activity,
        childCount,
      }))
      .toSorted(byText),
    sessions: sessions
      .map(({ key, host, logonId, processCount }) => ({ key, host, logonId, processCount }))
      .toSorted(byText),
    alerts: alerts
      .map(({ id, host, processKey, rootKey, sources, time, fields }) => ({
        id,
        host,
        processKey,
        rootKey,
        time,
        commandLine: fields["process.command_line"],
        records: sources.map(({ channel, recordId }) => `${channel} ${recordId}`),
      }))
      .toSorted(byText),
  };
}

function underName(event: StemmaEvent, name: string): StemmaEvent {
  return {
    ...event,
    id: `${event.id} ${name}`,
    source: { ...event.source, eventId: `${event.id} ${name}` },
    fields: {
      ...event.fields,
      "host.name": name.toLowerCase(),
      "host.id": name.toLowerCase(),
      "winlog.computer_name": name,
    },
  };
}

async function eventsOf(file: string): Promise<readonly StemmaEvent[]> {
  const events: StemmaEvent[] = [];
  for await (const batch of readEvents([join(telemetry, "wmiexec", file)])) {
    events.push(...batch.events.map(({ event }) => event));
  }
  return events;
}

/** One process start as Sysmon and the Security log record it, a connection of it, and its child. */
function story(sysmonName: string, securityName: string, machine = "aaaaaaaa") {
  const id = (serial: number) => guid(T0, serial).replace(/^\{\w{8}/, `{${machine}`);
  const parent = { image: "C:\\Windows\\System32\\cmd.exe", commandLine: "cmd.exe /c start", pid: 4000 };
  const child = { image: "C:\\Windows\\System32\\whoami.exe", commandLine: "whoami", pid: 4100, parentPid: 4000 };
  const records = {
    sysmon: [
      sysmonStart({ ...parent, time: T0, guid: id(1), logonId: "0x777", recordId: "1" }),
      sysmonStart({ ...child, time: T0 + 2000, guid: id(2), parentGuid: id(1), logonId: "0x777", recordId: "2" }),
      sysmonActivity(11, { time: T0 + 3000, guid: id(1), pid: 4000, image: parent.image }),
    ],
    security: [
      securityStart({ ...parent, time: T0 + 300, recordId: "11", subjectLogonId: "0x777" }),
      securityStart({ ...child, time: T0 + 2300, creatorPid: 4000, recordId: "12", subjectLogonId: "0x777" }),
    ],
  };
  return [
    ...records.sysmon.map((event) => underName(event, sysmonName)),
    ...records.security.map((event) => underName(event, securityName)),
  ];
}

/** System 6011, recorded under the new name. */
function renameRecord(from: string, to: string): StemmaEvent {
  return {
    ...other(to),
    id: "6011",
    fields: {
      "event.code": "6011",
      "event.provider": "EventLog",
      "host.name": to.toLowerCase(),
      "winlog.event_data.param1": from,
      "winlog.event_data.param2": to.split(".", 1)[0] ?? to,
    },
  };
}

function other(name: string): StemmaEvent {
  return underName(
    securityStart({ image: "C:\\Windows\\notepad.exe", commandLine: "notepad.exe", pid: 77, time: T0, recordId: "99" }),
    name,
  );
}

describeStores("a host with several names", (open) => {
  let test: TestStore;
  beforeEach(async () => {
    test = await open();
  });
  afterEach(() => test.dispose());

  /** The picture of a new store after these ingests. */
  async function pictureAfter(...ingests: readonly (readonly StemmaEvent[])[]) {
    const own = await sqliteInTemporaryFolder();
    for (const events of ingests) {
      await ingestEvents(own.store, detector, events);
    }
    const picture = await pictureOf(own.store);
    await own.dispose();
    return picture;
  }

  it.skipIf(missing)(
    `gives one tree of a capture whose logs spell it in two ways, in any order${missing ? " (skipped: no ../shared)" : ""}`,
    async () => {
      const [sysmon, security] = [await eventsOf("sliver-sysmon.evtx"), await eventsOf("sliver-security.evtx")];
      const single = await pictureAfter([...sysmon, ...security]);
      expect(single.processes).toHaveLength(28);
      const short = sysmon.map((event) => underName(event, "VALKYRIE"));
      const both = [...short, ...security];
      const shuffled = both.toSorted((a, b) => (a.id.slice(3) < b.id.slice(3) ? -1 : 1));
      expect(await pictureAfter(both)).toEqual(single);
      expect(await pictureAfter(shuffled)).toEqual(single);
      await ingestEvents(test.store, detector, short);
      await ingestEvents(test.store, detector, security);
      expect(await pictureOf(test.store)).toEqual(single);
      expect(await pictureAfter(security, short)).toEqual(single);
      expect(await pictureAfter(shuffled.slice(0, 100), shuffled.slice(100, 300), shuffled.slice(300))).toEqual(single);
    },
  );

  it("is separated again when a second full name with the same short one appears", async () => {
    const records = story("wks-44", "wks-44.nord.example");
    await ingestEvents(test.store, detector, records);
    const merged = await pictureOf(test.store);
    expect(merged.hosts).toEqual([{ host: "wks-44.nord.example", processes: 2 }]);
    expect(merged.alerts).toHaveLength(1);

    await ingestEvents(test.store, detector, [other("wks-44.sud.example")]);
    const apart = await pictureOf(test.store);
    expect(apart.hosts.map(({ host }) => host)).toEqual(["wks-44", "wks-44.nord.example", "wks-44.sud.example"]);
    expect(apart.alerts.map(({ host, records: of }) => [host, of.length]).toSorted()).toEqual([
      ["wks-44", 2],
      ["wks-44.nord.example", 1],
    ]);
    expect(apart).toEqual(await pictureAfter([other("wks-44.sud.example"), ...records.toReversed()]));
    for (const { key } of merged.processes) {
      expect(await test.store.lineage.process(key)).toBeDefined();
    }
    for (const { id } of merged.alerts) {
      expect(await test.store.alerts.get(id)).toBeDefined();
    }
  });

  it("keeps every record of its alerts when it is separated, also where two of them become one", async () => {
    const image = "C:\\Windows\\System32\\cmd.exe";
    const on = (name: string, id: string, event: StemmaEvent): StemmaEvent => {
      const named = underName(event, name);
      return { ...named, fields: { ...named.fields, "host.id": id } };
    };
    const ended = (time: number, recordId: string) => securityEnd({ image, pid: 4000, time, recordId });
    const started = securityStart({ image, commandLine: "cmd.exe", pid: 4100, time: T0 + 300, recordId: "5" });
    const ingests = [
      [on("wks-44", "machine-1", ended(T0 + 5000, "1")), on("wks-44.nord.example", "machine-2", ended(T0, "2"))],
      [
        on(
          "asset-7.nord.example",
          "machine-1",
          sysmonActivity(11, { image, pid: 4000, guid: guid(T0, 1), time: T0 + 2000 }),
        ),
      ],
      [on("wks-44.sud.example", "machine-2", ended(T0 + 4000, "4")), on("asset-7.nord.example", "machine-2", started)],
    ];
    for (const events of ingests) {
      await ingestEvents(test.store, detector, events);
    }
    const { alerts } = await pictureOf(test.store);
    expect(alerts.flatMap(({ records }) => records)).toHaveLength(ingests.flat().length);
    expect(alerts).toEqual((await pictureAfter(ingests.flat())).alerts);
  });

  it("is one host under the name before and after a rename, once the record of it is there", async () => {
    const rename = renameRecord("WIN-1Q2W3E", "DC1.corp.example");
    const records = story("win-1q2w3e", "DC1.corp.example");
    await ingestEvents(test.store, detector, records);
    expect((await pictureOf(test.store)).hosts).toHaveLength(2);
    await ingestEvents(test.store, detector, [rename]);
    const picture = await pictureOf(test.store);
    expect(picture.hosts).toEqual([{ host: "dc1.corp.example", processes: 2 }]);
    expect(picture.alerts).toHaveLength(1);
    expect(picture).toEqual(await pictureAfter([rename, ...records]));
  });

  it("is one host if its machine id or an entity id says so, and says why", async () => {
    const records = story("asset-7", "wks-43.nord.example");
    const withId = records.map((event) => ({ ...event, fields: { ...event.fields, "host.id": "machine-1" } }));
    await ingestEvents(test.store, detector, withId);
    expect((await pictureOf(test.store)).hosts).toEqual([{ host: "wks-43.nord.example", processes: 2 }]);
  });

  it("is one host if one process was recorded under both names", async () => {
    await ingestEvents(test.store, detector, [...story("alpha", "x", "bbbbbbbb"), ...story("beta", "y", "bbbbbbbb")]);
    const { names, evidence } = await test.store.lineage.hostsNear(["beta"]);
    expect([...names].filter(([, host]) => host === "alpha").map(([name]) => name)).toEqual(["alpha", "beta"]);
    expect(evidence.some(({ kind, name, value }) => kind === "entity" && name === "alpha" && value === "beta")).toBe(
      true,
    );
    const page = await hostPageOf(test.store, "beta");
    expect(page?.spellings.map(({ key }) => key)).toEqual(["beta"]);
    expect(page?.spellings[0]?.why).toMatch(
      /^The process with the entity id \{BBBBBBBB\S+ was recorded under this name and as alpha: in record \S+ of /,
    );
    expect(page?.spellings[0]?.evidence).toHaveLength(1);
  });

  it("is listed once with all of its names, and the queue finds it by each", async () => {
    const records = story("asset-7", "wks-43.nord.example");
    const withId = records.map((event) => ({ ...event, fields: { ...event.fields, "host.id": "machine-1" } }));
    await ingestEvents(test.store, detector, withId);
    const page = await hostListOf(test.store, { limit: 10 });
    expect(page.items.map(({ host, alsoKnownAs }) => ({ host, alsoKnownAs }))).toEqual([
      { host: "wks-43.nord.example", alsoKnownAs: ["asset-7"] },
    ]);
    for (const name of ["asset-7", "WKS-43.nord.example"]) {
      expect((await queuePageOf(test.store, noPlaybooks, queueQuery.parse({ host: [name] }))).items).toHaveLength(1);
    }
  });

  it("is found in the queue by a former name that no record was written under", async () => {
    const rename: StemmaEvent = {
      ...other("DC1.corp.example"),
      id: "6011",
      fields: {
        "event.code": "6011",
        "event.provider": "EventLog",
        "host.name": "dc1.corp.example",
        "winlog.event_data.param1": "GAMMA",
        "winlog.event_data.param2": "DC1",
      },
    };
    await ingestEvents(test.store, detector, [...story("dc1.corp.example", "dc1.corp.example"), rename]);
    const found = async (host: string) =>
      (await queuePageOf(test.store, noPlaybooks, queueQuery.parse({ host: [host] }))).items;
    expect(await found("dc1.corp.example")).toHaveLength(1);
    expect(await found("Gamma")).toHaveLength(1);
    expect(await found("delta")).toEqual([]);
  });

  it("says on its page why each of its other names is one", async () => {
    const rename: StemmaEvent = {
      ...other("DC1.corp.example"),
      id: "6011",
      source: { ...other("DC1.corp.example").source, eventId: "6011", recordId: "7", code: "6011" },
      fields: {
        "event.code": "6011",
        "event.provider": "EventLog",
        "host.name": "dc1.corp.example",
        "host.id": "machine-1",
        "winlog.event_data.param1": "WIN-1Q2W3E",
        "winlog.event_data.param2": "DC1",
      },
    };
    const byId = other("asset-7");
    const withId = { ...byId, fields: { ...byId.fields, "host.id": "machine-1" } };
    await ingestEvents(test.store, detector, [...story("win-1q2w3e", "DC1.corp.example", "cccccccc"), rename, withId]);
    const page = await hostPageOf(test.store, "ASSET-7");
    expect(page?.host).toBe("dc1.corp.example");
    const at = new Date(T0).toISOString().slice(0, 19).replace("T", " ");
    const found = Object.fromEntries(
      page?.spellings.map(({ key, why, evidence }) => [
        key,
        { why, records: evidence.map(({ recordId }) => recordId) },
      ]) ?? [],
    );
    expect(Object.keys(found)).toEqual(["asset-7", "dc1", "win-1q2w3e"]);
    expect(found["asset-7"]).toEqual({
      why: `The same machine id machine-1 as dc1.corp.example: in record 99 of ${at} UTC and record 7 of ${at} UTC.`,
      records: ["99", "7"],
    });
    expect(found["dc1"]).toEqual({
      why:
        "The short name of dc1.corp.example: no other host has a full name that begins with it. " +
        `The host was renamed to this from win-1q2w3e (System 6011, record 7 of ${at} UTC).`,
      records: ["7"],
    });
    expect(found["win-1q2w3e"]).toEqual({
      why: `The host was renamed from this to dc1 (System 6011, record 7 of ${at} UTC).`,
      records: ["7"],
    });
  });

  it("is one row of the queue's facets and one group, whatever name its alerts have", async () => {
    const failure = (name: string, recordId: string) =>
      underName(
        {
          ...securityStart({ image: "C:\\x.exe", commandLine: "x", pid: 1, time: T0 + 60_000, recordId }),
          fields: { "event.code": "4625", "event.category": ["authentication"] },
        },
        name,
      );
    const onFailure = createDetector([rule({ condition: equals("event.code", ["4625"]) })]);
    // Alerts without a process keep the name in their record, which is no name of this host until its full name comes.
    await ingestEvents(test.store, onFailure, [failure("wks-43", "1"), failure("wks-5", "3")]);
    const queue = (query: object) => queuePageOf(test.store, noPlaybooks, queueQuery.parse(query));
    expect((await queue({})).facets.host.map(({ value }) => value)).toEqual(["wks-43", "wks-5"]);
    await ingestEvents(test.store, onFailure, [failure("wks-43.nord.example", "2")]);
    const { facets, totalAlerts } = await queue({});
    expect(totalAlerts).toBe(3);
    expect(facets.host).toEqual([
      { value: "wks-43.nord.example", label: "wks-43.nord.example", count: 2 },
      { value: "wks-5", label: "wks-5", count: 1 },
    ]);
    for (const host of ["wks-43", "WKS-43.nord.example"]) {
      const filtered = await queue({ host: [host], group: "host" });
      expect(filtered.totalAlerts).toBe(2);
      expect(filtered.facets.host).toHaveLength(2);
      expect(filtered.items.map(({ key, title, alertCount, hosts }) => ({ key, title, alertCount, hosts }))).toEqual([
        { key: "wks-43.nord.example", title: "wks-43.nord.example", alertCount: 2, hosts: ["wks-43.nord.example"] },
      ]);
    }
    const first = await queue({ group: "host", limit: 1 });
    const second = await queue({ group: "host", limit: 1, cursor: first.next });
    expect([...first.items, ...second.items].map(({ key, alerts }) => [key, alerts.length])).toEqual([
      ["wks-43.nord.example", 2],
      ["wks-5", 1],
    ]);
    expect(second.next).toBeUndefined();
  });

  it("is searched by playbooks under all of its names and ids, with a note, and so is what is stored of it", async () => {
    const records = story("asset-7", "wks-43.nord.example");
    const seen = ({ fields }: StemmaEvent) => fields["host.name"] === "asset-7";
    const withId = (event: StemmaEvent) => ({ ...event, fields: { ...event.fields, "host.id": "Machine-1" } });
    const renamed = renameRecord("asset-7", "wks-43.nord.example");
    await ingestEvents(test.store, detector, [...records.map((one) => (seen(one) ? withId(one) : one)), renamed]);
    await ingestEvents(test.store, detector, [other("elsewhere")]);
    const alert = only((await test.store.alerts.find({ limit: 5 })).items);
    const runOf = (query: PlaybookQuery) =>
      runQuery(test.store, query, alert, { anchor: "event", limit: 50, clock, ruleOf: () => undefined });
    for (const field of ["host.id", "host.name", "winlog.computer_name"]) {
      const run = await runOf(onHost(field));
      expect(new Set(run.rows.map(({ fields }) => fields["host.name"]))).toEqual(
        new Set(["asset-7", "wks-43.nord.example"]),
      );
      expect(run.rows.flatMap(({ sources }) => sources ?? [])).toHaveLength(records.length + 1);
      expect(run.groups[0]?.notes.join()).toContain(`${field} is searched under every name of wks-43.nord.example`);
      expect(new Set(run.coverage.map(({ host }) => host))).toEqual(new Set(["asset-7", "wks-43.nord.example"]));
    }
    const children = await runOf(onHost("host.id", { field: "process.parent.pid", value: 4000 }));
    expect(children.rows.map(({ sources }) => sources?.length)).toEqual([2]);
    const elsewhere = await runOf(onHost("host.id", undefined, true));
    expect(elsewhere.rows.map(({ fields }) => fields["host.name"])).toEqual(["elsewhere"]);
    expect(elsewhere.coverage.map(({ host }) => host)).toEqual(["elsewhere"]);
  });

  it("is searched by playbooks as it is spelled if nothing else is known of it", async () => {
    await ingestEvents(test.store, detector, [...story("wks-43", "wks-43"), other("wks-44")]);
    const alert = only((await test.store.alerts.find({ limit: 5 })).items);
    const run = await runQuery(test.store, onHost("host.id"), alert, {
      anchor: "event",
      limit: 50,
      clock,
      ruleOf: () => undefined,
    });
    expect([run.total, run.groups[0]?.notes]).toEqual([3, []]);
  });

  it("has one SYSTEM account, under each of its names on the network", async () => {
    const network = (user: string, serial: number) =>
      logon({ host: "dc", time: T0 + serial, logonId: `0x5${serial}`, user, sid: "S-1-5-21-1-2-3-1200" });
    const [first, second] = [network("NORD\\ASSET-7$", 1), network("NORD\\WKS-43$", 2)];
    await ingestEvents(test.store, detector, [...story("asset-7", "wks-43.nord.example"), first, second]);
    await ingestEvents(test.store, detector, [renameRecord("asset-7", "wks-43.nord.example")]);
    const accounts = await test.store.lineage.accounts();
    for (const key of ["nord\\asset-7$", "nord\\wks-43$"]) {
      expect(accounts.keyOf(key, "dc")).toBe("nt authority\\system@wks-43.nord.example");
    }
    expect(accounts.find("nt authority\\system@asset-7")?.scopes[0]?.hosts).toEqual(NAMES);
  });

  it("is one to exceptions and to counts of alerts that have no process", async () => {
    const failures = createDetector([rule({ condition: equals("event.code", "4625") })]);
    const failed = (name: string, serial: number) =>
      underName(failedLogon({ time: T0 + serial, user: "NORD\\guess", recordId: String(serial) }), name);
    const events = [failed("asset-7", 1), failed("wks-43.nord.example", 2), failed("elsewhere", 3)];
    await ingestEvents(test.store, failures, [...events, renameRecord("asset-7", "wks-43.nord.example")]);
    const alerts = (await test.store.alerts.find({ hosts: ["asset-7"], limit: 5 })).items;
    const detail = await alertDetailOf(test.store, new Map(), only(alerts).id);
    expect(detail?.related.sameHost).toBe(1);
    const { draft } = await suggestDraft(test.store, only(alerts), undefined);
    expect(draft.entries).toContainEqual(
      expect.objectContaining({ type: "match_any", field: "host.name", values: NAMES, case: "insensitive" }),
    );
  });

  it("is linked to the session that used credentials for it under a former name, and is reached from there", async () => {
    const shell = { image: "C:\\Windows\\System32\\cmd.exe", commandLine: "cmd.exe", time: T0 };
    await ingestEvents(test.store, detector, [
      securityStart({ ...shell, host: "ws5", pid: 77, subjectLogonId: "0x20", recordId: "1" }),
      explicitLogon({ host: "ws5", logonId: "0x20", server: "ASSET-7", time: T0 + 800, recordId: "2" }),
      logon({ host: "asset-7", logonId: "0x60", time: T0 + 1000, recordId: "3" }),
      securityStart({ ...shell, host: "asset-7", pid: 88, time: T0 + 1500, subjectLogonId: "0x60", recordId: "4" }),
    ]);
    const sessionOn = async (host: string) =>
      only((await test.store.lineage.sessions({ hosts: [host], limit: 5 })).items.filter(({ service }) => !service));
    const expectLinked = async (host: string) => {
      const [from, to] = [await sessionOn("ws5"), await sessionOn(host)];
      expect(await reachedFrom(test.store.lineage, ["ws5"])).toEqual([host, "ws5"].toSorted());
      const ahead = await linkSourceAround(test.store, [to.key]);
      const links = [logonLinks(linkSource(test.store)), logonLinks(ahead.source, ahead.possible)];
      for (const of of links) {
        const link = await of.originOf(to);
        expect(link).toMatchObject({ basis: "explicit", from: { sessionKey: from.key }, to: { host } });
        expect((await of.outboundOf(from)).links).toEqual([link]);
      }
    };
    await expectLinked("asset-7");
    await ingestEvents(test.store, detector, [renameRecord("ASSET-7", "WS8")]);
    await expectLinked("ws8");
  });

  it("is one on the page of a user, with the sessions of logons under each of its names", async () => {
    const names = ["wks-43", "wks-43.nord.example"];
    const logons = names.flatMap((host, index) => [
      logon({ host, time: T0 + index, logonId: `0x7b00${index}`, user: "NORD\\jdoe", recordId: `2${index}` }),
      failedLogon({ host, time: T0 + index, user: "NORD\\jdoe", recordId: `3${index}` }),
    ]);
    await ingestEvents(test.store, detector, logons);
    const page = await userPageOf(test.store, "nord\\jdoe");
    expect(page?.hosts).toEqual(["wks-43.nord.example"]);
    expect(page?.logonCounts).toMatchObject({
      total: 2,
      items: [
        { host: "wks-43.nord.example", count: 2 },
        { host: "wks-43.nord.example", count: 2 },
      ],
    });
    const shown = page?.logons.items.map(({ host, kind, sessionKey }) => [host, kind, sessionKey !== undefined]);
    expect(shown?.toSorted()).toEqual([
      ["wks-43.nord.example", "failed", false],
      ["wks-43.nord.example", "failed", false],
      ["wks-43.nord.example", "opened", true],
      ["wks-43.nord.example", "opened", true],
    ]);
  });

  it("leads from an event under any of its names to its process", async () => {
    const records = story("wks-43", "wks-43.nord.example");
    await ingestEvents(test.store, detector, records);
    const found = await test.store.lineage.processesOf(records);
    expect(records.map(({ id }) => found.get(id)?.host)).toEqual(records.map(() => "wks-43.nord.example"));
  });
});

const NAMES = ["asset-7", "wks-43", "wks-43.nord.example"];

const clock = () => T0;

function only<T>(items: readonly T[]): T {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) {
    throw new Error(`one expected, not ${items.length}`);
  }
  return item;
}

/** A query for events on the host of the alert, or on others, all in one group. */
function onHost(field: string, more?: { readonly field: string; readonly value: number }, excluded = false) {
  const phrase = { type: "phrase", excluded: false, caseInsensitive: false } as const;
  const host = { ...phrase, field, value: `{{${field}}}`, excluded };
  return {
    id: "q",
    label: "Same host",
    target: "events",
    columns: [],
    shownBy: [],
    nothing: "Nothing",
    groups: [{ label: "same host", providers: more === undefined ? [host] : [host, { ...phrase, ...more }] }],
  } satisfies PlaybookQuery;
}
