import type { LogonFact } from "./facts.ts";
import { distinctLogons } from "./group-facts.ts";
import { SERVICE_LOGONS } from "./keys.ts";
import { logonIdOfRow } from "./merge-process-records.ts";
import { type ProcessRow, positionOf } from "./process-row.ts";
import { sessionAt, sessionsOf } from "./sessions.ts";
import type { LineageTables, LogonIdentity, LogonSessions, SessionRow } from "./tables.ts";

/**
 * Opens and closes the sessions that the logon facts and the rows' own records tell of, and seats the rows in them.
 * Returns the rows whose seat changed, and others that have to move because a logon id turned out to be two sessions;
 * saving is the caller's.
 */
export async function assignSessions(
  tables: LineageTables,
  rows: readonly ProcessRow[],
  logons: readonly LogonFact[],
): Promise<readonly ProcessRow[]> {
  // The services' accounts log on thousands of times: those records tell nothing of a session.
  await tables.saveLogons(logons.filter((fact) => !SERVICE_LOGONS.has(fact.logonId)));
  const given = new Set(rows.map((row) => row.key));
  // Whatever record names a session, it exists, even where a better record seats the process elsewhere.
  const named = rows.flatMap((row) =>
    row.facts.starts.flatMap(({ logonId }) => (logonId === undefined ? [] : [{ host: row.host, logonId }])),
  );
  const shown = rows.filter((row) => row.mergedInto === undefined);
  const twins = await tables.rows(shown.flatMap((row) => row.duplicate ?? []));
  const seats = shown.map((row) => ({
    row,
    logonId: logonIdOfRow(row, row.duplicate === undefined ? undefined : twins.get(row.duplicate)),
  }));
  const twinIds = seats.flatMap(({ row, logonId }) => (logonId === undefined ? [] : [{ host: row.host, logonId }]));

  const ids = distinctLogons([...logons, ...named, ...twinIds]);
  const sessions = new Map<string, readonly SessionRow[]>();
  const moving = [...seats];
  const stored = await tables.logons(ids);
  const changes: LogonSessions[] = [];
  for (const [index, id] of ids.entries()) {
    const known = stored[index];
    const current = sessionsOf(id, known?.facts ?? []);
    sessions.set(textOf(id), current);
    if (JSON.stringify(known?.sessions ?? []) !== JSON.stringify(current)) {
      if ((known?.sessions.length ?? 0) > 1 || current.length > 1) {
        const seated = (await tables.rowsInSessions(id)).filter((row) => !given.has(row.key));
        moving.push(...seated.map((row) => ({ row, logonId: id.logonId })));
      }
      changes.push({ ...id, sessions: current });
    }
  }
  await tables.replaceSessions(changes);
  return moving.flatMap(({ row, logonId }) => {
    const choice = logonId === undefined ? [] : (sessions.get(textOf({ host: row.host, logonId })) ?? []);
    const sessionKey = sessionAt(choice, positionOf(row).at ?? 0)?.key;
    return sessionKey === row.sessionKey ? [] : [{ ...row, sessionKey }];
  });
}

function textOf({ host, logonId }: LogonIdentity): string {
  return `${host}\u0000${logonId}`;
}
