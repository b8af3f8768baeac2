import { describe, expect, it } from "vitest";
import { eventSourceNames } from "#contracts/event-source";
import { flattenDocument } from "./flatten.ts";
import { mapWindowsEvent } from "./mapping.ts";
import { mapEcs } from "./mapping-ecs.ts";
import { TimeCorrector } from "./time-correction.ts";
import type { WindowsEvent } from "./windows-event.ts";

const SYSMON = eventSourceNames.sysmon.provider;
const SECURITY = eventSourceNames.security.provider;
const origin = { file: "test.evtx", offset: 4096 };

function sysmon(code: number, data: Readonly<Record<string, string>>, more: Partial<WindowsEvent> = {}): WindowsEvent {
  return {
    provider: SYSMON,
    channel: eventSourceNames.sysmon.channel,
    computer: "WS7.Example.Test",
    code,
    recordId: "17",
    time: Date.UTC(2024, 4, 6, 10, 0, 1, 250),
    serviceSid: "S-1-5-18",
    servicePid: 2804,
    data: new Map(Object.entries(data)),
    unnamed: [],
    ...more,
  };
}

function security(code: number, data: Readonly<Record<string, string>>): WindowsEvent {
  return { ...sysmon(code, data), provider: SECURITY, channel: "Security", serviceSid: undefined };
}

describe("mapping a Sysmon process start", () => {
  const event = mapWindowsEvent(
    sysmon(1, {
      RuleName: "-",
      UtcTime: "2024-05-06 10:00:00.913",
      ProcessGuid: "{aaaabbbb-0001-6638-0100-000000000100}",
      ProcessId: "4242",
      Image: "C:\\Windows\\System32\\cmd.exe",
      OriginalFileName: "Cmd.Exe",
      CommandLine: 'cmd.exe /c "echo hi"',
      CurrentDirectory: "C:\\",
      User: "EXAMPLE\\ada",
      LogonId: "0x00000000000ABC12",
      IntegrityLevel: "High",
      Hashes: "SHA1=AB,MD5=CD,IMPHASH=00000000000000000000000000000000",
      ParentProcessGuid: "{00000000-0000-0000-0000-000000000000}",
      ParentProcessId: "836",
      ParentImage: "?",
      ParentCommandLine: "?",
    }),
    origin,
  );

  it("uses Sysmon's own time, not that of the event log", () => {
    expect(event.time).toBe(Date.UTC(2024, 4, 6, 10, 0, 0, 913));
    expect(event.source.time).toBe("2024-05-06T10:00:00.913Z");
  });

  it("sets the process fields", () => {
    expect(event.fields).toMatchObject({
      "event.category": ["process"],
      "event.type": ["start"],
      "event.code": "1",
      "host.name": "ws7.example.test",
      "winlog.computer_name": "WS7.Example.Test",
      "host.os.type": "windows",
      "process.entity_id": "{AAAABBBB-0001-6638-0100-000000000100}",
      "process.pid": 4242,
      "process.name": "cmd.exe",
      "process.args": ["cmd.exe", "/c", "echo hi"],
      "process.args_count": 3,
      "process.pe.original_file_name": "Cmd.Exe",
      "process.hash.sha1": "ab",
      "process.Ext.authentication_id": "0xabc12",
      "process.Ext.token.integrity_level_name": "high",
      "process.parent.pid": 836,
      "user.name": "ada",
      "user.domain": "EXAMPLE",
    });
  });

  it("never uses the service's SID or pid as those of the user or the process", () => {
    expect(event.fields["user.id"]).toBeUndefined();
    expect(event.fields["winlog.user.identifier"]).toBe("S-1-5-18");
    expect(event.fields["winlog.process.pid"]).toBe(2804);
  });

  it("sets no fields of an unknown parent, and keeps its values in the event data", () => {
    for (const name of ["entity_id", "executable", "name", "command_line"]) {
      expect(event.fields[`process.parent.${name}`]).toBeUndefined();
    }
    expect(event.fields["process.pe.imphash"]).toBeUndefined();
    expect(event.fields["winlog.event_data.ParentImage"]).toBe("?");
    expect(event.fields["winlog.event_data.RuleName"]).toBe("-");
  });
});

