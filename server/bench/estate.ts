import { eventSourceNames } from "#contracts/event-source";
import type { StemmaEvent } from "../event/event.ts";
import { mapWindowsEvent } from "../event/mapping.ts";

/**
 * A made-up estate, the same for the same number of processes. What surrounds an alert looks alike whatever the size:
 * workstations of a thousand processes each, as many as it takes, and one server that has a third of all. On a workstation
 * people's programs hang below a shell, helpers below a few services. On the server one agent has started half of its
 * processes itself, for three hundred purposes, and a scheduler has started jobs of twenty, some of them long chains.
 * Nothing but its own records tells of a process: Sysmon's start and end, the logons of its sessions.
 */
export interface EstateHost {
  readonly name: string;
  readonly processes: number;
  readonly kind: "workstation" | "server";
  /** Of this host among all. */
  readonly number: number;
}

/** Every process whose path ends in this name raises an alert by the bench's rule. */
export const MARKED_NAME = "marked.exe";

const WORKSTATION = 1_000;
const SERVER_SHARE = 0.3;
const DAY_ZERO = Date.UTC(2024, 0, 1);
/** Milliseconds from one start on a host to the next. */
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

/** The records of a host in the order of time, `size` processes at a time. */
export function* recordsOf(host: EstateHost, size: number): Generator<readonly StemmaEvent[]> {
  for (let first = 0; first < host.processes; first += size) {
    const records: StemmaEvent[] = [];
    for (let place = first; place < Math.min(first + size, host.processes); place += 1) {
      if (place % SESSION_LENGTH === 0) {
        records.push(logon(host, place));
      }
      records.push(start(host, place));
      if (place % 3 !== 0) {
        records.push(end(host, place));
      }
    }
    yield records;
  }
}

interface Plan {
  readonly parent: number | undefined;
  readonly image: string;
  /** What it was asked to do; alike where only the number of the run differs. */
  readonly task: string;
}

const SYSTEM = ["wininit.exe", "services.exe", "svchost.exe", "svchost.exe", "svchost.exe", "explorer.exe"] as const;
const HELPERS = ["conhost.exe", "dllhost.exe", "taskhostw.exe", "wmiprvse.exe", "backgroundtaskhost.exe"] as const;
const PROGRAMS = ["outlook.exe", "chrome.exe", "excel.exe", "teams.exe", "code.exe", "powershell.exe"] as const;
const TOOLS = ["cmd.exe", "git.exe", "node.exe", "python.exe", "robocopy.exe", "7z.exe", "sqlcmd.exe"] as const;

/** What stands at a place of a host and below which earlier place. */
function planOf(host: EstateHost, place: number): Plan {
  const system = SYSTEM[place];
  if (system !== undefined) {
    const parent = place === 0 ? undefined : place < 2 ? 0 : 1;
    return { parent, image: `C:\\Windows\\System32\\${system}`, task: "service" };
  }
  const chance = scatter(host.number, place);
  const plan = host.kind === "workstation" ? onWorkstation(place, chance) : onServer(place, chance);
  return { ...plan, task: word(chance % (plan.parent === AGENT ? SOURCES : TASKS)) };
}

/** How many different things the agent collects, and how many others do. */
const SOURCES = 300;
const TASKS = 20;
const AGENT = 2;
const SCHEDULER = 3;

function onWorkstation(place: number, chance: number): Omit<Plan, "task"> {
  if (place % 100 === 97) {
    // What somebody started from a program, a hundred times rarer than anything else.
    return { parent: programBefore(place), image: `C:\\Users\\Public\\${MARKED_NAME}` };
  }
  if (place % 10 === 7) {
    return { parent: 5, image: `C:\\Program Files\\Office\\${pick(PROGRAMS, chance)}` };
  }
  return chance % 10 < 4
    ? { parent: 2 + (chance % 3), image: `C:\\Windows\\System32\\${pick(HELPERS, chance)}` }
    : { parent: programBefore(place), image: `C:\\Program Files\\Office\\${pick(TOOLS, chance)}` };
}

/** The last program of a person before a place. */
function programBefore(place: number): number {
  const last = place - 1 - ((place - 1 - 7) % 10);
  return last > 5 && last % 100 !== 97 ? last : 5;
}

/** Processes come in stretches: some by the agent, then a job, and so on. */
function onServer(place: number, chance: number): Omit<Plan, "task"> {
  const within = (place - SYSTEM.length) % (2 * JOB);
  const stretch = place - within;
  if (within < JOB) {
    const marked = chance % 100 === 0;
    return {
      parent: AGENT,
      image: marked ? `C:\\ProgramData\\${MARKED_NAME}` : "C:\\Program Files\\Agent\\collect.exe",
    };
  }
  const inJob = within - JOB;
  if (inJob === 0) {
    return { parent: SCHEDULER, image: "C:\\Windows\\System32\\cmd.exe" };
  }
  const job = Math.floor(place / (2 * JOB));
  // Three alerts in every tenth job: they stand together in the queue.
  const marked = job % 10 === 0 && (inJob === 6 || inJob === 11 || inJob === 17);
  const back = job % 4 === 0 ? 1 : 1 + (chance % Math.min(inJob, 5));
  const parent = Math.max(stretch + JOB, place - back);
  return { parent, image: marked ? `D:\\Jobs\\${MARKED_NAME}` : `D:\\Jobs\\bin\\${pick(TOOLS, chance)}` };
}

