import { BOOT_ID } from "./boot-fact.ts";
import type { LogonFact } from "./facts.ts";
import { SERVICE_LOGONS } from "./keys.ts";
import type { ProcessRow } from "./process-row.ts";
import {
  assignSessions,
  bootLogons,
  distinctLogons,
  namedLogons,
  type ResolvedSessions,
  resolveSessions,
  usesOf,
} from "./resolve/assign-sessions.ts";
import type { ProcessRecords } from "./resolve/resolve-records.ts";
import type { LineageTables, LogonIdentity, StoredLogon } from "./tables.ts";

export interface UpdatedSessions {
  readonly sessions: ResolvedSessions;
  /** Processes whose session changed. */
  readonly assigned: readonly ProcessRow[];
}

/**
 * Resolves the sessions of every logon id that a batch says something about, and puts processes into them. Nothing is
 * saved yet. `added` are the rows of the batch alone, `current` those that will be saved.
 */
export async function updateSessions(
  tables: LineageTables,
  news: { readonly added: Iterable<ProcessRow>; readonly logons: readonly LogonFact[] },
  restarted: readonly ProcessRecords[],
  current: ReadonlyMap<string, ProcessRow>,
): Promise<UpdatedSessions> {
  const { logons } = news;
  const ids = distinctLogons([...namedLogons(restarted, logons), ...(await logonsAcrossBoots(tables, logons))]);
  const hosts = bootLogons(ids);
  const stored = await tables.logons([...ids, ...hosts]);
  const starts = [...news.added, ...(await rowsWithoutUses(tables, ids, stored))].flatMap(({ facts }) => facts.starts);
  const boots = stored.slice(ids.length).flatMap(({ facts }) => facts);
  const sessions = resolveSessions(ids, stored.slice(0, ids.length), { logons, uses: usesOf(starts) }, boots);
  const members = (await tables.rowsInSessions(sessions.split)).map((row) => current.get(row.key) ?? row);
  const duplicates = await tables.rows(members.flatMap(({ duplicate }) => duplicate ?? []));
  const records = members.map((row) => ({
    row,
    duplicate: current.get(row.duplicate ?? "") ?? duplicates.get(row.duplicate ?? ""),
  }));
  return { sessions, assigned: assignSessions(restarted, records, sessions) };
}

/** A boot that becomes known may lie between two uses of any logon id of its host. */
function logonsAcrossBoots(
  tables: LineageTables,
  logons: readonly LogonFact[],
): Promise<readonly LogonIdentity[]> | readonly LogonIdentity[] {
  const hosts = new Set(logons.filter(({ logonId }) => logonId === BOOT_ID).map(({ host }) => host));
  return hosts.size === 0 ? [] : tables.usedLogons([...hosts]);
}

/** Sessions that an earlier version stored do not say who used them: their processes do. */
async function rowsWithoutUses(
  tables: LineageTables,
  ids: readonly LogonIdentity[],
  stored: readonly StoredLogon[],
): Promise<readonly ProcessRow[]> {
  const unknown = ids.filter(({ logonId }, index) => {
    const sessions = stored[index]?.sessions ?? [];
    return !SERVICE_LOGONS.has(logonId) && sessions.length > 0 && sessions.every(({ uses }) => uses === undefined);
  });
  return unknown.length === 0 ? [] : tables.rowsInSessions(unknown);
}
