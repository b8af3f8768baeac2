import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { eventSourceNames } from "#contracts/event-source";
import { createDetector } from "../../server/detection/detector.ts";
import { loadRules } from "../../server/detection/rule-files/load.ts";
import { readEvents } from "../../server/ingest/read.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { writeEvtx } from "../factories/evtx-writer.ts";
import { describeStores, type TestStore } from "./stores.ts";

const { sysmon, security } = eventSourceNames;
const guid = "{AAAABBBB-0001-6638-0100-000000000100}";

const sysmonData = {
  UtcTime: "2024-05-06 10:00:00.913",
  ProcessGuid: guid,
  ProcessId: "4242",
  Image: "C:\\Windows\\System32\\cmd.exe",
  CommandLine: "cmd /c whoami",
  User: "EXAMPLE\\ada",
  LogonId: "0xabc",
  LogonGuid: guid,
  Hashes: "SHA1=AB,MD5=CD",
  IntegrityLevel: "High",
  ParentProcessGuid: guid.replace("0100}", "0101}"),
  ParentProcessId: "836",
  ParentImage: "C:\\a\\b.exe",
  TargetObject: "HKLM\\Software\\Run\\x",
  Details: "DWORD (0x1)",
  QueryName: "a.example",
  QueryResults: "192.0.2.1;",
  SourceIp: "192.0.2.2",
  DestinationIp: "::1",
  DestinationPort: "80",
  TargetFilename: "C:\\a.txt",
};
const securityData = {
  SubjectUserSid: "S-1-5-18",
  SubjectUserName: "WS7$",
  SubjectDomainName: "EXAMPLE",
  SubjectLogonId: "0x3e7",
  TargetUserSid: "S-1-5-21-1-2-3-1001",
  TargetUserName: "ada",
  TargetDomainName: "EXAMPLE",
  TargetLogonId: "0xabc",
  NewProcessId: "0x4e0",
  NewProcessName: "C:\\Windows\\System32\\cmd.exe",
  ProcessId: "0x340",
  ParentProcessName: "C:\\a\\b.exe",
  CommandLine: "cmd",
  MandatoryLabel: "S-1-16-12288",
  LogonType: "3",
  IpAddress: "192.0.2.3",
  IpPort: "50000",
  LogonGuid: guid,
  PrivilegeList: "SeDebugPrivilege",
  TargetServerName: "srv1",
};
const kinds = [
  ...[1, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 22, 25].map((code) => ({ names: sysmon, code, data: sysmonData })),
  ...[4688, 4689, 4624, 4625, 4634, 4648, 4672, 1102, 4697].map((code) => ({
    names: security,
    code,
    data: securityData,
  })),
];
type Kind = (typeof kinds)[number];
type Json = { [name: string]: unknown };

const stamp = "2024-05-06T10:00:01.123Z";
/** A valid record of each JSON shape. */
const shapes: readonly ((kind: Kind, number: number) => Json)[] = [
  ({ names, code, data }, number) => ({
    EventTime: "2024-05-06 12:00:01",
    "@timestamp": stamp,
    Hostname: "ws7.example.test",
    EventID: code,
    SourceName: names.provider,
    Channel: names.channel,
    RecordNumber: number,
    ExecutionProcessID: 4,
    Message: "A record.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n",
    ...data,
  }),
  ({ names, code, data }, number) => ({
    EventID: code,
    Provider: names.provider,
    Channel: names.channel,
    Computer: "ws7",
    EventRecordId: number,
    TimeGenerated: stamp,
    EventData: data,
  }),
  ({ names, code, data }, number) => ({
    event_id: code,
    log_name: names.channel,
    source_name: names.provider,
    computer_name: "ws7",
    record_number: number,
    "@timestamp": stamp,
    user: { identifier: "S-1-5-18" },
    event_data: data,
  }),
  ({ names, code, data }, number) => ({
    "@timestamp": stamp,
    event: { code: String(code), provider: names.provider, category: ["process"], type: ["start"], id: `x${number}` },
    host: { name: "WS7", id: "host-1", os: { type: "windows" }, ip: ["192.0.2.1"] },
    user: { name: "ada", id: "S-1-5-18" },
    process: { pid: 4, entity_id: guid, args: ["a", "b"], parent: { pid: 3, entity_id: guid }, start: stamp },
    source: { ip: "192.0.2.1", port: 1 },
    winlog: {
      channel: names.channel,
      computer_name: "WS7",
      event_id: code,
      record_id: number,
      logon: { id: "0xabc" },
      event_data: data,
    },
  }),
];