/** So many processes of a host share a logon session. */
const SESSION_LENGTH = 200;

function sessionOf(place: number): string {
  return place < SYSTEM.length - 1 ? "0x3e7" : `0x${(0x1_0000 + Math.floor(place / SESSION_LENGTH)).toString(16)}`;
}

function userOf(host: EstateHost, place: number): string {
  if (place < SYSTEM.length - 1) {
    return "SYSTEM";
  }
  return host.kind === "server" ? `svc-${Math.floor(place / SESSION_LENGTH) % 10}` : `person-${host.number % 2_000}`;
}

function start(host: EstateHost, place: number): StemmaEvent {
  const plan = planOf(host, place);
  const { parent, image } = plan;
  const above = parent === undefined ? undefined : planOf(host, parent);
  const user = userOf(host, place);
  return sysmon(host, place, 1, timeOf(host, place), [
    ["ProcessGuid", guid(host, place)],
    ["ProcessId", pid(place)],
    ["Image", image],
    ["CommandLine", commandLine(plan, place)],
    ["CurrentDirectory", "C:\\Windows\\system32\\"],
    ["User", user === "SYSTEM" ? "NT AUTHORITY\\SYSTEM" : `ESTATE\\${user}`],
    ["LogonId", sessionOf(place)],
    ["IntegrityLevel", place < SYSTEM.length ? "System" : "Medium"],
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

function commandLine({ image, task }: Plan, place: number): string {
  return `"${image}" --task ${task} --run ${place}`;
}

function end(host: EstateHost, place: number): StemmaEvent {
  return sysmon(host, place, 5, timeOf(host, place) + PACE[host.kind] / 2, [
    ["ProcessGuid", guid(host, place)],
    ["ProcessId", pid(place)],
    ["Image", planOf(host, place).image],
  ]);
}

function logon(host: EstateHost, place: number): StemmaEvent {
  const time = timeOf(host, place) - 1_000;
  return mapWindowsEvent(
    {
      provider: eventSourceNames.security.provider,
      channel: eventSourceNames.security.channel,
      computer: host.name,
      code: 4624,
      recordId: String(place),
      time,
      data: new Map([
        ["TargetUserName", userOf(host, place + SYSTEM.length)],
        ["TargetDomainName", "ESTATE"],
        ["TargetLogonId", sessionOf(place + SYSTEM.length)],
        ["LogonType", host.kind === "server" ? "4" : "2"],
        ["AuthenticationPackageName", "Negotiate"],
      ]),
      unnamed: [],
    },
    { file: "estate", offset: place, time: { time, estimated: false } },
  );
}

function sysmon(
  host: EstateHost,
  place: number,
  code: number,
  time: number,
  data: readonly (readonly [string, string])[],
): StemmaEvent {
  return mapWindowsEvent(
    {
      provider: eventSourceNames.sysmon.provider,
      channel: eventSourceNames.sysmon.channel,
      computer: host.name,
      code,
      recordId: String(place * 2 + (code === 1 ? 0 : 1)),
      time,
      data: new Map(data),
      unnamed: [],
    },
    { file: "estate", offset: place, time: { time, estimated: false } },
  );
}

function timeOf(host: EstateHost, place: number): number {
  return DAY_ZERO + place * PACE[host.kind] + (host.number % 1_000);
}

function pid(place: number): string {
  return String(4 + (place % 15_000) * 4);
}

function guid(host: EstateHost, place: number): string {
  const seconds = Math.floor(timeOf(host, place) / 1000).toString(16);
  const machine = host.number.toString(16).padStart(8, "0");
  return `{${machine}-${seconds.slice(4)}-${seconds.slice(0, 4)}-0100-${place.toString(16).padStart(12, "0")}}`;
}

function pick(names: readonly string[], chance: number): string {
  return names[chance % names.length] ?? "";
}

/** A word of letters, one for each number. */
function word(number: number): string {
  const letters = "ghijklmnopqrstuvwxyz";
  return `${letters[number % 20]}${letters[Math.floor(number / 20) % 20]}orn`;
}

/** A number that looks random and is the same for the same arguments. */
function scatter(first: number, second: number): number {
  const mixed = Math.imul(first + 0x9e37, 0x85eb_ca6b) ^ Math.imul(second + 1, 0xc2b2_ae35);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d) >>> 4;
}
