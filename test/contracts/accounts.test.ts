import { afterEach, beforeEach, expect, it } from "vitest";
import { type QueueQuery, queueQuery } from "#contracts/queue";
import { equals } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { suggestDraft } from "../../server/exceptions/draft.ts";
import type { PlaybookQuery } from "../../server/playbooks/playbook.ts";
import { runQuery } from "../../server/playbooks/run-query.ts";
import type { Store } from "../../server/store/port.ts";
import { alertDetailOf } from "../../server/triage/alert-view.ts";
import { queuePageOf } from "../../server/triage/queue.ts";
import { userPageOf } from "../../server/triage/user-page.ts";
import { userListOf } from "../../server/triage/user-summaries.ts";
import { rule } from "../factories/alerts.ts";
import { failedLogon, guid, logon, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, type TestStore } from "./stores.ts";

const noPlaybooks = { forAlert: () => undefined };

const JDOE = "S-1-5-21-1-2-3-1105";
const detector = createDetector([rule({ condition: equals("process.name", "rundll32.exe") })]);
const bad = { image: "C:\\Windows\\System32\\rundll32.exe", commandLine: "rundll32.exe comsvcs.dll, MiniDump 624" };

describeStores("accounts", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const take = (...events: readonly StemmaEvent[]) => ingestEvents(store, detector, events);
  const queue = (query: Partial<QueueQuery>) => queuePageOf(store, noPlaybooks, { ...queueQuery.parse({}), ...query });
  const users = async () => (await userListOf(store, { limit: 50 })).items;
  const alertOn = async (host: string) => {
    const [alert] = (await store.alerts.find({ hosts: [host], limit: 1 })).items;
    if (alert === undefined) {
      throw new Error(`no alert on ${host}`);
    }
    return alert;
  };
  const relatedTo = async (host: string) =>
    (await alertDetailOf(store, new Map(), (await alertOn(host)).id))?.related.sameUser;

  /** One person under the NetBIOS and the DNS name of the domain, on two hosts, in records with and without a SID. */
  const subject = { subject: "nord.example\\jdoe", subjectSid: JDOE, subjectLogonId: "0x7b001" };
  const twoSpellings = () => [
    logon({ host: "srv-31", time: T0, logonId: "0x7b001", user: "nord.example\\jdoe", sid: JDOE, recordId: "1000" }),
    logon({ host: "srv-32", time: T0 + 1, logonId: "0x7b002", user: "NORD\\JDoe", sid: JDOE, recordId: "1001" }),
    securityStart({ ...bad, host: "srv-31", time: T0 + 5, pid: 20, ...subject }),
    sysmonStart({ ...bad, host: "srv-32", time: T0 + 6, pid: 21, guid: guid(T0, 2), user: "NORD\\jdoe" }),
  ];

  it("with a NetBIOS and a DNS domain are one everywhere, with the evidence", async () => {
    await take(...twoSpellings());
    expect(await users()).toMatchObject([
      { key: "nord\\jdoe", hosts: ["srv-31", "srv-32"], processes: 2, successfulLogons: 2, alerts: 2 },
    ]);
    const page = await userPageOf(store, "NORD.example\\jdoe");
    expect(page?.alerts.total).toBe(2);
    expect(page?.sessions.total).toBe(2);
    expect(page?.processes.total).toBe(2);
    expect(page?.spellings).toMatchObject([
      {
        key: "nord.example\\jdoe",
        why: `The same SID ${JDOE} as nord\\jdoe: in record 1000 and in record 1001.`,
        evidence: [{ recordId: "1000" }, { recordId: "1001" }],
      },
      { key: JDOE.toLowerCase(), why: "The SID of nord\\jdoe, in record 1001." },
    ]);
    expect(await relatedTo("srv-31")).toBe(1);
    for (const user of ["nord\\jdoe", "nord.example\\jdoe", JDOE]) {
      expect((await queue({ user: [user] })).totalAlerts).toBe(2);
    }
    const grouped = await queue({ group: "user" });
    expect(grouped.items.map(({ key, alertCount, alerts }) => [key, alertCount, alerts.length])).toEqual([
      ["nord\\jdoe", 2, 2],
    ]);
    expect(grouped.facets.user).toEqual([
      { value: "nord\\jdoe", label: expect.stringMatching(/^NORD\\jdoe$/i), count: 2 },
    ]);
  });

  it("are told apart as soon as a record gives a spelling another SID, in whatever order", async () => {
    const other = logon({ host: "srv-31", time: T0 + 9, logonId: "0x9", user: "NORD\\jdoe", sid: `${JDOE}9` });
    await take(...twoSpellings());
    expect(await users()).toHaveLength(1);
    await take(other);
    expect((await users()).map(({ key }) => key).sort()).toEqual(["nord.example\\jdoe", "nord\\jdoe"]);
    expect((await queue({ user: ["nord\\jdoe"] })).totalAlerts).toBe(1);
  });

  it("are searched by playbooks and excepted in all spellings", async () => {
    await take(...twoSpellings());
    const alert = await alertOn("srv-32");
    const run = await runQuery(store, byUser("{{user.id}}"), alert, options);
    expect(run.total).toBe(4);
    expect(run.groups[0]?.notes.join()).toContain("user.id is searched in all spellings of nord\\jdoe");
    const parts = byUser("{{user.name}}", { "user.domain": "{{user.domain}}" });
    expect((await runQuery(store, parts, alert, options)).total).toBe(4);
    const { draft } = await suggestDraft(store, alert, undefined);
    expect(draft.entries).toContainEqual(
      expect.objectContaining({ field: "user.domain", values: ["NORD", "nord.example"] }),
    );
  });

  it("that every host has are another one on each host: no alert there is of the same user", async () => {
    await take(
      ...["srv-48", "srv-49"].flatMap((host, index) => [
        logon({ host, time: T0, logonId: "0x9c", user: "NT AUTHORITY\\ANONYMOUS LOGON", sid: "S-1-5-7" }),
        sysmonStart({
          ...bad,
          host,
          time: T0 + 6,
          pid: 30 + index,
          guid: guid(T0, 30 + index),
          user: "NT AUTHORITY\\ANONYMOUS LOGON",
          logonId: "0x9c",
        }),
      ]),
    );
    expect(await relatedTo("srv-48")).toBe(0);
    expect((await users()).map(({ key, alerts, hosts }) => [key, alerts, hosts])).toEqual([
      ["nt authority\\anonymous logon@srv-48", 1, ["srv-48"]],
      ["nt authority\\anonymous logon@srv-49", 1, ["srv-49"]],
    ]);
    expect((await queue({ group: "user" })).items.map(({ title }) => title)).toEqual([
      "NT AUTHORITY\\ANONYMOUS LOGON on srv-48",
      "NT AUTHORITY\\ANONYMOUS LOGON on srv-49",
    ]);
    expect((await queue({ user: ["nt authority\\anonymous logon@srv-48"] })).totalAlerts).toBe(1);
    const run = await runQuery(store, byUser("{{user.name}}"), await alertOn("srv-48"), options);
    expect(run.rows.map(({ fields }) => fields["host.name"])).toEqual(["srv-48", "srv-48"]);
    expect(run.groups[0]?.notes.join()).toContain("so only srv-48 is searched");
    const page = await userPageOf(store, "NT AUTHORITY\\ANONYMOUS LOGON", { host: "srv-49" });
    expect([page?.key, page?.alerts.total, page?.logons.total]).toEqual(["nt authority\\anonymous logon@srv-49", 1, 1]);
    const everywhere = await userPageOf(store, "NT AUTHORITY\\ANONYMOUS LOGON");
    expect([everywhere?.risk.total, everywhere?.onHosts?.map(({ host }) => host)]).toEqual([0, ["srv-48", "srv-49"]]);
  });

  it("of a computer are SYSTEM of that host, on the host and on the network", async () => {
    await take(
      sysmonStart({ ...bad, host: "wks-1.nord.example", pid: 5, guid: guid(T0, 5), user: "NT AUTHORITY\\SYSTEM" }),
      securityStart({
        ...bad,
        host: "wks-1.nord.example",
        time: T0 + 60_000,
        pid: 6,
        subject: "NORD\\WKS-1$",
        subjectSid: "S-1-5-18",
      }),
      logon({
        host: "dc.nord.example",
        logonId: "0x3e7",
        user: "NT AUTHORITY\\SYSTEM",
        sid: "S-1-5-18",
        type: 5,
        recordId: "900",
      }),
      logon({ host: "dc.nord.example", logonId: "0x5", user: "NORD\\WKS-1$", sid: "S-1-5-21-1-2-3-1200" }),
      sysmonStart({ ...bad, host: "dc.nord.example", pid: 7, guid: guid(T0, 7), user: "NT AUTHORITY\\SYSTEM" }),
    );
    const page = await userPageOf(store, "nord\\wks-1$");
    expect(page).toMatchObject({
      key: "nt authority\\system@wks-1.nord.example",
      builtIn: { host: "wks-1.nord.example" },
      alsoKnownAs: ["nord\\wks-1$"],
      hosts: ["dc.nord.example", "wks-1.nord.example"],
      alerts: { total: 2 },
      logons: { total: 1 },
    });
    expect(page?.processes.items.map(({ pid }) => pid).sort()).toEqual([5, 6]);
    expect(await relatedTo("dc.nord.example")).toBe(0);
  });

  it("that only log on, or only fail to, have their place and their page", async () => {
    await take(
      logon({ host: "srv-92", logonId: "0x77001", user: "NORD\\svc-share", sid: `${JDOE}1`, ip: "192.0.2.99" }),
      ...[1, 2, 3].map((at) =>
        failedLogon({ host: "srv-92", time: T0 + at * 1000, user: "NORD\\guess", ip: "192.0.2.70", type: 3 }),
      ),
      failedLogon({ host: "srv-93", time: T0, user: "nord.example\\guess", workstation: "KIOSK" }),
    );
    expect(await users()).toMatchObject([
      { key: "nord.example\\guess", successfulLogons: 0, failedLogons: 1, hosts: ["srv-93"] },
      {
        key: "nord\\guess",
        successfulLogons: 0,
        failedLogons: 3,
        hosts: ["srv-92"],
        lastSeen: new Date(T0 + 3000).toISOString(),
      },
      { key: "nord\\svc-share", successfulLogons: 1, failedLogons: 0, processes: 0, hosts: ["srv-92"] },
    ]);
    expect((await userPageOf(store, "nord\\svc-share"))?.logons.items).toMatchObject([
      { kind: "opened", host: "srv-92", sourceIp: "192.0.2.99", logonType: 3 },
    ]);
    const page = await userPageOf(store, "NORD\\guess");
    expect(page?.logonCounts).toEqual({
      items: [
        {
          host: "srv-92",
          outcome: "failed",
          logonType: 3,
          source: "192.0.2.70",
          count: 3,
          first: new Date(T0 + 1000).toISOString(),
          last: new Date(T0 + 3000).toISOString(),
        },
      ],
      total: 1,
    });
    expect(page?.logons.items.map(({ kind }) => kind)).toEqual(["failed", "failed", "failed"]);
  });

  it("count each logon once, however often its record is read", async () => {
    const record = failedLogon({ host: "srv-92", user: "NORD\\guess", recordId: "7" });
    await take(record);
    await take(record);
    expect((await users()).map(({ failedLogons }) => failedLogons)).toEqual([1]);
  });
});

const options = { anchor: "event", limit: 20, clock: () => T0, ruleOf: () => undefined } as const;

function byUser(template: string, more: Readonly<Record<string, string>> = {}): PlaybookQuery {
  const field = template.includes("id") ? "user.id" : "user.name";
  return {
    id: "q",
    label: "Same user",
    target: "events",
    columns: [],
    shownBy: [],
    nothing: "Nothing",
    groups: [
      {
        label: "same user",
        providers: Object.entries({ [field]: template, ...more }).map(([name, value]) => ({
          type: "phrase" as const,
          field: name,
          value,
          excluded: false,
          caseInsensitive: false,
        })),
      },
    ],
  };
}
