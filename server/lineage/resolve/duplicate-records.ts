import { plainCommand, type Side } from "../keys.ts";
import { earliest } from "../process-facts.ts";
import { type ProcessRow, positionOf } from "../process-row.ts";
import type { StartProbe } from "../tables.ts";

/** Sysmon and the Security log record one start up to this much apart, in either order (milliseconds). */
const RECORD_DISTANCE = 3000;

/** The timestamp in an entity id has whole seconds only. */
const WHOLE_SECOND = 1000;

/** No duplicate record is further away than this (milliseconds). */
export const DUPLICATE_WINDOW = RECORD_DISTANCE + WHOLE_SECOND;

/** The start of a process as recorded by one log, to be matched with the records of the other. */
export interface DuplicateCandidate {
  readonly key: string;
  readonly side: Side;
  readonly host: string;
  readonly pid?: number;
  readonly name: string;
  readonly time: number;
  readonly commandLine?: string;
  /** Uncertainty of `time` in milliseconds: 0 for a record of the start. */
  readonly blur: number;
}

/** Undefined for rows that cannot have a duplicate, because it is not known when or as what they started. */
export function duplicateCandidate(row: ProcessRow): DuplicateCandidate | undefined {
  if (row.kind === "placeholder") {
    return undefined;
  }
  const { pid, name, at, begun } = positionOf(row);
  const start = earliest(row.facts.starts);
  if (name === undefined || at === undefined || !begun || (start === undefined && pid === undefined)) {
    return undefined;
  }
  return {
    key: row.key,
    side: start?.side ?? "agent",
    host: row.host,
    pid,
    name,
    time: at,
    commandLine: start?.commandLine,
    blur: start === undefined ? WHOLE_SECOND : 0,
  };
}

/** Where the rows lie that can be duplicates of a candidate. */
export function duplicateProbes({ host, pid, name, time }: DuplicateCandidate): readonly StartProbe[] {
  const window = { host, from: time - DUPLICATE_WINDOW, to: time + DUPLICATE_WINDOW };
  return pid === undefined
    ? [{ ...window, by: "name", name }]
    : [
        { ...window, by: "pid", pid },
        { ...window, by: "name-without-pid", name },
      ];
}

/** Whether the two can be records of one process. */
export function canBeDuplicates(a: DuplicateCandidate, b: DuplicateCandidate): boolean {
  return (
    a.side !== b.side &&
    a.host === b.host &&
    a.name === b.name &&
    (a.pid === undefined || b.pid === undefined || a.pid === b.pid) &&
    Math.abs(a.time - b.time) <= RECORD_DISTANCE + a.blur + b.blur
  );
}

/**
 * Pairs the records of the two logs one to one: equal pids before missing ones, then equal command lines, then the
 * nearest in time. Returns Security key to agent key. The result depends on the set of candidates only.
 */
export function pairDuplicates(candidates: readonly DuplicateCandidate[]): ReadonlyMap<string, string> {
  const agents = Map.groupBy(
    candidates.filter((one) => one.side === "agent"),
    (one) => one.name,
  );
  const ranked = candidates
    .filter((one) => one.side === "security")
    .flatMap((security) =>
      (agents.get(security.name) ?? [])
        .filter((agent) => canBeDuplicates(agent, security))
        .map((agent) => ({ agent, security, rank: rankOf(agent, security) })),
    )
    .sort((a, b) => compareRanks(a.rank, b.rank));
  const pairs = new Map<string, string>();
  const paired = new Set<string>();
  for (const { agent, security } of ranked) {
    if (!pairs.has(security.key) && !paired.has(agent.key)) {
      pairs.set(security.key, agent.key);
      paired.add(agent.key);
    }
  }
  return pairs;
}

type Rank = readonly (number | string)[];

function rankOf(agent: DuplicateCandidate, security: DuplicateCandidate): Rank {
  const samePid = agent.pid !== undefined && agent.pid === security.pid;
  const sameCommand =
    agent.commandLine !== undefined && plainCommand(agent.commandLine) === plainCommand(security.commandLine ?? "");
  return [
    samePid ? 0 : 1,
    sameCommand ? 0 : 1,
    agent.blur,
    Math.abs(agent.time - security.time),
    agent.key,
    security.key,
  ];
}

function compareRanks(a: Rank, b: Rank): number {
  for (let index = 0; index < a.length; index += 1) {
    const left = a[index] ?? 0;
    const right = b[index] ?? 0;
    if (left !== right) {
      return left < right ? -1 : 1;
    }
  }
  return 0;
}
