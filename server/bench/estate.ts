import { eventSourceNames } from "#contracts/event-source";
import type { StemmaEvent } from "../event/event.ts";
import { mapWindowsEvent } from "../event/mapping.ts";
import type { WindowsEvent } from "../event/windows-event.ts";

/**
 * A host of a generated estate, which is deterministic for a number of processes. The neighbourhood of an alert is
 * similar at every size: workstations of a thousand processes each, and one server with a third of all processes. On a
 * workstation programs are children of a shell and helpers children of a few services. On the server one agent started
 * half of the processes, for three hundred purposes, and a scheduler started jobs of twenty, some of them long chains.
 * A process is recorded only by its own Sysmon start and end and the logon of its session.
 */
export interface EstateHost {
  readonly name: string;
  readonly processes: number;
  readonly kind: "workstation" | "server";
  /** Position of this host in the estate. */
  readonly number: number;
}

/** Processes with this name raise an alert by the benchmark's rule. */
export const MARKED_NAME = "marked.exe";

const WORKSTATION = 1_000;
const SERVER_SHARE = 0.3;
const DAY_ZERO = Date.UTC(2024, 0, 1);
/** Milliseconds between starts on a host. */
const PACE = { workstation: 60_000, server: 500 } as const;
const JOB = 20;

export function estateHosts(processes: number): readonly EstateHost[] {
  const onServer = Math.floor(processes * SERVER_SHARE);
  const stations = Math.ceil((processes - onServer) / WORKSTATION);
  const server: EstateHost = { name: "server.estate.example", kind: "server", number: stations, processes: onServer };
  const workstations = Array.from({ length: stations }, (_, number): EstateHost => {
    const left = processes - onServer - number * WORKSTATION;
    return {
      name: `pc-${number}.estate.example`,
      kind: "workstation",
      number,
      processes: Math.min(WORKSTATION, left),
    };
  });
  return [...workstations, server].filter((host) => host.processes > 0);
}

/** The records of a host in order of time, for `size` processes at a time. */
export function* recordsOf(host: EstateHost, size: number): Generator<readonly StemmaEvent[]> {
  for (const records of windowsRecordsOf(host, size)) {
    yield records.map(mapped);
  }
}

/** The same as Windows wrote them. */
export function* windowsRecordsOf(host: EstateHost, size: number): Generator<readonly TimedRecord[]> {
  for (let first = 0; first < host.processes; first += size) {
    const records: TimedRecord[] = [];
    for (let index = first; index < Math.min(first + size, host.processes); index += 1) {
      if (index % SESSION_LENGTH === 0) {
        records.push(logon(host, index));
      }
      records.push(start(host, index));
      if (index % 3 !== 0) {
        records.push(end(host, index));
      }
    }
    yield records;
  }
}

/** A record with the time and the number that every record of an estate has. */
export type TimedRecord = WindowsEvent & { readonly time: number; readonly recordId: string };

/** A record as an ingest maps it. */
export function mapped(record: TimedRecord): StemmaEvent {
  const origin = { file: "estate", offset: Number(record.recordId) };
  return mapWindowsEvent(record, { ...origin, time: { time: record.time, estimated: false } });
}

/** A record as a Winlogbeat document. */
export function winlogbeatOf({ time, computer, provider, channel, code, recordId, data }: TimedRecord) {
  return {
    "@timestamp": new Date(time).toISOString(),
    host: { name: computer },
    winlog: {
      provider_name: provider,
      channel,
      computer_name: computer,
      event_id: String(code),
      record_id: Number(recordId),
      event_data: Object.fromEntries(data),
    },
  };
}

interface Plan {
  readonly parent: number | undefined;
  readonly image: string;
  /** The purpose of the process; the rest of its command line only numbers the run. */
  readonly task: string;
}

