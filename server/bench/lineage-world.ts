import type { EndFact, StartFact } from "../lineage/facts.ts";
import type { EventFact } from "../lineage/group-facts.ts";
import type { Side } from "../lineage/keys.ts";

/**
 * A made-up host that wears its pids out: a few hundred of them for any number of processes, given again as soon as they are
 * free. Both logs record it, with clocks of their own and gaps. The facts carry the entity ids that say who is whose child.
 */
export interface WorldSettings {
  readonly processes: number;
  /** Pids in use and free together. */
  readonly pids: number;
  /** Shares of records that each log lost. */
  readonly lostStarts: number;
  readonly lostEnds: number;
  /** The two logs record a thing up to this much apart (milliseconds). */
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
/** One process of so many lives on and on. */
const LASTING = 25;

interface Living {
  readonly number: number;
  readonly pid: number;
  readonly image: string;
  readonly since: number;
  readonly until: number;
}

export function worldOf(settings: WorldSettings): readonly EventFact[] {
  const { processes, pids, lostStarts, lostEnds, seed } = settings;
  const random = generator(seed);
  const free = Array.from({ length: pids }, (_, index) => (index + 1) * 4);
  const living: Living[] = [];
  const told: (EventFact & { readonly at: number })[] = [];
  const clock = clocks(settings);
  const tell = (fact: StartFact | EndFact) => told.push({ eventId: fact.source.eventId, fact, at: fact.time });

  const end = (process: Living, time: number) => {
    free.push(process.pid);
    for (const side of SIDES) {
      if (random() >= lostEnds) {
        tell({
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
    for (const process of living.filter(({ until }) => until <= time)) {
      living.splice(living.indexOf(process), 1);
      end(process, Math.min(process.until, time));
    }
    if (free.length === 0) {
      const [oldest] = living.splice(Math.floor(random() * living.length), 1);
      if (oldest !== undefined) {
        end(oldest, time);
      }
    }
    const parent = living[Math.floor(random() ** 2 * living.length)];
    const [pid = 4] = free.splice(Math.floor(random() * free.length), 1);
    const image = IMAGES[Math.floor(random() * IMAGES.length)] ?? "cmd.exe";
    const life = number % LASTING === 0 ? 3_600_000 : random() * random() * 30_000;
    const born: Living = { number, pid, image, since: time, until: time + Math.floor(life) + 1 };
    living.unshift(born);
    for (const side of SIDES) {
      if (random() >= lostStarts) {
        tell({
          kind: "start",
          ...recordOf(side, "start", number, clock(side, time)),
          pid,
          executable: pathOf(image),
          commandLine: `${image} --job ${number % 40}`,
          parentPid: parent?.pid ?? 0,
          parentExecutable: parent === undefined ? undefined : pathOf(parent.image),
          ...(side === "agent"
            ? { entityId: idOf(born), parentEntityId: parent === undefined ? undefined : idOf(parent) }
            : {}),
        });
      }
    }
  }
  return told.sort((a, b) => a.at - b.at).map(({ eventId, fact }) => ({ eventId, fact }));
}

const SIDES: readonly Side[] = ["agent", "security"];

/** Each log's clock: within one log times keep their order, between the two they wander apart and together again. */
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

/** As Sysmon writes it: with the second of the start. */
function idOf({ number, since }: Living): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const second = hex(Math.floor(since / 1000), 8);
  return `{00000000-${second.slice(4)}-${second.slice(0, 4)}-0100-${hex(number, 12)}}`;
}

function pathOf(image: string): string {
  return `C:\\Windows\\System32\\${image}`;
}

/** The same numbers for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
