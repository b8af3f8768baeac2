import { describe, expect, it } from "vitest";
import { eventSourceNames } from "#contracts/event-source";
import { mapWindowsFields } from "../mapping.ts";
import type { WindowsEvent } from "../windows-event.ts";

function mapped(code: number, data: Record<string, string>, more: Partial<WindowsEvent> = {}) {
  const { provider, channel } = eventSourceNames.security;
  const record = { provider, channel, computer: "DC1.example.test", code, unnamed: [] };
  return mapWindowsFields({ ...record, data: new Map(Object.entries(data)), ...more });
}

const subject = {
  SubjectUserSid: "S-1-5-21-1-2-3-1104",
  SubjectUserName: "ada",
  SubjectDomainName: "EXAMPLE",
  SubjectLogonId: "0x00000000000ABCDE",
};
const ada = {
  "user.id": "S-1-5-21-1-2-3-1104",
  "user.name": "ada",
  "user.domain": "EXAMPLE",
  "winlog.logon.id": "0xabcde",
};

describe("Security records about logons and packages", () => {
  it("have the account whose credentials were used without the realm of its name", () => {
    const used = { ...subject, TargetUserName: "eve@EXAMPLE.TEST", TargetDomainName: "EXAMPLE.TEST" };
    expect(mapped(4648, used)).toMatchObject({
      ...ada,
      "user.effective.name": "eve",
      "winlog.event_data.TargetUserName": "eve@EXAMPLE.TEST",
    });
  });

  it.each([
    [4610, "authentication-package-loaded"],
    [4614, "notification-package-loaded"],
    [4622, "security-package-loaded"],
  ])("say which package was loaded: %i", (code, action) => {
    expect(mapped(code, {})).toMatchObject({ "event.action": action, "event.category": ["configuration"] });
  });
});

describe("Security records about accounts", () => {
  it("have who acted as the user and the account that was changed as its target", () => {
    const target = { TargetUserName: "eve", TargetDomainName: "EXAMPLE", TargetSid: "S-1-5-21-1-2-3-1200" };
    expect(mapped(4720, { ...subject, ...target, NewUacValue: "0x400010" })).toMatchObject({
      ...ada,
      "event.action": "added-user-account",
      "event.category": ["iam"],
      "event.type": ["user", "creation"],
      "user.target.name": "eve",
      "user.target.domain": "EXAMPLE",
      "user.target.id": "S-1-5-21-1-2-3-1200",
    });
    expect(mapped(4738, { ...subject, ...target, NewUacValue: "0x10210" })["winlog.event_data.NewUACList"]).toEqual([
      "USER_NORMAL_ACCOUNT",
      "USER_DONT_EXPIRE_PASSWORD",
      "USER_DONT_REQUIRE_PREAUTH",
    ]);
    expect(mapped(4738, { ...subject, ...target, NewUacValue: "-" })["winlog.event_data.NewUACList"]).toBeUndefined();
  });

  it("have the former and the new name of a renamed account", () => {
    const names = { OldTargetUserName: "DESK-1$", NewTargetUserName: "DC1", TargetDomainName: "EXAMPLE" };
    expect(mapped(4781, { ...subject, ...names })).toMatchObject({
      "event.action": "renamed-user-account",
      "user.target.name": "DESK-1$",
      "user.changes.name": "DC1",
    });
  });

  it("have the group, and the member by its distinguished name or only by its SID", () => {
    const group = { TargetUserName: "Domain Admins", TargetDomainName: "EXAMPLE", TargetSid: "S-1-5-21-1-2-3-512" };
    const member = {
      MemberName: "CN=Lovelace\\, Ada,OU=Staff,DC=example,DC=test",
      MemberSid: "S-1-5-21-1-2-3-1300",
    };
    expect(mapped(4728, { ...subject, ...group, ...member })).toMatchObject({
      ...ada,
      "event.action": "added-member-to-group",
      "event.type": ["group", "change"],
      "group.name": "Domain Admins",
      "group.id": "S-1-5-21-1-2-3-512",
      "user.target.name": "Lovelace, Ada",
      "user.target.domain": "example",
      "user.target.id": "S-1-5-21-1-2-3-1300",
      "user.target.group.name": "Domain Admins",
    });
    const local = mapped(4732, { ...subject, ...group, MemberName: "-", MemberSid: "S-1-5-21-1-2-3-1300" });
    expect(local["user.target.name"]).toBeUndefined();
    expect(local["user.target.id"]).toBe("S-1-5-21-1-2-3-1300");
  });

  it("have the program that asked for the members of a group", () => {
    const asked = {
      CallerProcessId: "0x3ec",
      CallerProcessName: "C:\\Tools\\find.exe",
      TargetUserName: "Administrators",
    };
    expect(mapped(4799, { ...subject, ...asked, TargetSid: "S-1-5-32-544" })).toMatchObject({
      "event.action": "user-member-enumerated",
      "group.name": "Administrators",
      "process.pid": 1004,
      "process.name": "find.exe",
    });
  });

  it("have the object of a computer account, and its privileges one by one", () => {
    const computer = { TargetUserName: "DESK-2$", TargetDomainName: "EXAMPLE", TargetSid: "S-1-5-21-1-2-3-1400" };
    const fields = mapped(4742, { ...subject, ...computer, PrivilegeList: "SeTcbPrivilege\n\t\t\tSeDebugPrivilege" });
    expect(fields).toMatchObject({
      "event.action": "changed-computer-account",
      "winlog.computerObject.name": "DESK-2$",
      "winlog.event_data.PrivilegeList": ["SeTcbPrivilege", "SeDebugPrivilege"],
    });
  });
});

