import { domain, networkService, type SampleProcess, type UserFacts } from "./facts.ts";
import { HostRecorder } from "./recorder.ts";

/** The people, machines and long-running processes of the sample; all fictional. */

export const people = {
  tomas: { name: "tomas.eriksen", domain, sid: "S-1-5-21-1907513822-240886144-3120447719-1142" },
  lena: { name: "adm-lena", domain, sid: "S-1-5-21-1907513822-240886144-3120447719-1108" },
  inventory: { name: "svc-inventory", domain, sid: "S-1-5-21-1907513822-240886144-3120447719-1190" },
} as const satisfies Record<string, UserFacts>;

export const system32 = "C:\\Windows\\System32";
export const minute = 60_000;
export const hour = 60 * minute;

/** One machine with the processes that were running before the day began. */
export interface Machine {
  readonly log: HostRecorder;
  readonly services: SampleProcess;
  readonly svchost: SampleProcess;
  readonly schedule: SampleProcess;
  readonly lsass: SampleProcess;
}

export interface Cast {
  /** Midnight UTC of the day, epoch milliseconds. */
  readonly day: number;
  readonly workstation: Machine;
  readonly fileServer: Machine;
  readonly managementServer: Machine;
}

function machine(log: HostRecorder, booted: number): Machine {
  const service = (name: string, group: string, at: number) =>
    log.older(
      `${system32}\\${name}`,
      group === "" ? `${system32}\\${name}` : `${system32}\\${name} -k ${group}`,
      booted + at,
    );
  return {
    log,
    services: service("services.exe", "", 900),
    lsass: service("lsass.exe", "", 950),
    svchost: service("svchost.exe", "DcomLaunch -p", 1400),
    schedule: service("svchost.exe", "netsvcs -p -s Schedule", 1800),
  };
}

export function cast(day: number): Cast {
  // Record numbers increase from day to day: the sample of another day has different ones.
  const earlier = Math.floor(day / (24 * hour)) * 2_000;
  return {
    day,
    workstation: machine(
      new HostRecorder({ name: "WS-07", ip: "10.20.4.17", machine: "5C1A07D4", firstRecord: earlier + 81_203 }),
      day - 9 * hour,
    ),
    fileServer: machine(
      new HostRecorder({ name: "SRV-02", ip: "10.20.1.12", machine: "9E40B2F1", firstRecord: earlier + 412_877 }),
      day - 31 * 24 * hour,
    ),
    managementServer: machine(
      new HostRecorder({ name: "SRV-05", ip: "10.20.1.15", machine: "A7735C08", firstRecord: earlier + 230_415 }),
      day - 12 * 24 * hour,
    ),
  };
}

/** The WMI provider host: the parent of every command started over WMI, which runs with the remote caller's token. */
export function wmiProvider(on: Machine, at: number): SampleProcess {
  return on.log.start({
    at,
    parent: on.svchost,
    image: `${system32}\\wbem\\WmiPrvSE.exe`,
    commandLine: `${system32}\\wbem\\wmiprvse.exe -secured -Embedding`,
    user: networkService,
    logonId: "0x3e4",
    integrity: "System",
  });
}

export interface WmiCommand {
  readonly at: number;
  readonly on: Machine;
  readonly broker: SampleProcess;
  readonly user: UserFacts;
  readonly logonId: string;
  readonly commandLine: string;
  readonly lasts: number;
}

/** A command started over WMI: cmd.exe as a child of the provider host, with its console host. */
export function wmiCommand({ at, on, broker, user, logonId, commandLine, lasts }: WmiCommand): SampleProcess {
  const shell = on.log.start({
    at,
    parent: broker,
    image: `${system32}\\cmd.exe`,
    commandLine,
    user,
    logonId,
    integrity: "High",
    directory: "C:\\",
    lasts,
  });
  on.log.start({
    at: at + 11,
    parent: shell,
    image: `${system32}\\conhost.exe`,
    commandLine: `\\??\\${system32}\\conhost.exe 0xffffffff -ForceV1`,
    integrity: "High",
    lasts: lasts - 20,
  });
  return shell;
}
