import { distinctLogons } from "./batch.ts";
import type { LogonFact } from "./facts.ts";
import { logonIdOfRow } from "./fold.ts";
import { SERVICE_LOGONS } from "./keys.ts";
import { type ProcessRow, positionOf } from "./process-row.ts";
import { sessionAt, sessionsOf } from "./sessions.ts";
import type { LineageTables, LogonIdentity, SessionRow } from "./tables.ts";

/** Opens and closes the sessions that the logon facts tell of and seats processes in them. Returns the keys of those that moved. */
export async function assignSessions(
  tables: LineageTables,
  news: { readonly rows: ReadonlySet<string>; readonly logons: readonly LogonFact[] },
): Promise<ReadonlySet<string>> {
  // The services' accounts log on thousands of times: those records tell nothing of a session.
  await tables.saveLogons(news.logons.filter((fact) => !SERVICE_LOGONS.has(fact.logonId)));
  const all = [...(await tables.rows([...news.rows])).values()];
  const rows = all.filter((row) => row.mergedInto === undefined);
  const twins = await tables.rows(rows.flatMap((row) => row.twin ?? []));
  const seats = rows.map((row) => {
    const logonId = logonIdOfRow(row, row.twin === undefined ? undefined : twins.get(row.twin));
    return { row, logonId };
  });

  // Whatever record names a session, it exists, even where a better record seats the process elsewhere.
  const named = all.flatMap((row) =>
    row.facts.starts.flatMap(({ logonId }) => (logonId === undefined ? [] : [{ host: row.host, logonId }])),
  );
  const ids = distinctLogons([...news.logons, ...named]);
  const sessions = new Map<string, readonly SessionRow[]>();
  const moving: { row: ProcessRow; logonId: string | undefined }[] = [...seats];
  const stored = await tables.logons(ids);
  for (const [index, id] of ids.entries()) {
    const known = stored[index];
    const current = sessionsOf(id, known?.facts ?? []);
    sessions.set(textOf(id), current);
    if (JSON.stringify(known?.sessions ?? []) !== JSON.stringify(current)) {
      if ((known?.sessions.length ?? 0) > 1 || current.length > 1) {
        const seated = await tables.rowsInSessions(id);
        moving.push(...seated.filter((row) => !news.rows.has(row.key)).map((row) => ({ row, logonId: id.logonId })));
      }
      await tables.replaceSessions(id, current);
    }
  }
  const moved = moving.flatMap(({ row, logonId }) => {
    const choice = logonId === undefined ? [] : (sessions.get(textOf({ host: row.host, logonId })) ?? []);
    const sessionKey = sessionAt(choice, positionOf(row).at ?? 0)?.key;
    return sessionKey === row.sessionKey ? [] : [{ ...row, sessionKey }];
  });
  await tables.saveRows(moved);
  return new Set(moved.map((row) => row.key));
}

function textOf({ host, logonId }: LogonIdentity): string {
  return `${host}\u0000${logonId}`;
}
