import type { AlertSummary } from "#contracts/alert";
import type { Coverage } from "#contracts/coverage";
import type { EventView, SourceRef } from "#contracts/event";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { LogonEvent } from "#contracts/pivot";

/** What examples of several subjects show: one alert of the bundled sample and everything around it. */

export const ruleId = "12f07955-1674-44f7-86b5-c35da0a6f41a";
export const alertId = "ho8O-HQZFDaqlzyVJcoeuY";
export const eventId = "hkHcowl5IIY1TRT7mlDHej";
export const processKey = "SvVlQ8a579KXcWbGmgzL1j";
export const parentKey = "pXw7dhQJrYgKeV7nbt14Xm";
export const sessionKey = "Ij3-7C72z_A_v8IxsvmXbe";
export const host = "ws-07.nordwind.example";
export const user = { name: "svc-inventory", domain: "NORDWIND" };
export const commandLine =
  'cmd.exe /Q /c "C:\\Program Files\\Nordwind\\Inventory\\collect.cmd" 1> C:\\Windows\\Temp\\inventory-202606161504.txt 2>&1';
export const commandTemplate =
  'cmd.exe /q /c "c:\\program files\\nordwind\\inventory\\collect.cmd" 1> c:\\windows\\temp\\*.txt 2>&1';

export const source: SourceRef = {
  eventId,
  file: "sample-capture.ndjson",
  offset: 1_184_188,
  provider: "Microsoft-Windows-Sysmon",
  channel: "Microsoft-Windows-Sysmon/Operational",
  code: "1",
  recordId: "123964100",
  time: "2026-06-16T15:04:05.240Z",
};

export const event: EventView = {
  id: eventId,
  time: "2026-06-16T15:04:05.240Z",
  fields: {
    "event.category": ["process"],
    "event.type": ["start"],
    "host.name": host,
    "user.name": user.name,
    "process.name": "cmd.exe",
    "process.pid": 1980,
    "process.command_line": commandLine,
    "process.parent.name": "WmiPrvSE.exe",
  },
  source,
  processKey,
};

export const rule = { id: ruleId, name: "Suspicious Cmd Execution via WMI", version: "322", language: "eql" } as const;

export const alert: AlertSummary = {
  id: alertId,
  rule,
  severity: "high",
  riskScore: 73,
  time: "2026-06-16T15:04:05.240Z",
  detectedAt: "2026-06-17T12:00:00.000Z",
  host,
  user,
  process: {
    key: processKey,
    name: "cmd.exe",
    pid: 1980,
    executable: "C:\\Windows\\System32\\cmd.exe",
    commandLine,
    parentName: "WmiPrvSE.exe",
  },
  path: [
    { key: parentKey, name: "WmiPrvSE.exe", pid: 1720 },
    { key: processKey, name: "cmd.exe", pid: 1980 },
  ],
  rootKey: parentKey,
  incidentKey: parentKey,
  status: "open",
  message: rule.name,
  buildingBlock: false,
  techniques: [{ id: "T1047", name: "Windows Management Instrumentation", tactic: "Execution" }],
  commandTemplate,
  sources: [source],
};

export const processNode: ProcessNode = {
  key: processKey,
  host,
  entityId: "{5C1A07D4-65E5-6A31-0065-000000001A00}",
  pid: 1980,
  name: "cmd.exe",
  executable: "C:\\Windows\\System32\\cmd.exe",
  commandLine,
  user,
  start: "2026-06-16T15:04:05.240Z",
  end: "2026-06-16T15:04:14.241Z",
  placeholder: false,
  sources: [source],
  logonId: "0x30267",
  sessionKey,
  parent: { key: parentKey, certainty: "exact", why: "Its record names the parent's entity id." },
  childGroup: "hb_uDD5Yln6Un3ue",
  activity: { network: 0, dns: 0, file: 1, registry: 0, module: 0, access: 0, injection: 0 },
  childCount: 2,
  alerts: [{ id: alertId, ruleName: rule.name, severity: "high", status: "open", buildingBlock: false }],
};

const logonSource: SourceRef = {
  eventId: "86MYq1tVSAU8TryM3Mx81H",
  file: "sample-capture.ndjson",
  offset: 1_182_932,
  provider: "Microsoft-Windows-Security-Auditing",
  channel: "Security",
  code: "4624",
  recordId: "41321445",
  time: "2026-06-16T15:04:05.060Z",
};

export const session: LogonSession = {
  key: sessionKey,
  host,
  logonId: "0x30267",
  user,
  logonType: 3,
  logonTypeName: "Network",
  authenticationPackage: "Kerberos",
  opened: "2026-06-16T15:04:05.060Z",
  closed: "2026-06-16T15:04:30.060Z",
  sourceIp: "10.20.1.15",
  sourcePort: 49_724,
  sourceHost: "SRV-05",
  openedBy: logonSource,
  service: false,
  privileged: true,
  processCount: 4,
};

export const logon: LogonEvent = {
  id: logonSource.eventId,
  time: logonSource.time,
  kind: "opened",
  host,
  user,
  logonType: 3,
  logonTypeName: "Network",
  authenticationPackage: "Kerberos",
  sourceIp: "10.20.1.15",
  sessionKey,
  source: logonSource,
};

export const coverage: Coverage = {
  host,
  source: "sysmon",
  from: "2026-06-16T05:00:00.000Z",
  to: "2026-06-16T19:26:21.327Z",
  events: 426,
};

export const span = { from: "2026-06-16T04:00:00.000Z", to: "2026-06-16T19:26:21.328Z" };