const oddTexts = [
  ...["", "-", "NaN", "9999-99-99", "9999-99-99T99:99:99Z", "0x", "0xfffffffffffffffffffff", "-5", "1e400", "{", "%%"],
  ...["\ud800", "x\udc00", "\u0000", "a\u0000b", "\u202e", "S-1-", "::ffff:999.1.1.1", "{00000000", "DOMAIN\\\\", "@"],
  ...['"'.repeat(5001), "\\".repeat(5000), "x".repeat(200_000)],
];
const oddValue = fc.constantFrom<unknown>(
  ...[null, true, false, [], {}, [null, 1, "x", {}], { a: { b: [1, { c: null }] } }, -1, 0, 1.5, 1e20, 1e308],
  ...[JSON.parse("[".repeat(3_000) + "]".repeat(3_000)), -62_135_596_800_000],
  ...oddTexts,
);
const oddName = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "",
  ".",
  "a.b",
  "@timestamp",
  "winlog",
  "event",
);
/** Where a record is changed: each number chooses a name on the way down; the last one is replaced or removed. */
const change = fc.record({
  path: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
  value: oddValue,
  name: fc.option(oddName, { nil: undefined }),
});
type Change = { readonly path: readonly number[]; readonly value: unknown; readonly name: string | undefined };

function changed(record: Json, { path, value, name }: Change): Json {
  const [first = 0, ...rest] = path;
  const names = Object.keys(record);
  const chosen = names[first % names.length] ?? "x";
  const inner = record[chosen];
  const copy: Json = { ...record };
  if (rest.length > 0 && typeof inner === "object" && inner !== null && !Array.isArray(inner)) {
    copy[chosen] = changed(inner as Json, { path: rest, value, name });
  } else {
    const property = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(copy, name ?? chosen, property);
  }
  return copy;
}

const records = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    shape: fc.constantFrom(...shapes),
    changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 20, maxLength: 60 },
);

describeStores("odd records", (open) => {
  let test: TestStore;
  let store: Store;
  let detector: ReturnType<typeof createDetector>;
  beforeAll(async () => {
    detector = createDetector((await loadRules(["rules"])).rules);
  });
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  async function ingestFile(content: Uint8Array) {
    async function* stdin() {
      yield content;
    }
    return ingest({
      store,
      detector,
      paths: ["odd"],
      batches: readEvents(["-"], { stdin: stdin() }),
      actor: { name: "tester" },
      clock: () => Date.UTC(2024, 4, 6, 11),
    });
  }

  it("of JSON end no run, and each is stored or rejected with its place and reason", async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const lines = list.map(({ kind, shape, changes }, index) =>
          JSON.stringify(changes.reduce<Json>(changed, shape(kind, index))),
        );
        const summary = await ingestFile(Buffer.from(`${lines.join("\n")}\n`));
        expect(summary.state).toBe("done");
        if (summary.records > 0) {
          expect(summary.records + summary.rejectedTotal).toBe(lines.length);
        }
        for (const { code, message, at } of summary.rejected) {
          expect(code).toMatch(/^(?:record|json|input)\./);
          expect(message.length).toBeLessThan(1_000);
          expect(at?.file).toBeDefined();
        }
      }),
      { numRuns: test.runs(12) },
    );
  });

  it("of an event log and of XML end no run", async () => {
    // In units of 1,000 seconds, of which an event log can hold those from 1601 on.
    const evtxTime = fc.integer({ min: -11_000_000, max: 200_000_000 });
    const oddData = fc.array(fc.tuple(fc.nat(40), fc.constantFrom(...oddTexts)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), oddData, evtxTime, async ({ names, code, data }, odd, time) => {
        const values = Object.entries(data);
        for (const [place, text] of odd) {
          const name = values[place % values.length]?.[0] ?? "";
          values[place % values.length] = [name, text.slice(0, 5_000)];
        }
        const { provider = "", channel } = names;
        const evtx = writeEvtx([
          { recordId: 1, time: time * 1_000_000, provider, channel, computer: "ws7", code, data: values },
        ]);
        const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
        const xml = `<Event><System><Provider Name="${provider}"/><EventID>${code}</EventID><TimeCreated SystemTime="${new Date(time * 1000).toISOString()}"/><Channel>${channel}</Channel><Computer>ws7</Computer></System><EventData>${values
          .map(([name, value]) => `<Data Name="${name}">${escaped(value)}</Data>`)
          .join("")}</EventData></Event>`;
        for (const content of [evtx, Buffer.from(xml)]) {
          const summary = await ingestFile(content);
          expect(summary.state).toBe("done");
          expect(summary.records + summary.rejectedTotal).toBe(1);
        }
      }),
      { numRuns: test.runs(12) },
    );
  });
});