describe("Security records about authentication", () => {
  const request = {
    TargetUserName: "ada@EXAMPLE.TEST",
    TargetDomainName: "EXAMPLE.TEST",
    ServiceName: "sql-1$",
    TicketOptions: "0x40810000",
    TicketEncryptionType: "0x17",
    IpAddress: "::ffff:10.0.2.17",
    IpPort: "49731",
  };

  it("name the account without its realm, the service, the address, and what flags mean", () => {
    expect(mapped(4769, { ...request, Status: "0x0" })).toMatchObject({
      "event.action": "kerberos-service-ticket-requested",
      "event.outcome": "success",
      "user.name": "ada",
      "user.domain": "EXAMPLE.TEST",
      "service.name": "sql-1$",
      "source.ip": "10.0.2.17",
      "source.port": 49731,
      "winlog.event_data.TicketOptionsDescription": ["Forwardable", "Renewable", "Name-canonicalize"],
      "winlog.event_data.TicketEncryptionTypeDescription": "RC4-HMAC",
      "winlog.event_data.TargetUserName": "ada@EXAMPLE.TEST",
    });
  });

  it("failed if their keywords say so, else if they have an error as their status", () => {
    expect(mapped(4768, { ...request, Status: "0x6" })["event.outcome"]).toBe("failure");
    expect(mapped(4768, { Status: "0x0" }, { keywords: "0x8010000000000000" })["event.outcome"]).toBe("failure");
    expect(mapped(4768, {}, { keywords: "-9214364837600034816" })["event.outcome"]).toBe("success");
    expect(mapped(4768, {}, { keywords: "-9214364837600035000" })["event.outcome"]).toBe("success");
    expect(mapped(4768, {}, { keywords: "-9218868437227405312" })["event.outcome"]).toBe("failure");
    expect(mapped(4768, {}, { keywords: "Audit Failure" })["event.outcome"]).toBe("failure");
    expect(mapped(4768, {})["event.outcome"]).toBeUndefined();
  });

  it("know sessions of Remote Desktop", () => {
    const session = { AccountName: "ada", AccountDomain: "EXAMPLE", LogonID: "0xABC", ClientAddress: "LOCAL" };
    expect(mapped(4778, session)).toMatchObject({
      "user.name": "ada",
      "source.ip": "127.0.0.1",
      "winlog.logon.id": "0xabc",
    });
  });
});

