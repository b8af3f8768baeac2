import type { EndFact, EventFact, StartFact } from "../lineage/facts.ts";
import type { Side } from "../lineage/keys.ts";

/**
 * A generated host with few pids, which are reused as soon as they are free. Sysmon and the Security log both record
 * it, with separate clocks and with gaps. The facts include entity ids, which determine the true parents.
 */
export interface WorldSettings {
  readonly processes: number;
  /** Total number of pids. */
  readonly pids: number;
  /** Share of records lost by each log. */
  readonly lostStarts: number;
  readonly lostEnds: number;
  /** Maximum difference between the two logs' times for one moment, in milliseconds. */
  readonly skew: number;
  readonly seed: number;
}

const IMAGES = [
  "svchost.exe",
  "cmd.exe",
  "conhost.exe",
  "powershell.exe",
  "WmiPrvSE.exe",
  "chrome.exe",
  "git.exe",
  "node.exe",
  "net.exe",
  "taskhostw.exe",
] as const;
const START = Date.UTC(2024, 0, 8, 8);
/** One in this many processes is long-lived. */
const LONG_LIVED = 25;

interface RunningProcess {
  readonly number: number;
  readonly pid: number;
  readonly image: string;
  readonly start: number;
  readonly end: number;
}

/** The facts of a host, in order of time. */
export function generateWorld(settings: WorldSettings): readonly EventFact[] {
  const { processes, pids, lostStarts, lostEnds, seed } = settings;
  const random = seededRandom(seed);
  const free = Array.from({ length: pids }, (_, index) => (index + 1) * 4);
  const running: RunningProcess[] = [];
  const facts: (EventFact & { readonly at: number })[] = [];
  const clock = clocks(settings);
  const record = (fact: StartFact | EndFact) => facts.push({ eventId: fact.source.eventId, fact, at: fact.time });

  const finish = (process: RunningProcess, time: number) => {
    free.push(process.pid);
    for (const side of SIDES) {
      if (random() >= lostEnds) {
        record({
          kind: "end",
          ...recordOf(side, "end", process.number, clock(side, time)),
          entityId: side === "agent" ? idOf(process) : undefined,
          pid: process.pid,
          executable: pathOf(process.image),
        });
      }
    }
  };

  let time = START;
  for (let number = 0; number < processes; number += 1) {
    time += Math.floor(random() * 400);
    for (const process of running.filter(({ end }) => end <= time)) {
      running.splice(running.indexOf(process), 1);
      finish(process, Math.min(process.end, time));
    }
    if (free.length === 0) {
      const [evicted] = running.splice(Math.floor(random() * running.length), 1);
      if (evicted !== undefined) {
        finish(evicted, time);
      }
    }
    const parent = running[Math.floor(random() ** 2 * running.length)];
    const [pid = 4] = free.splice(Math.floor(random() * free.length), 1);
    const image = IMAGES[Math.floor(random() * IMAGES.length)] ?? "cmd.exe";
    const life = number % LONG_LIVED === 0 ? 3_600_000 : random() * random() * 30_000;
    const started: RunningProcess = { number, pid, image, start: time, end: time + Math.floor(life) + 1 };
    running.unshift(started);
    for (const side of SIDES) {
      if (random() >= lostStarts) {
        record({
          kind: "start",
          ...recordOf(side, "start", number, clock(side, time)),
          pid,
          executable: pathOf(image),
          commandLine: `${image} --job ${number % 40}`,
          parentPid: parent?.pid ?? 0,
          parentExecutable: parent === undefined ? undefined : pathOf(parent.image),
          ...(side === "agent"
            ? { entityId: idOf(started), parentEntityId: parent === undefined ? undefined : idOf(parent) }
            : {}),
        });
      }
    }
  }
  return facts.sort((a, b) => a.at - b.at).map(({ eventId, fact }) => ({ eventId, fact }));
}

const SIDES: readonly Side[] = ["agent", "security"];

/** The clock of each log. Times keep their order within a log, while the two logs drift apart and together again. */
function clocks({ skew }: WorldSettings): (side: Side, time: number) => number {
  return (side, time) =>
    side === "agent" ? time : Math.floor(time + (skew / 2) * (1 + Math.sin((time - START) / 600_000)));
}

function recordOf(side: Side, what: string, number: number, time: number) {
  const eventId = `${side}-${what}-${number}`;
  return {
    host: "world",
    time,
    side,
    source: { eventId, file: "world", recordId: String(number), time: new Date(time).toISOString() },
  };
}

/** A ProcessGuid as Sysmon builds it, with the second of the start. */
function idOf({ number, start }: RunningProcess): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const second = hex(Math.floor(start / 1000), 8);
  return `{00000000-${second.slice(4)}-${second.slice(0, 4)}-0100-${hex(number, 12)}}`;
}

function pathOf(image: string): string {
  return `C:\\Windows\\System32\\${image}`;
}

/** Deterministic pseudo-random numbers (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
