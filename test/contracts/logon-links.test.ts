import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogonLink, Neighbourhood, ProcessNode } from "#contracts/lineage";
import { linkSource } from "../../server/alerting/link-source.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { logonLinks } from "../../server/lineage/links/logon-links.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { neighbourhoodOf } from "../../server/triage/neighbourhood.ts";
import {
  explicitLogon,
  guid,
  logoff,
  logon,
  opaqueId,
  securityStart,
  sysmonConnection,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, sqliteInTemporaryFolder, type TestStore } from "./stores.ts";

const source = "ws5.corp.example";
const target = "srv6.corp.example";
const WMIC = "C:\\Windows\\System32\\wbem\\WMIC.exe";
const detector = createDetector([]);

/** Alice runs WMIC on ws5 (session 0x20). It logs on to srv6 (session 0x60), where WMI starts net.exe. */
const wmic = sysmonStart({ host: source, guid: guid(T0, 1), pid: 77, time: T0, image: WMIC, logonId: "0x20" });
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
const arrival = { host: target, logonId: "0x60", time: T0 + 1000, user: "CORP.EXAMPLE\\alice" } as const;
const connection = (given: { readonly sourcePort: number; readonly guid?: string; readonly time?: number }) =>
  sysmonConnection({
    host: source,
    pid: 77,
    guid: guid(T0, 1),
    time: T0 + 900,
    source: "10.0.0.5",
    destination: "10.0.0.6",
    initiated: true,
    ...given,
  });
/** A record that shows that srv6 has the address 10.0.0.6. */
const incoming = sysmonConnection({
  host: target,
  guid: guid(T0, 9),
  time: T0 + 950,
  source: "10.0.0.5",
  destination: "10.0.0.6",
  initiated: false,
});