describe("a value that is no program", () => {
  const values = ["S-1-16-16384", "-", "?", "", "{00000000-0000-0000-0000-000000000000}", "4242", "0x1f4", "%%1936"];

  it("names no parent and no process, in any record and document, and stays in the event data", () => {
    for (const value of values) {
      const record = security(4688, { NewProcessName: value, ProcessId: "0x5dc", ParentProcessName: value });
      const names = { executable: value, name: value };
      const document = {
        "@timestamp": "2024-05-06T10:00:00.000Z",
        event: { provider: SECURITY, code: "4688" },
        winlog: { channel: "Security", event_id: "4688", record_id: "17", event_data: { ParentProcessName: value } },
        process: { ...names, parent: names },
      };
      const events = [
        mapWindowsEvent(record, origin),
        mapWindowsEvent(sysmon(1, { Image: value, ParentImage: value }), origin),
        mapEcs(flattenDocument(document), origin),
      ];
      for (const event of events) {
        for (const name of ["executable", "name", "parent.executable", "parent.name"]) {
          expect(event?.fields[`process.${name}`]).toBeUndefined();
        }
      }
      expect(events[0]?.fields["winlog.event_data.ParentProcessName"]).toBe(value);
    }
  });

  it("is none of the names of programs, however odd", () => {
    for (const value of ["C:\\a\\4242", "System", "MemCompression", "S-1.exe", "7z", "/bin/0x1"]) {
      const { fields } = mapWindowsEvent(security(4688, { NewProcessName: value }), origin);
      expect(fields["process.executable"]).toBe(value);
    }
  });
});

describe("a record with two times", () => {
  const recorded = Date.UTC(2024, 4, 6, 10, 0, 1, 250);
  const daysOff = { UtcTime: "2024-05-01 10:00:00.000", ProcessGuid: "{aaaabbbb-0001-6638-0100-000000000100}" };

  it("happened when the event log says, and keeps what the source's clock says", () => {
    const event = mapWindowsEvent(sysmon(1, daysOff), origin);
    expect(event.time).toBe(recorded);
    expect(event.fields["stemma.time.source_clock"]).toBe("2024-05-01T10:00:00.000Z");
    const near = mapWindowsEvent(sysmon(1, { UtcTime: "2024-05-06 10:00:00.913" }), origin);
    expect(near.fields["stemma.time.source_clock"]).toBeUndefined();
  });

  it("is marked in a document of a collector as well", () => {
    const document = {
      "@timestamp": new Date(recorded).toISOString(),
      winlog: {
        channel: eventSourceNames.sysmon.channel,
        provider_name: SYSMON,
        event_id: "1",
        record_id: "17",
        event_data: daysOff,
      },
    };
    const event = mapEcs(flattenDocument(document), origin);
    expect(event?.time).toBe(recorded);
    expect(event?.fields["stemma.time.source_clock"]).toBe("2024-05-01T10:00:00.000Z");
    expect(event?.id).toBe(mapWindowsEvent(sysmon(1, daysOff, { computer: "" }), origin).id);
  });

  it("teaches no offset of a wall clock", () => {
    const times = new TimeCorrector();
    const wall = recorded - 4 * 3_600_000;
    const of = (data: Readonly<Record<string, string>>, received?: number) =>
      sysmon(1, data, { time: undefined, clock: { wall, received } });
    const right = of({ UtcTime: "2024-05-06 10:00:01.250" });
    times.learn([of(daysOff), right]);
    expect(times.read(of(daysOff))).toEqual({
      time: recorded,
      estimated: true,
      sourceClock: Date.UTC(2024, 4, 1, 10),
    });
    expect(times.read(of(daysOff, recorded + 1500))).toMatchObject({ time: recorded, estimated: false });
    expect(times.read(right)).toEqual({ time: recorded, estimated: false });
  });
});

describe("mapping other Sysmon records", () => {
  it("uses the source of process access as the acting process, whatever the spelling of the GUID", () => {
    const { fields } = mapWindowsEvent(
      sysmon(10, {
        SourceProcessGUID: "{aaaabbbb-0001-6638-0100-000000000100}",
        SourceProcessId: "7",
        SourceImage: "C:\\a\\b.exe",
        TargetImage: "C:\\Windows\\system32\\lsass.exe",
      }),
      origin,
    );
    expect(fields).toMatchObject({ "process.pid": 7, "process.name": "b.exe", "event.type": ["access"] });
    expect(fields["process.entity_id"]).toBe("{AAAABBBB-0001-6638-0100-000000000100}");
  });

  it("splits a registry value from its key", () => {
    const { fields } = mapWindowsEvent(
      sysmon(13, {
        EventType: "SetValue",
        TargetObject: "HKLM\\Software\\Example\\Run\\agent",
        Details: "DWORD (0x0000000a)",
      }),
      origin,
    );
    expect(fields).toMatchObject({
      "registry.hive": "HKLM",
      "registry.key": "Software\\Example\\Run",
      "registry.value": "agent",
      "registry.path": "HKLM\\Software\\Example\\Run\\agent",
      "registry.data.type": "REG_DWORD",
      "registry.data.strings": ["10"],
    });
  });

  it("uses the event log's time when a network event's own clock is hours off", () => {
    const event = mapWindowsEvent(
      sysmon(3, { UtcTime: "2024-05-05 20:00:00.000", SourceIp: "0:0:0:0:0:0:0:1" }),
      origin,
    );
    expect(event.time).toBe(Date.UTC(2024, 4, 6, 10, 0, 1, 250));
    expect(event.fields["source.ip"]).toBe("::1");
  });

  it("keeps an event without a mapping of its own searchable", () => {
    const { fields } = mapWindowsEvent(
      { ...sysmon(7036, {}), provider: "Service Control Manager", channel: "System", unnamed: ["Spooler", "running"] },
      origin,
    );
    expect(fields).toMatchObject({
      "event.code": "7036",
      "event.dataset": "system.system",
      "winlog.event_data.param1": "Spooler",
      "winlog.event_data.param2": "running",
    });
    expect(fields["event.category"]).toBeUndefined();
  });
});

