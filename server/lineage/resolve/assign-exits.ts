import type { EndFact } from "../facts.ts";
import { earliest } from "../process-facts.ts";
import type { ProcessRow } from "../process-row.ts";
import type { ExitRow, HistoryProbe } from "../tables.ts";
import { type MovedExit, placeholderRow } from "./placeholders.ts";
import { boundaryBefore, type Timeline } from "./timeline.ts";

/** A part of a pid's history, who held the pid in it, and the exits that are stored there. */
export interface PidTimeline {
  readonly probe: HistoryProbe;
  readonly timeline: Timeline;
  readonly exits: readonly ExitRow[];
}

export interface AssignedExits {
  /** The process or placeholder that each exit in the ranges ended, by event id. */
  readonly owners: ReadonlyMap<string, string>;
  /** The reverse: the earliest of these exits, by key. */
  readonly exitOf: ReadonlyMap<string, EndFact>;
  /** Exits of another process than stored. */
  readonly changed: readonly ExitRow[];
  readonly moved: readonly MovedExit[];
  /** Placeholders of processes that nothing but an exit is known of. */
  readonly placeholders: readonly ProcessRow[];
}

/** Assigns exits that contain no entity id (Security 4689) to the process that held the pid, else to a placeholder. */
export function assignExits(timelines: readonly PidTimeline[]): AssignedExits {
  const owners = new Map<string, string>();
  const exitOf = new Map<string, EndFact>();
  const changed: ExitRow[] = [];
  const moved: MovedExit[] = [];
  const placeholders: ProcessRow[] = [];
  for (const { probe, timeline, exits } of timelines) {
    const stored = new Map(exits.map(({ fact, processKey }) => [fact.source.eventId, processKey]));
    for (const exit of timeline.exits.filter(({ time }) => probe.from <= time && time <= probe.to)) {
      const { eventId } = exit.source;
      const holder = timeline.owners.get(eventId);
      const placeholder = holder === undefined ? placeholderOf(probe, timeline, exit) : undefined;
      placeholders.push(...(placeholder === undefined ? [] : [placeholder]));
      const owner = holder ?? placeholder?.key ?? "";
      owners.set(eventId, owner);
      exitOf.set(owner, earliest([exit, exitOf.get(owner) ?? exit]) ?? exit);
      const former = stored.get(eventId);
      if (former !== owner) {
        changed.push({ fact: exit, processKey: owner });
        moved.push(...(former === undefined ? [] : [{ exit, from: former, to: owner }]));
      }
    }
  }
  return { owners, exitOf, changed, moved, placeholders };
}

/** The exit of a row now. One outside the ranges still ends the process that it ended before. */
export function exitNow(
  { key, exit }: Pick<ProcessRow, "key" | "exit">,
  { owners, exitOf }: Pick<AssignedExits, "owners" | "exitOf">,
): EndFact | undefined {
  const kept = exit !== undefined && (owners.get(exit.source.eventId) ?? key) === key ? exit : undefined;
  return earliest([exitOf.get(key), kept].filter((one) => one !== undefined));
}

/** All exits of a pid and path between two uses of the pid share a placeholder. */
function placeholderOf({ host, pid }: HistoryProbe, timeline: Timeline, exit: EndFact): ProcessRow {
  return placeholderRow(host, pid, exit.executable, boundaryBefore(timeline, exit.time, exit.source.eventId));
}