describeStores("a logon from another host", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const take = (...events: readonly StemmaEvent[]) => ingestEvents(store, detector, events);
  const nodeOf = async (event: StemmaEvent): Promise<ProcessNode> => {
    const node = await store.lineage.processOf(event);
    if (node === undefined) {
      throw new Error("no process of that event");
    }
    return node;
  };
  const sessionOf = async (event: StemmaEvent) => {
    const session = await store.lineage.session((await nodeOf(event)).sessionKey ?? "");
    if (session === undefined) {
      throw new Error("no session of that process");
    }
    return session;
  };
  const originOf = async (event: StemmaEvent): Promise<LogonLink | undefined> =>
    logonLinks(linkSource(store)).originOf(await sessionOf(event));
  const around = async (event: StemmaEvent): Promise<Neighbourhood> => {
    const found = await neighbourhoodOf(store, (await nodeOf(event)).key, 50);
    if (found === undefined) {
      throw new Error("no neighbourhood");
    }
    return found;
  };

  it("is linked to the process whose connection it used", async () => {
    await take(wmic, net, logon({ ...arrival, ip: "10.0.0.5", port: 60_065 }), connection({ sourcePort: 60_065 }));
    expect(await originOf(net)).toMatchObject({
      from: { host: source, sessionKey: (await nodeOf(wmic)).sessionKey, processKey: (await nodeOf(wmic)).key },
      to: { host: target, sessionKey: (await nodeOf(net)).sessionKey },
      basis: "connection",
      certainty: "exact",
      logonType: 3,
      evidence: [{ code: "4624" }, { code: "3" }],
    });
  });

  it("gives the same neighbourhood from its origin as from what it caused", async () => {
    await take(wmic, net, logon({ ...arrival, ip: "10.0.0.5", port: 60_065 }), connection({ sourcePort: 60_065 }));
    const [fromTarget, fromOrigin] = [await around(net), await around(wmic)];
    for (const neighbourhood of [fromTarget, fromOrigin]) {
      expect(neighbourhood.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(["WMIC.exe", "net.exe"]));
      expect(neighbourhood.sessions.map(({ logonId }) => logonId).sort()).toEqual(["0x20", "0x60"]);
    }
    expect(fromOrigin.links).toEqual(fromTarget.links);
    expect(fromTarget.links).toHaveLength(1);
  });

  it("is linked to explicit credentials used for its host and account at the time", async () => {
    const used = explicitLogon({
      host: source,
      logonId: "0x20",
      server: "SRV6",
      user: "CORP\\alice",
      time: T0 + 800,
      pid: 77,
    });
    await take(wmic, net, logon(arrival), used);
    expect(await originOf(net)).toMatchObject({
      from: { host: source, processKey: (await nodeOf(wmic)).key },
      basis: "explicit",
      certainty: "inferred",
      evidence: [{ code: "4624" }, { code: "4648" }],
    });
    const outbound = await logonLinks(linkSource(store)).outboundOf(await sessionOf(wmic));
    expect(outbound.links.map(({ to }) => to.sessionKey)).toEqual([(await nodeOf(net)).sessionKey]);
    expect(outbound.explicit.map(({ source: { eventId } }) => eventId)).toEqual([used.id]);
  });

  it("is linked to explicit credentials used after the recorded end of the session", async () => {
    const used = explicitLogon({ host: source, logonId: "0x20", server: "SRV6", time: T0 + 800, pid: 77 });
    await take(
      logon({ host: source, logonId: "0x20", time: T0 - 90_000 }),
      logoff({ host: source, logonId: "0x20", time: T0 - 60_000 }),
      wmic,
      net,
      logon(arrival),
      used,
    );
    const outbound = await logonLinks(linkSource(store)).outboundOf(await sessionOf(wmic));
    expect(outbound.links.map(({ to }) => to.sessionKey)).toEqual([(await nodeOf(net)).sessionKey]);
    expect(outbound.explicit.map(({ source: { eventId } }) => eventId)).toEqual([used.id]);
  });

  it("is linked to the only open session of its account on the host of its address", async () => {
    await take(wmic, net, logon({ ...arrival, ip: "10.0.0.5", port: 50_111 }), connection({ sourcePort: 60_065 }));
    expect(await originOf(net)).toMatchObject({
      from: { host: source, sessionKey: (await nodeOf(wmic)).sessionKey },
      basis: "account",
      certainty: "inferred",
    });
  });

  it("is ambiguous, and linked to no session, if its account had two open sessions there", async () => {
    const other = sysmonStart({ host: source, guid: guid(T0, 2), pid: 78, time: T0, logonId: "0x21" });
    await take(wmic, other, net, logon({ ...arrival, ip: "10.0.0.5" }), connection({ sourcePort: 60_065 }));
    const link = await originOf(net);
    expect(link).toMatchObject({ from: { host: source }, certainty: "ambiguous" });
    expect(link?.from.sessionKey).toBeUndefined();
    expect(new Set(link?.candidates?.map(({ sessionKey }) => sessionKey))).toEqual(
      new Set([(await nodeOf(wmic)).sessionKey, (await nodeOf(other)).sessionKey]),
    );
  });

  it("without a source is linked to the process of its account that connected to its host shortly before", async () => {
    await take(wmic, net, incoming, logon(arrival), connection({ sourcePort: 60_065 }));
    expect(await originOf(net)).toMatchObject({
      from: { processKey: (await nodeOf(wmic)).key },
      basis: "connection",
      certainty: "inferred",
    });
  });

  it("is linked neither to the connection of a service nor to its own host", async () => {
    const service = sysmonStart({
      host: source,
      guid: guid(T0, 3),
      pid: 4,
      time: T0,
      user: "NT AUTHORITY\\SYSTEM",
      logonId: "0x3e7",
    });
    await take(
      service,
      net,
      incoming,
      connection({ sourcePort: 445, guid: guid(T0, 3) }),
      logon({ ...arrival, ip: "10.0.0.5", port: 445 }),
      logon({ ...arrival, logonId: "0x61", ip: "10.0.0.6" }),
    );
    const link = await originOf(net);
    expect(link).toMatchObject({ from: { host: source }, basis: "account" });
    expect([link?.from.processKey, link?.from.sessionKey]).toEqual([undefined, undefined]);
    const own = (await store.lineage.sessions({ hosts: [target], limit: 10 })).items.find(
      ({ logonId }) => logonId === "0x61",
    );
    expect(own === undefined ? "no session" : await logonLinks(linkSource(store)).originOf(own)).toBeUndefined();
  });

  it("of a service or a machine account is never linked", async () => {
    const of = (user: string, logonId: string) => ({ ...arrival, user, logonId, ip: "10.0.0.5" });
    await take(
      wmic,
      connection({ sourcePort: 60_065 }),
      logon(of("NT AUTHORITY\\SYSTEM", "0x3e7")),
      logon(of("CORP\\WS5$", "0x62")),
      logon(of("NT AUTHORITY\\ANONYMOUS LOGON", "0x63")),
      logon({ ...of("CORP\\alice", "0x64"), type: 2 }),
    );
    const { items } = await store.lineage.sessions({ hosts: [target], limit: 10 });
    const links = logonLinks(linkSource(store));
    expect(await Promise.all(items.map((session) => links.originOf(session)))).toEqual(items.map(() => undefined));
  });

  it("is ambiguous if two hosts had its address at the time", async () => {
    const other = sysmonConnection({
      host: "ws7.corp.example",
      guid: opaqueId(1),
      time: T0,
      source: "10.0.0.5",
      destination: "10.0.0.6",
      initiated: true,
    });
    await take(wmic, net, logon({ ...arrival, ip: "10.0.0.5" }), connection({ sourcePort: 60_065 }), other);
    expect(await originOf(net)).toMatchObject({
      certainty: "ambiguous",
      candidates: [{ host: "ws5.corp.example" }, { host: "ws7.corp.example" }],
    });
  });

  it("is linked in the same way in whatever order the records of the hosts arrive", async () => {
    const events = [wmic, net, logon({ ...arrival, ip: "10.0.0.5", port: 60_065 }), connection({ sourcePort: 60_065 })];
    for (const event of events.toReversed()) {
      await take(event);
    }
    expect(await originOf(net)).toMatchObject({ basis: "connection", certainty: "exact" });
  });
});