describe("mapping Security records", () => {
  const start = {
    SubjectUserSid: "S-1-5-20",
    SubjectUserName: "WS7$",
    SubjectDomainName: "EXAMPLE",
    SubjectLogonId: "0x3e4",
    NewProcessId: "0x1044",
    NewProcessName: "C:\\Windows\\System32\\cmd.exe",
    TokenElevationType: "%%1936",
    ProcessId: "3660",
    CommandLine: '"cmd.exe"  /c "a b"',
    TargetUserSid: "S-1-0-0",
    TargetUserName: "ada",
    TargetDomainName: "EXAMPLE",
    TargetLogonId: "0x0000000003E2F5F3",
    ParentProcessName: "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
    MandatoryLabel: "S-1-16-12288",
  };

  it("distinguishes creator and created in a process start", () => {
    const { fields } = mapWindowsEvent(security(4688, start), origin);
    expect(fields).toMatchObject({
      "event.action": "created-process",
      "process.pid": 4164,
      "process.parent.pid": 3660,
      "process.parent.name": "WmiPrvSE.exe",
      "process.args": ['"cmd.exe"', "", "/c", '"a b"'],
      "user.name": "WS7$",
      "user.effective.name": "ada",
      "process.Ext.authentication_id": "0x3e2f5f3",
      "winlog.logon.id": "0x3e2f5f3",
      "process.Ext.token.integrity_level_name": "high",
      "winlog.event_data.TokenElevationType": "%%1936",
    });
    expect(fields["user.effective.id"]).toBeUndefined();
    expect(fields["process.entity_id"]).toBeUndefined();
  });

  it("assigns a process without a target token to its creator's session", () => {
    const { fields } = mapWindowsEvent(
      security(4688, { ...start, TargetLogonId: "0x0", TargetUserName: "-", SubjectLogonId: "0xA17EE" }),
      origin,
    );
    expect(fields["winlog.logon.id"]).toBe("0xa17ee");
    expect(fields["user.effective.name"]).toBeUndefined();
  });

  it("maps a logon with its source and type", () => {
    const { fields } = mapWindowsEvent(
      security(4624, {
        TargetUserName: "ada",
        TargetUserSid: "S-1-5-21-1",
        TargetLogonId: "0x0000000000551686",
        LogonType: "3",
        IpAddress: "::ffff:10.0.2.17",
        IpPort: "49731",
        WorkstationName: "-",
        ProcessId: "0x0",
        ProcessName: "-",
      }),
      origin,
    );
    expect(fields).toMatchObject({
      "event.action": "logged-in",
      "event.outcome": "success",
      "source.ip": "10.0.2.17",
      "source.port": 49731,
      "user.name": "ada",
      "winlog.logon.id": "0x551686",
      "winlog.logon.type": "Network",
    });
    expect(fields["process.pid"]).toBeUndefined();
    expect(fields["source.domain"]).toBeUndefined();
  });
});

