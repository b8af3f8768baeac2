import type { LogonFact } from "../facts.ts";
import { SERVICE_LOGONS } from "../keys.ts";
import { logonIdOfRow } from "../merge-process-records.ts";
import { type ProcessRow, positionOf } from "../process-row.ts";
import type { LogonIdentity, LogonSessions, StoredLogon } from "../tables.ts";
import type { ProcessRecords } from "./resolve-records.ts";
import { sessionAt, sessionsOf } from "./sessions.ts";

export interface ResolvedSessions {
  /** Of every logon id, as they are now. */
  readonly current: readonly LogonSessions[];
  /** Those that differ from what is stored. */
  readonly changed: readonly LogonSessions[];
  /** Changed ids that have or had more than one session: processes may have to move between their sessions. */
  readonly split: readonly LogonIdentity[];
  /** Logon id of each stored session of the `split` ids, by session key. */
  readonly logonIdOf: ReadonlyMap<string, string>;
}

/**
 * Logon facts that are stored. Service accounts log on thousands of times, which says nothing about their one session.
 */
export function sessionFacts(logons: readonly LogonFact[]): readonly LogonFact[] {
  return logons.filter(({ logonId }) => !SERVICE_LOGONS.has(logonId));
}

/**
 * Each logon id that the facts or the processes name. A session exists once any record names it, even if a better
 * record puts the process into another one.
 */
export function namedLogons(
  processes: readonly ProcessRecords[],
  logons: readonly LogonIdentity[],
): readonly LogonIdentity[] {
  const named = processes.flatMap(({ row, duplicate }) =>
    [...row.facts.starts.map((start) => start.logonId), logonIdOfRow(row, duplicate)].flatMap((logonId) =>
      logonId === undefined ? [] : [{ host: row.host, logonId }],
    ),
  );
  return distinctLogons([...logons, ...named]);
}

/** Each pair of host and logon id once. */
export function distinctLogons(logons: readonly LogonIdentity[]): readonly LogonIdentity[] {
  return [...new Map(logons.map(({ host, logonId }) => [textOf({ host, logonId }), { host, logonId }])).values()];
}

/** Resolves the sessions of logon ids from the stored facts (`stored`, in the order of `ids`) and the new ones. */
export function resolveSessions(
  ids: readonly LogonIdentity[],
  stored: readonly StoredLogon[],
  logons: readonly LogonFact[],
): ResolvedSessions {
  const added = Map.groupBy(sessionFacts(logons), textOf);
  const resolved = ids.map(({ host, logonId }, index) => {
    const { facts = [], sessions: before = [] } = stored[index] ?? {};
    const own = added.get(textOf({ host, logonId })) ?? [];
    const after: LogonSessions = { host, logonId, sessions: sessionsOf({ host, logonId }, distinctFacts(facts, own)) };
    return { before, after };
  });
  const changed = resolved.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after.sessions));
  const split = changed.filter(({ before, after }) => before.length > 1 || after.sessions.length > 1);
  return {
    current: resolved.map(({ after }) => after),
    changed: changed.map(({ after }) => after),
    split: split.map(({ after: { host, logonId } }) => ({ host, logonId })),
    logonIdOf: new Map(split.flatMap(({ before, after }) => before.map(({ key }) => [key, after.logonId] as const))),
  };
}

/**
 * Puts processes into their sessions and returns those whose session changed. `members` are the rows stored in sessions
 * of logon ids that were split; of rows that are in `processes` too, that version counts.
 */
export function assignSessions(
  processes: readonly ProcessRecords[],
  members: readonly ProcessRow[],
  { current, logonIdOf }: ResolvedSessions,
): readonly ProcessRow[] {
  const sessions = new Map(current.map((logon) => [textOf(logon), logon.sessions]));
  const given = new Set(processes.map(({ row }) => row.key));
  const assigned = [
    ...processes.map(({ row, duplicate }) => ({ row, logonId: logonIdOfRow(row, duplicate) })),
    ...members
      .filter(({ key }) => !given.has(key))
      .map((row) => ({ row, logonId: logonIdOf.get(row.sessionKey ?? "") })),
  ].filter(({ row }) => row.mergedInto === undefined);
  return assigned.flatMap(({ row, logonId }) => {
    const own = logonId === undefined ? [] : (sessions.get(textOf({ host: row.host, logonId })) ?? []);
    const key = sessionAt(own, positionOf(row).at ?? 0)?.key;
    return key === row.sessionKey ? [] : [{ ...row, sessionKey: key }];
  });
}

/** Facts that are stored already are kept as they are. */
function distinctFacts(stored: readonly LogonFact[], added: readonly LogonFact[]): readonly LogonFact[] {
  const known = new Set(stored.map((fact) => fact.source.eventId));
  return [...stored, ...added.filter(({ source: { eventId } }) => !known.has(eventId) && known.add(eventId))];
}

function textOf({ host, logonId }: LogonIdentity): string {
  return `${host}\u0000${logonId}`;
}