const SYSTEM = ["wininit.exe", "services.exe", "svchost.exe", "svchost.exe", "svchost.exe", "explorer.exe"] as const;
const HELPERS = ["conhost.exe", "dllhost.exe", "taskhostw.exe", "wmiprvse.exe", "backgroundtaskhost.exe"] as const;
const PROGRAMS = ["outlook.exe", "chrome.exe", "excel.exe", "teams.exe", "code.exe", "powershell.exe"] as const;
const TOOLS = ["cmd.exe", "git.exe", "node.exe", "python.exe", "robocopy.exe", "7z.exe", "sqlcmd.exe"] as const;

/** The process at an index of a host, and the index of its parent. */
function planOf(host: EstateHost, index: number): Plan {
  const system = SYSTEM[index];
  if (system !== undefined) {
    const parent = index === 0 ? undefined : index < 2 ? 0 : 1;
    return { parent, image: `C:\\Windows\\System32\\${system}`, task: "service" };
  }
  const random = scatter(host.number, index);
  const plan = host.kind === "workstation" ? onWorkstation(index, random) : onServer(index, random);
  return { ...plan, task: word(random % (plan.parent === AGENT ? SOURCES : TASKS)) };
}

/** Number of different tasks of the agent, and of other processes. */
const SOURCES = 300;
const TASKS = 20;
const AGENT = 2;
const SCHEDULER = 3;

function onWorkstation(index: number, random: number): Omit<Plan, "task"> {
  if (index % 100 === 97) {
    // One in a hundred processes, started from a program.
    return { parent: programBefore(index), image: `C:\\Users\\Public\\${MARKED_NAME}` };
  }
  if (index % 10 === 7) {
    return { parent: 5, image: `C:\\Program Files\\Office\\${pick(PROGRAMS, random)}` };
  }
  return random % 10 < 4
    ? { parent: 2 + (random % 3), image: `C:\\Windows\\System32\\${pick(HELPERS, random)}` }
    : { parent: programBefore(index), image: `C:\\Program Files\\Office\\${pick(TOOLS, random)}` };
}

/** The last program before an index. */
function programBefore(index: number): number {
  const last = index - 1 - ((index - 1 - 7) % 10);
  return last > 5 && last % 100 !== 97 ? last : 5;
}

/** Alternates between a run of processes of the agent and a job. */
function onServer(index: number, random: number): Omit<Plan, "task"> {
  const offset = (index - SYSTEM.length) % (2 * JOB);
  const runStart = index - offset;
  if (offset < JOB) {
    const marked = random % 100 === 0;
    return {
      parent: AGENT,
      image: marked ? `C:\\ProgramData\\${MARKED_NAME}` : "C:\\Program Files\\Agent\\collect.exe",
    };
  }
  const inJob = offset - JOB;
  if (inJob === 0) {
    return { parent: SCHEDULER, image: "C:\\Windows\\System32\\cmd.exe" };
  }
  const job = Math.floor(index / (2 * JOB));
  // Three alerts in every tenth job, which are grouped into one incident.
  const marked = job % 10 === 0 && (inJob === 6 || inJob === 11 || inJob === 17);
  const back = job % 4 === 0 ? 1 : 1 + (random % Math.min(inJob, 5));
  const parent = Math.max(runStart + JOB, index - back);
  return { parent, image: marked ? `D:\\Jobs\\${MARKED_NAME}` : `D:\\Jobs\\bin\\${pick(TOOLS, random)}` };
}

/** Processes per logon session of a host. */
const SESSION_LENGTH = 200;

function sessionOf(index: number): string {
  return index < SYSTEM.length - 1 ? "0x3e7" : `0x${(0x1_0000 + Math.floor(index / SESSION_LENGTH)).toString(16)}`;
}

function userOf(host: EstateHost, index: number): string {
  if (index < SYSTEM.length - 1) {
    return "SYSTEM";
  }
  return host.kind === "server" ? `svc-${Math.floor(index / SESSION_LENGTH) % 10}` : `person-${host.number % 2_000}`;
}