describe("Security records about objects", () => {
  it("name registry keys and values as Sysmon does", () => {
    const value = {
      ObjectName: "\\REGISTRY\\MACHINE\\SOFTWARE\\Example\\Run",
      ObjectValueName: "Start",
      NewValueType: "%%1873",
      NewValue: "C:\\x.exe",
      OperationType: "%%1904",
    };
    expect(
      mapped(4657, { ...subject, ...value, ProcessId: "0x10", ProcessName: "C:\\Windows\\reg.exe" }),
    ).toMatchObject({
      "event.category": ["registry", "configuration"],
      "registry.path": "HKLM\\SOFTWARE\\Example\\Run\\Start",
      "registry.key": "SOFTWARE\\Example\\Run",
      "registry.value": "Start",
      "registry.data.type": "REG_SZ",
      "registry.data.strings": ["C:\\x.exe"],
      "process.name": "reg.exe",
    });
    const key = mapped(4663, { ...subject, ObjectName: "\\REGISTRY\\MACHINE\\SAM\\SAM", AccessMask: "0x20019" });
    expect(key["registry.path"]).toBe("HKLM\\SAM\\SAM");
    expect(key["winlog.event_data.AccessMaskDescription"]).toContain("READ_CONTROL");
    expect(mapped(4663, { ObjectName: "C:\\secret.txt" })["registry.path"]).toBeUndefined();
  });

  it("name a file on a share by its place here and by the share", () => {
    const file = { ShareName: "\\\\*\\ADMIN$", ShareLocalPath: "\\??\\C:\\Windows", RelativeTargetName: "x\\svc.exe" };
    expect(
      mapped(5145, { ...subject, ...file, IpAddress: "10.0.2.17", IpPort: "445", AccessMask: "0x2" }),
    ).toMatchObject({
      ...ada,
      "event.action": "network-share-object-access-checked",
      "event.category": ["network", "file"],
      "file.name": "x\\svc.exe",
      "file.path": "\\??\\C:\\Windows\\x\\svc.exe",
      "file.extension": "exe",
      "file.target_path": "\\\\*\\ADMIN$\\x\\svc.exe",
      "source.ip": "10.0.2.17",
    });
  });

  it("name the account or group whose object in the directory was changed", () => {
    const change = { ObjectDN: "CN=eve,CN=Users,DC=example,DC=test", OperationType: "%%14674" };
    expect(mapped(5136, { ...subject, ...change, ObjectClass: "user" })).toMatchObject({
      "event.action": "directory-service-object-modified",
      "user.target.name": "eve",
      "event.reason": "%%14674",
    });
    expect(mapped(5136, { ...change, ObjectClass: "group" })["group.name"]).toBe("eve");
  });

  it("have both ends of a connection, its direction and its program", () => {
    const connection = {
      ProcessID: "3324",
      Application: "\\device\\harddiskvolume2\\windows\\system32\\dns.exe",
      Direction: "%%14593",
      SourceAddress: "10.0.0.1",
      SourcePort: "62968",
      DestAddress: "10.0.0.2",
      DestPort: "88",
      Protocol: "17",
    };
    expect(mapped(5156, connection)).toMatchObject({
      "event.action": "windows-firewall-connection",
      "process.pid": 3324,
      "process.name": "dns.exe",
      "source.ip": "10.0.0.1",
      "source.port": 62968,
      "destination.ip": "10.0.0.2",
      "destination.port": 88,
      "network.transport": "udp",
      "network.direction": "outbound",
    });
  });

  it("name installed services", () => {
    const service = { ServiceName: "evil", ServiceType: "0x10", ServiceFileName: "cmd /c x", ClientProcessId: "0" };
    const fields = mapped(4697, { ...subject, ...service });
    expect(fields).toMatchObject({ "service.name": "evil", "service.type": "Win32 Own Process", ...ada });
    expect(fields["process.pid"]).toBeUndefined();
  });
});

describe("Security records about the log and its policy", () => {
  it("are recognised when the service of the log wrote them, in any channel, or the provider is unknown", () => {
    const cleared = { "event.action": "audit-log-cleared", "event.category": ["iam"], "user.name": "ada" };
    const eventlog = { provider: "Microsoft-Windows-Eventlog" };
    expect(mapped(1102, subject, eventlog)).toMatchObject(cleared);
    expect(mapped(1102, subject, { ...eventlog, channel: "ForwardedEvents" })).toMatchObject(cleared);
    expect(mapped(1102, subject, { provider: "" })).toMatchObject(cleared);
    expect(mapped(1102, subject, { provider: "Another-Provider" })["event.action"]).toBeUndefined();
  });

  it("name the audit subcategory and what changed", () => {
    const change = { SubcategoryGuid: "{0CCE922B-69AE-11D9-BED3-505054503030}", AuditPolicyChanges: "%%8448, %%8450" };
    expect(mapped(4719, { ...subject, ...change })).toMatchObject({
      "event.action": "changed-audit-config",
      "winlog.event_data.Category": "Detailed Tracking",
      "winlog.event_data.SubCategory": "Process Creation",
      "winlog.event_data.AuditPolicyChangesDescription": ["Success removed", "Failure removed"],
    });
  });

  it("keep who acted also for codes without an entry", () => {
    expect(mapped(4999, subject)).toMatchObject(ada);
  });
});
