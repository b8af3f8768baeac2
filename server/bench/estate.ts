import type { StemmaEvent } from "../event/event.ts";
import { mapWindowsEvent } from "../event/mapping.ts";
import { SYSMON } from "../event/windows-event.ts";
import type { ReadBatch } from "../ingest/read.ts";

const START = Date.UTC(2024, 0, 1);
const HOSTS = 50;
const BATCH = 4_000;
/** Every so manieth process gets the name that the bench's rule looks for. */
export const MARKED = 100;
export const MARKED_NAME = "marked.exe";

/**
 * Process starts of a made-up estate, the same for the same number: on each host a tree in which new processes hang below
 * one of the last few hundred, and every tenth below a service that has had children all along.
 */
export async function* estate(processes: number): AsyncGenerator<ReadBatch> {
  for (let first = 0; first < processes; first += BATCH) {
    const size = Math.min(BATCH, processes - first);
    const events = Array.from({ length: size }, (_, index) => ({ event: start(first + index), original: {} }));
    const last = first + size >= processes;
    yield { file: "estate", events, problems: [], ignored: [], bytes: 0, fileStart: first === 0, fileDone: last };
  }
}

function start(number: number): StemmaEvent {
  const host = number % HOSTS;
  const place = Math.floor(number / HOSTS);
  const parent = parentOf(place);
  const time = START + place * 5_000;
  const name = number % MARKED === MARKED - 1 ? MARKED_NAME : `tool-${place % 40}.exe`;
  return mapWindowsEvent(
    {
      provider: SYSMON,
      channel: "Microsoft-Windows-Sysmon/Operational",
      computer: `host-${host}.example`,
      code: 1,
      recordId: String(place),
      time,
      data: new Map([
        ["ProcessGuid", guid(host, place)],
        ["ProcessId", String(4 + (place % 15_000) * 4)],
        ["Image", `C:\\Tools\\${name}`],
        ["CommandLine", `C:\\Tools\\${name} --run ${place}`],
        ["User", `EXAMPLE\\user-${place % 20}`],
        ["LogonId", `0x${(0x10000 + (place % 200)).toString(16)}`],
        ...(parent === undefined
          ? []
          : ([
              ["ParentProcessGuid", guid(host, parent)],
              ["ParentProcessId", String(4 + (parent % 15_000) * 4)],
              ["ParentImage", `C:\\Tools\\tool-${parent % 40}.exe`],
            ] as const)),
      ]),
      unnamed: [],
    },
    { file: "estate", offset: number, time: { time, estimated: false } },
  );
}

function parentOf(place: number): number | undefined {
  if (place === 0) {
    return undefined;
  }
  return place % 10 === 0 ? 0 : Math.max(0, place - 1 - ((place * 7919) % 300));
}

function guid(host: number, place: number): string {
  const seconds = Math.floor((START + place * 5_000) / 1000).toString(16);
  const tail = (host * 1_000_000_000 + place).toString(16).padStart(12, "0");
  return `{0000${host.toString(16).padStart(4, "0")}-${seconds.slice(4)}-${seconds.slice(0, 4)}-0100-${tail}}`;
}