function start(host: EstateHost, index: number): TimedRecord {
  const plan = planOf(host, index);
  const { parent, image } = plan;
  const above = parent === undefined ? undefined : planOf(host, parent);
  const user = userOf(host, index);
  return sysmon(host, index, 1, timeOf(host, index), [
    ["ProcessGuid", guid(host, index)],
    ["ProcessId", pid(index)],
    ["Image", image],
    ["CommandLine", commandLine(plan, index)],
    ["CurrentDirectory", "C:\\Windows\\system32\\"],
    ["User", user === "SYSTEM" ? "NT AUTHORITY\\SYSTEM" : `ESTATE\\${user}`],
    ["LogonId", sessionOf(index)],
    ["IntegrityLevel", index < SYSTEM.length ? "System" : "Medium"],
    ["Hashes", `SHA256=${scatter(7, image.length).toString(16).padStart(64, "0").toUpperCase()}`],
    ...(parent === undefined || above === undefined
      ? []
      : ([
          ["ParentProcessGuid", guid(host, parent)],
          ["ParentProcessId", pid(parent)],
          ["ParentImage", above.image],
          ["ParentCommandLine", commandLine(above, parent)],
        ] as const)),
  ]);
}

function commandLine({ image, task }: Plan, index: number): string {
  return `"${image}" --task ${task} --run ${index}`;
}

function end(host: EstateHost, index: number): TimedRecord {
  return sysmon(host, index, 5, timeOf(host, index) + PACE[host.kind] / 2, [
    ["ProcessGuid", guid(host, index)],
    ["ProcessId", pid(index)],
    ["Image", planOf(host, index).image],
  ]);
}

function logon(host: EstateHost, index: number): TimedRecord {
  return {
    provider: eventSourceNames.security.provider,
    channel: eventSourceNames.security.channel,
    computer: host.name,
    code: 4624,
    recordId: String(index),
    time: timeOf(host, index) - 1_000,
    data: new Map([
      ["TargetUserName", userOf(host, index + SYSTEM.length)],
      ["TargetDomainName", "ESTATE"],
      ["TargetLogonId", sessionOf(index + SYSTEM.length)],
      ["LogonType", host.kind === "server" ? "4" : "2"],
      ["AuthenticationPackageName", "Negotiate"],
    ]),
    unnamed: [],
  };
}

function sysmon(
  host: EstateHost,
  index: number,
  code: number,
  time: number,
  data: readonly (readonly [string, string])[],
): TimedRecord {
  return {
    provider: eventSourceNames.sysmon.provider,
    channel: eventSourceNames.sysmon.channel,
    computer: host.name,
    code,
    recordId: String(index * 2 + (code === 1 ? 0 : 1)),
    time,
    data: new Map(data),
    unnamed: [],
  };
}

function timeOf(host: EstateHost, index: number): number {
  return DAY_ZERO + index * PACE[host.kind] + (host.number % 1_000);
}

function pid(index: number): string {
  return String(4 + (index % 15_000) * 4);
}

function guid(host: EstateHost, index: number): string {
  const seconds = Math.floor(timeOf(host, index) / 1000).toString(16);
  const machine = host.number.toString(16).padStart(8, "0");
  return `{${machine}-${seconds.slice(4)}-${seconds.slice(0, 4)}-0100-${index.toString(16).padStart(12, "0")}}`;
}

function pick(names: readonly string[], random: number): string {
  return names[random % names.length] ?? "";
}

/** A distinct word for a number. */
function word(number: number): string {
  const letters = "ghijklmnopqrstuvwxyz";
  return `${letters[number % 20]}${letters[Math.floor(number / 20) % 20]}orn`;
}

/** A pseudo-random number, deterministic for its arguments. */
function scatter(first: number, second: number): number {
  const mixed = Math.imul(first + 0x9e37, 0x85eb_ca6b) ^ Math.imul(second + 1, 0xc2b2_ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d) >>> 4;
}
