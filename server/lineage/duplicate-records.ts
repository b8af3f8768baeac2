import { plainCommand, type Side } from "./keys.ts";
import { earliest, type ProcessRow, positionOf } from "./process-row.ts";

/**
 * Sysmon and the Security log record the start of one process up to a few seconds apart, in either order
 * (milliseconds).
 */
const TWIN_WINDOW = 3000;

/** An entity id that holds its start gives whole seconds only. */
const WHOLE_SECOND = 1000;

/** Nothing further away than this can be a twin (milliseconds). */
export const DUPLICATE_WINDOW = TWIN_WINDOW + WHOLE_SECOND;

/** The start of a process as one log tells it, ready to be matched with the other log's. */
export interface DuplicateCandidate {
  readonly key: string;
  readonly side: Side;
  readonly host: string;
  readonly pid?: number;
  readonly name: string;
  readonly time: number;
  readonly commandLine?: string;
  /** Half the width of the time, where it is no exact record. */
  readonly blur: number;
}

/** Undefined for rows that cannot have a twin: nothing says when, or as what, they started. */
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

/** Whether the two can be two records of one process. */
export function canBeDuplicates(a: DuplicateCandidate, b: DuplicateCandidate): boolean {
  return (
    a.side !== b.side &&
    a.host === b.host &&
    a.name === b.name &&
    (a.pid === undefined || b.pid === undefined || a.pid === b.pid) &&
    Math.abs(a.time - b.time) <= TWIN_WINDOW + a.blur + b.blur
  );
}

/**
 * Matches the records of the two logs one to one: known pids before lost ones, equal command lines first, then the
 * nearest in time. Returns security key to agent key. The result depends on the set of candidates only.
 */
export function pairDuplicates(candidates: readonly DuplicateCandidate[]): ReadonlyMap<string, string> {
  const agents = Map.groupBy(
    candidates.filter((one) => one.side === "agent"),
    (one) => one.name,
  );
  const pairs = candidates
    .filter((one) => one.side === "security")
    .flatMap((security) =>
      (agents.get(security.name) ?? [])
        .filter((agent) => canBeDuplicates(agent, security))
        .map((agent) => ({ agent, security, rank: rank(agent, security) })),
    )
    .sort((a, b) => compareRanks(a.rank, b.rank));
  const matched = new Map<string, string>();
  const taken = new Set<string>();
  for (const { agent, security } of pairs) {
    if (!matched.has(security.key) && !taken.has(agent.key)) {
      matched.set(security.key, agent.key);
      taken.add(agent.key);
    }
  }
  return matched;
}

function rank(agent: DuplicateCandidate, security: DuplicateCandidate): readonly (number | string)[] {
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

function compareRanks(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let index = 0; index < a.length; index += 1) {
    const left = a[index] ?? 0;
    const right = b[index] ?? 0;
    if (left !== right) {
      return left < right ? -1 : 1;
    }
  }
  return 0;
}