describe("identity of a record", () => {
  const data = { UtcTime: "2024-05-06 10:00:00.913", ProcessGuid: "{AAAABBBB-0001-6638-0100-000000000100}" };

  it("is the same in another rendering: short or long host name, no zone, truncated fractions", () => {
    const first = mapWindowsEvent(sysmon(5, data), origin);
    const other = mapWindowsEvent(
      sysmon(5, data, { computer: "ws7", time: undefined, clock: { wall: Date.UTC(2024, 4, 6, 6, 0, 1) } }),
      { file: "other.json", offset: 0 },
    );
    expect(other.id).toBe(first.id);
    const ecs = mapEcs(
      flattenDocument({
        "@timestamp": "2024-05-06T10:00:00.913Z",
        event: { code: "5", provider: SYSMON },
        winlog: {
          channel: eventSourceNames.sysmon.channel,
          computer_name: "WS7.example.test",
          provider_name: SYSMON,
          record_id: 17,
        },
      }),
      origin,
    );
    expect(ecs?.id).toBe(first.id);
  });

  it("differs for another record, and for the same number on a reinstalled host", () => {
    const first = mapWindowsEvent(sysmon(5, data), origin);
    expect(mapWindowsEvent(sysmon(5, data, { recordId: "18" }), origin).id).not.toBe(first.id);
    const later = mapWindowsEvent(sysmon(5, { ...data, UtcTime: "2025-01-01 11:07:40.001" }), origin);
    expect(later.id).not.toBe(first.id);
  });

  it("is the content of a record without a number, in any order of names", () => {
    const first = sysmon(5, { A: "1", B: "2" }, { recordId: undefined });
    const swapped = sysmon(5, { B: "2", A: "1" }, { recordId: undefined });
    expect(mapWindowsEvent(first, origin).id).toBe(mapWindowsEvent(swapped, origin).id);
    const other = sysmon(5, { A: "1", B: "3" }, { recordId: undefined });
    expect(mapWindowsEvent(other, origin).id).not.toBe(mapWindowsEvent(first, origin).id);
  });
});

describe("times without a zone", () => {
  const wall = Date.UTC(2024, 4, 6, 6, 0, 1);
  const logon = { ...security(4634, {}), time: undefined };

  it("follow the offset of Sysmon records of the same host, and are marked as estimated", () => {
    const times = new TimeCorrector();
    const anchor = sysmon(5, { UtcTime: "2024-05-06 22:00:00.500" }, { time: undefined, clock: { wall } });
    times.learn([{ ...logon, clock: { wall: wall - 1000 } }, anchor]);
    expect(times.read({ ...logon, clock: { wall: wall - 1000 } })).toEqual({
      time: Date.UTC(2024, 4, 6, 22, 0, 0),
      estimated: true,
    });
    expect(times.read(anchor)).toEqual({ time: Date.UTC(2024, 4, 6, 22, 0, 0, 500), estimated: false });
  });

  it("are resolved by the collector's time in the same record", () => {
    const received = Date.UTC(2024, 4, 6, 10, 1, 20);
    expect(new TimeCorrector().read({ ...logon, clock: { wall, received } })).toEqual({
      time: Date.UTC(2024, 4, 6, 10, 0, 1),
      estimated: false,
    });
  });

  it("never follow network events, whose own clock may be off", () => {
    const times = new TimeCorrector();
    times.learn([sysmon(3, { UtcTime: "2024-05-06 22:00:00.500" }, { time: undefined, clock: { wall } })]);
    expect(times.read({ ...logon, clock: { wall } })).toEqual({ time: wall, estimated: true });
  });
});

describe("documents already in ECS", () => {
  it("keep their fields, lose the service's SID as user, and gain what their pipeline omitted", () => {
    const event = mapEcs(
      flattenDocument({
        "@timestamp": "2024-05-06T10:00:00.913Z",
        event: { code: 1, provider: SYSMON, module: "sysmon", category: ["process"], type: ["start"], kind: "event" },
        host: { name: "WS7" },
        user: { name: "ada", id: "S-1-5-18" },
        process: { args: ["kept", "as is"], entity_id: "{aaaabbbb-0001-6638-0100-000000000100}", pid: 5 },
        winlog: {
          channel: eventSourceNames.sysmon.channel,
          computer_name: "WS7",
          record_id: "9",
          event_data: { LogonId: "0xABC", CommandLine: "split me not" },
        },
      }),
      origin,
    );
    expect(event?.fields).toMatchObject({
      "event.code": "1",
      "host.name": "ws7",
      "process.args": ["kept", "as is"],
      "process.entity_id": "{AAAABBBB-0001-6638-0100-000000000100}",
      "process.Ext.authentication_id": "0xabc",
      "winlog.user.identifier": "S-1-5-18",
      "user.name": "ada",
    });
    expect(event?.fields["user.id"]).toBeUndefined();
  });

  it("may come from any sensor; their ids are unchanged", () => {
    const event = mapEcs(
      flattenDocument({
        "@timestamp": "2024-05-06T10:00:00Z",
        event: { id: "Abc", category: ["process"], kind: "event" },
        process: { entity_id: "NzZhYg-x" },
        host: { name: "mac-1", os: { type: "macos" } },
      }),
      origin,
    );
    expect(event?.fields["process.entity_id"]).toBe("NzZhYg-x");
    expect(event?.fields["host.os.type"]).toBe("macos");
  });

  it("are not events without a time", () => {
    expect(mapEcs(flattenDocument({ event: { code: "1" } }), origin)).toBeUndefined();
  });
});
