import { BOOT_ID, bootsOf } from "../boot-fact.ts";
import type { LogonFact, StartFact } from "../facts.ts";
import { SERVICE_LOGONS } from "../keys.ts";
import { logonIdOfRow, logonStartOf } from "../merge-process-records.ts";
import { type ProcessRow, positionOf } from "../process-row.ts";
import type { LogonIdentity, LogonSessions, SessionRow, StoredLogon } from "../tables.ts";
import { type LogonUse, logonUseOf, mergeUses } from "./logon-uses.ts";
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
  return distinctLogons([...logons.filter(({ logonId }) => logonId !== BOOT_ID), ...named]);
}

/** Each pair of host and logon id once. */
export function distinctLogons(logons: readonly LogonIdentity[]): readonly LogonIdentity[] {
  return [...new Map(logons.map(({ host, logonId }) => [textOf({ host, logonId }), { host, logonId }])).values()];
}

/** The facts of whole hosts: when they were started and stopped. */
export function bootLogons(ids: readonly LogonIdentity[]): readonly LogonIdentity[] {
  return [...new Set(ids.map(({ host }) => host))].map((host) => ({ host, logonId: BOOT_ID }));
}

/** Uses of logon ids, by id, except those of service accounts, which have one session anyway. */
export function usesOf(starts: Iterable<StartFact>): ReadonlyMap<string, readonly LogonUse[]> {
  const uses = new Map<string, LogonUse[]>();
  for (const start of starts) {
    const { host, logonId } = start;
    if (logonId !== undefined && !SERVICE_LOGONS.has(logonId)) {
      const id = textOf({ host, logonId });
      const known = uses.get(id);
      if (known === undefined) {
        uses.set(id, [logonUseOf(start)]);
      } else {
        known.push(logonUseOf(start));
      }
    }
  }
  return uses;
}

/** What is new about logon ids. */
export interface LogonNews {
  readonly logons: readonly LogonFact[];
  readonly uses: ReadonlyMap<string, readonly LogonUse[]>;
}

/**
 * Resolves the sessions of logon ids from what is stored (`stored`, in the order of `ids`) and what is new. `boots` are
 * the stored facts of their hosts.
 */
export function resolveSessions(
  ids: readonly LogonIdentity[],
  stored: readonly StoredLogon[],
  { logons, uses }: LogonNews,
  boots: readonly LogonFact[] = [],
): ResolvedSessions {
  const added = Map.groupBy(sessionFacts(logons), textOf);
  const restarts = Map.groupBy(distinctFacts(boots, logons.filter(isOfHost)), ({ host }) => host);
  const bootsByHost = new Map([...restarts].map(([host, facts]) => [host, bootsOf(facts)]));
  const resolved = ids.map(({ host, logonId }, index) => {
    const { facts = [], sessions = [] } = stored[index] ?? {};
    const before = sessions.toSorted((a, b) => (a.from ?? FIRST) - (b.from ?? FIRST));
    const id = textOf({ host, logonId });
    const history = {
      uses: mergeUses([...(before[0]?.uses ?? []), ...(uses.get(id) ?? [])]),
      boots: bootsByHost.get(host),
    };
    const own = distinctFacts(facts, added.get(id) ?? []);
    const after: LogonSessions = { host, logonId, sessions: sessionsOf({ host, logonId }, own, history) };
    return { before, after };
  });
  const changed = resolved.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after.sessions));
  const split = changed.filter(
    ({ before, after }) =>
      (before.length > 1 || after.sessions.length > 1) && withoutUses(before) !== withoutUses(after.sessions),
  );
  return {
    current: resolved.map(({ after }) => after),
    changed: changed.map(({ after }) => after),
    split: split.map(({ after: { host, logonId } }) => ({ host, logonId })),
    logonIdOf: new Map(split.flatMap(({ before, after }) => before.map(({ key }) => [key, after.logonId] as const))),
  };
}

/** Sorts before every session that has a beginning. */
const FIRST = Number.MIN_SAFE_INTEGER;

/** What decides which session a process is in. */
function withoutUses(sessions: readonly SessionRow[]): string {
  return JSON.stringify(sessions.map((session) => ({ ...session, uses: undefined })));
}

/**
 * Puts processes into their sessions and returns those whose session changed. `members` are the processes stored in
 * sessions of logon ids that were split; of those that are in `processes` too, that version counts.
 */
export function assignSessions(
  processes: readonly ProcessRecords[],
  members: readonly ProcessRecords[],
  { current, logonIdOf }: ResolvedSessions,
): readonly ProcessRow[] {
  const sessions = new Map(current.map((logon) => [textOf(logon), logon.sessions]));
  const given = new Set(processes.map(({ row }) => row.key));
  const assigned = [
    ...processes.map((records) => ({ records, logonId: logonIdOfRow(records.row, records.duplicate) })),
    ...members
      .filter(({ row }) => !given.has(row.key))
      .map((records) => ({ records, logonId: logonIdOf.get(records.row.sessionKey ?? "") })),
  ].filter(({ records }) => records.row.mergedInto === undefined);
  return assigned.flatMap(({ records: { row, duplicate }, logonId }) => {
    const own = logonId === undefined ? [] : (sessions.get(textOf({ host: row.host, logonId })) ?? []);
    // Nearly all logon ids have one session: then there is nothing to compare.
    const key = own.length < 2 ? own[0]?.key : sessionOf(own, row, duplicate)?.key;
    return key === row.sessionKey ? [] : [{ ...row, sessionKey: key }];
  });
}

function sessionOf(
  sessions: readonly SessionRow[],
  row: ProcessRow,
  duplicate: ProcessRow | undefined,
): SessionRow | undefined {
  const start = logonStartOf(row, duplicate);
  const { logonGuid, user } = start === undefined ? {} : logonUseOf(start);
  return sessionAt(sessions, { time: positionOf(row).at ?? 0, logonGuid, user });
}

function isOfHost({ logonId }: LogonFact): boolean {
  return logonId === BOOT_ID;
}

/** Facts that are stored already are kept as they are. */
function distinctFacts(stored: readonly LogonFact[], added: readonly LogonFact[]): readonly LogonFact[] {
  const known = new Set(stored.map((fact) => fact.source.eventId));
  return [...stored, ...added.filter(({ source: { eventId } }) => !known.has(eventId) && known.add(eventId))];
}

function textOf({ host, logonId }: LogonIdentity): string {
  return `${host}\u0000${logonId}`;
}
