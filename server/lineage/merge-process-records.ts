import type { Account } from "#contracts/account";
import type { ProcessNode } from "#contracts/lineage";
import { isoTime } from "../event/time.ts";
import type { StartFact } from "./facts.ts";
import { nameOf } from "./keys.ts";
import { earliest, isObserved, provisionalAttributes } from "./process-facts.ts";
import { executableOf, type ProcessRow, positionOf } from "./process-row.ts";

/**
 * Everything that the records of a process contain, as one value. What depends on other rows (parent, alerts, counts)
 * is added by the reader.
 */
export type MergedProcess = Omit<
  ProcessNode,
  "parent" | "parentUnknown" | "childGroup" | "activity" | "childCount" | "alerts"
>;

/**
 * Merges a row and its duplicate record. The agent's record leads; the Security record adds the creator and whatever
 * the agent's does not contain.
 */
export function mergeProcessRecords(row: ProcessRow, duplicate: ProcessRow | undefined): MergedProcess {
  const own = earliest(row.facts.starts);
  const other = duplicate === undefined ? undefined : earliest(duplicate.facts.starts);
  const start = own ?? other;
  const { observed, inferred } = provisionalAttributes(row.facts);
  const executable = own?.executable ?? other?.executable ?? executableOf(row.facts);
  const exit = earliest([...row.facts.ends, ...(row.exit === undefined ? [] : [row.exit])]);
  const sources = [
    ...row.facts.starts,
    ...(duplicate?.facts.starts ?? []),
    ...row.facts.ends,
    ...(row.exit === undefined ? [] : [row.exit]),
  ].map((fact) => fact.source);
  const user = own?.user ?? other?.user ?? observed?.user ?? accountOf(inferred?.user);
  return {
    key: row.key,
    host: row.host,
    entityId: row.entityId,
    pid: positionOf(row).pid ?? (duplicate === undefined ? undefined : positionOf(duplicate).pid),
    name: fileName(executable),
    executable,
    commandLine: own?.commandLine ?? other?.commandLine ?? inferred?.commandLine,
    args: copy(own?.args ?? other?.args),
    workingDirectory: own?.workingDirectory ?? other?.workingDirectory,
    originalFileName: own?.originalFileName ?? other?.originalFileName,
    company: own?.company ?? other?.company,
    hashes: own?.hashes ?? other?.hashes,
    integrityLevel: own?.integrityLevel ?? other?.integrityLevel,
    exitCode: row.facts.ends.find((end) => end.exitCode !== undefined)?.exitCode ?? row.exit?.exitCode,
    user,
    creator: other?.creator ?? own?.creator,
    start: start === undefined ? undefined : isoTime(start.time),
    startBySourceClock: start?.sourceClock === undefined ? undefined : isoTime(start.sourceClock),
    end: exit === undefined ? undefined : isoTime(exit.time),
    placeholder: start === undefined,
    sources,
    logonId: own?.logonId ?? other?.logonId,
    sessionKey: row.sessionKey,
  };
}

export function logonIdOfRow(row: ProcessRow, duplicate: ProcessRow | undefined): string | undefined {
  return logonStartOf(row, duplicate)?.logonId;
}

/** The start record that names the session of a process. */
export function logonStartOf(row: ProcessRow, duplicate: ProcessRow | undefined): StartFact | undefined {
  const own = earliest(row.facts.starts);
  const other = duplicate === undefined ? undefined : earliest(duplicate.facts.starts);
  return [own, other].find((start) => start?.logonId !== undefined);
}

/** Whether the process has records of its own, which make edges by entity id to its children exact. */
export function observed(row: ProcessRow): boolean {
  return row.duplicate !== undefined || isObserved(row.facts);
}

function accountOf(text: string | undefined): Account | undefined {
  if (text === undefined || text === "" || text === "-") {
    return undefined;
  }
  const separator = text.indexOf("\\");
  return separator < 0 ? { name: text } : { name: text.slice(separator + 1), domain: text.slice(0, separator) };
}

function fileName(executable: string | undefined): string | undefined {
  return nameOf(executable) === undefined
    ? undefined
    : executable?.slice(Math.max(executable.lastIndexOf("\\"), executable.lastIndexOf("/")) + 1);
}

function copy(list: readonly string[] | undefined): string[] | undefined {
  return list === undefined ? undefined : [...list];
}