const captures = resolve(import.meta.dirname, "../../../shared/telemetry");
const missing = !existsSync(captures);

/** Captures of remote execution: what ran on the target host, and the process on the source host that caused it. */
const EXECUTIONS = [
  ["wmic-node/empire_wmic_add_user_backdoor.zip", "net.exe", "workstation6.theshire.local", "WMIC.exe", "exact"],
  [
    "mordor-multihost/empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod.zip",
    "whoami.exe",
    "workstation6.theshire.local",
    "powershell.exe",
    "exact",
  ],
  [
    "mordor-multihost/covenant_com_wsman_automation.zip",
    "whoami.exe",
    "workstation6.theshire.local",
    "GruntHTTP.exe",
    "inferred",
  ],
  ["mordor-multihost/covenant_psremoting_grunt.zip", "powershell.exe", "hr001.shire.com", "powershell.exe", "inferred"],
  [
    "mordor-multihost/purplesharp_ad_playbook_I.zip",
    "powershell.exe",
    "mordordc.theshire.local",
    "PurpleSharp.exe",
    "inferred",
  ],
] as const;

describe.skipIf(missing)(`links between hosts in real captures${missing ? " (skipped: no ../shared)" : ""}`, () => {
  it.each(EXECUTIONS)("lead in %s from %s on %s to %s", async (file, name, host, caller, certainty) => {
    const test = await sqliteInTemporaryFolder();
    try {
      const { store } = test;
      await ingest({
        store,
        detector,
        paths: [join(captures, file)],
        actor: { name: "test" },
        clock: () => T0,
        thread: false,
      });
      const { items } = await store.lineage.processesIn({ hosts: [host], limit: 500 });
      const neighbourhoods = await Promise.all(
        items.filter((node) => node.name?.toLowerCase() === name).map((node) => neighbourhoodOf(store, node.key, 100)),
      );
      const found = neighbourhoods.flatMap((neighbourhood) =>
        (neighbourhood?.links ?? []).flatMap((link) => {
          const from = neighbourhood?.nodes.find(({ key }) => key === link.from.processKey);
          return from === undefined ? [] : [{ caller: from.name, on: from.host, certainty: link.certainty }];
        }),
      );
      expect(found).toContainEqual(expect.objectContaining({ caller, certainty }));
      expect(found.filter((one) => one.on === host)).toEqual([]);
    } finally {
      await test.dispose();
    }
  });
});
