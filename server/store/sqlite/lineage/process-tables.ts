import type { Account } from "#contracts/account";
import { derivedOf } from "../../../lineage/derived.ts";
import type { ProcessRow } from "../../../lineage/process-row.ts";
import type { StartProbe } from "../../../lineage/tables.ts";
import type { CountedProcess, LineageCounts } from "../../lineage/counts.ts";
import type { ProcessTables } from "../../lineage/port.ts";
import { writeBody } from "../../lineage/process-body.ts";
import { type Connection, number, optionalText, type Row, text } from "../connection.ts";
import { writeCounts } from "./counts.ts";
import { currentKeys } from "./nodes.ts";
import { loadHistory, loadRows } from "./rows.ts";

const startsByPid = "SELECT key FROM processes WHERE host = ? AND pid = ? AND at BETWEEN ? AND ?";
const startsByName = "SELECT key FROM processes WHERE host = ? AND at BETWEEN ? AND ? AND name = ?";
const startsByNameWithoutPid = `
  SELECT key FROM processes WHERE pid IS NULL AND host = ? AND name = ? AND at BETWEEN ? AND ?`;
const isPidReferenced = `
  SELECT 1 WHERE EXISTS (SELECT 1 FROM process_exits WHERE host = ? AND pid = ?)
    OR EXISTS (SELECT 1 FROM processes WHERE host = ? AND creator_pid = ?)`;
const startsBefore = "SELECT at FROM processes WHERE host = ? AND pid = ? AND at < ? ORDER BY at DESC LIMIT 2";
const startsAfter = "SELECT at FROM processes WHERE host = ? AND pid = ? AND at > ? ORDER BY at LIMIT 2";
const countedProcesses = `
  SELECT p.key, started, host, user_key, session_key, parent_key, cluster
  FROM json_each(?) wanted CROSS JOIN processes p ON p.key = wanted.value`;
const upsertRow = `
  INSERT INTO processes (key, host, pid, name, at, shown, started, observed, unused, user_key, session_key, parent_key,
    creator_pid, merged_into, twin, cluster, hash, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET host = excluded.host, pid = excluded.pid, name = excluded.name, at = excluded.at, shown = excluded.shown,
    started = excluded.started, observed = excluded.observed, unused = excluded.unused, user_key = excluded.user_key,
    session_key = excluded.session_key, parent_key = excluded.parent_key, creator_pid = excluded.creator_pid,
    merged_into = excluded.merged_into, twin = excluded.twin, cluster = excluded.cluster, hash = excluded.hash,
    body = excluded.body`;
const insertProgramName = "INSERT INTO program_names (name) VALUES (?) ON CONFLICT DO NOTHING";
const deleteUnusedPlaceholder = "DELETE FROM processes WHERE key = ? AND unused = 1 AND child_count = 0";
const upsertExit = `
  INSERT INTO process_exits (event_id, host, pid, time, process_key, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (event_id) DO UPDATE SET process_key = coalesce(excluded.process_key, process_key)`;
const addActivityCounts = `
  INSERT INTO process_activity (key, network, dns, file, registry, module, access, injection)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET network = network + excluded.network, dns = dns + excluded.dns, file = file + excluded.file,
    registry = registry + excluded.registry, module = module + excluded.module, access = access + excluded.access,
    injection = injection + excluded.injection`;

export function processTables(
  connection: Connection,
  counts: LineageCounts,
  saveAccount: (user: Account) => string,
): ProcessTables {
  /** Of this transaction: most processes run a program that others run, too. */
  const savedNames = new Set<string>();
  const saveName = (name: string) => {
    if (!savedNames.has(name)) {
      connection.prepare(insertProgramName).run(name);
      savedNames.add(name);
    }
  };
  return {
    rows: async (keys) => loadRows(connection, keys),
    mergedKeys: async (keys) => new Map([...currentKeys(connection, keys)].filter(([key, current]) => key !== current)),
    startsNear: async (probes, known) => {
      const found = new Set<string>();
      for (const probe of probes) {
        for (const row of startsOf(connection, probe)) {
          found.add(text(row, "key"));
        }
      }
      // The caller already has most of what is found: only the rest is read.
      return [
        ...loadRows(
          connection,
          [...found].filter((key) => !known.has(key)),
        ).values(),
      ];
    },
    namedPids: async (pids) =>
      [...new Map(pids.map((one) => [`${one.host}\u0000${one.pid}`, one])).values()].filter(
        ({ host, pid }) => connection.prepare(isPidReferenced).get(host, pid, host, pid) !== undefined,
      ),
    startsAround: async (ranges) =>
      ranges.map(({ host, pid, from, to }) => ({
        before: connection
          .prepare(startsBefore)
          .all(host, pid, from)
          .map((row) => number(row, "at")),
        after: connection
          .prepare(startsAfter)
          .all(host, pid, to)
          .map((row) => number(row, "at")),
      })),
    histories: async (probes) => probes.map((probe) => loadHistory(connection, probe)),
    async saveRows(rows) {
      const before = countedBefore(connection, rows);
      const storedDuplicates = loadRows(
        connection,
        rows.flatMap((row) => row.duplicate ?? []),
      );
      // A duplicate that is saved in the same call has its facts of now, not the stored ones.
      const saved = new Map(rows.map((row) => [row.key, row]));
      for (const row of rows) {
        const duplicate =
          row.duplicate === undefined ? undefined : (saved.get(row.duplicate) ?? storedDuplicates.get(row.duplicate));
        before.set(
          row.key,
          saveRow(connection, row, duplicate, before.get(row.key), { counts, saveAccount, saveName }),
        );
      }
      writeCounts(connection, counts.drain());
    },
    async dropUnused(placeholders) {
      for (const key of placeholders) {
        connection.prepare(deleteUnusedPlaceholder).run(key);
      }
    },
    async saveExits(exits) {
      for (const { fact, processKey } of exits) {
        connection
          .prepare(upsertExit)
          .run(fact.source.eventId, fact.host, fact.pid ?? -1, fact.time, processKey, JSON.stringify(fact));
      }
    },
    async addActivity(activity) {
      const statement = connection.prepare(addActivityCounts);
      for (const [key, { network, dns, file, registry, module, access, injection }] of activity) {
        statement.run(key, network, dns, file, registry, module, access, injection);
      }
    },
  };
}

function startsOf(connection: Connection, probe: StartProbe): readonly Row[] {
  const { host, from, to } = probe;
  switch (probe.by) {
    case "pid":
      return connection.prepare(startsByPid).all(host, probe.pid, from, to);
    case "name":
      return connection.prepare(startsByName).all(host, from, to, probe.name);
    case "name-without-pid":
      return connection.prepare(startsByNameWithoutPid).all(host, probe.name, from, to);
  }
}

/** How the stored versions of these rows were counted. */
function countedBefore(connection: Connection, rows: readonly ProcessRow[]): Map<string, CountedProcess> {
  const stored = connection.prepare(countedProcesses).all(JSON.stringify(rows.map(({ key }) => key)));
  return new Map(
    stored.map((row) => [
      text(row, "key"),
      {
        started: number(row, "started") === 1,
        host: text(row, "host"),
        userKey: optionalText(row, "user_key"),
        sessionKey: optionalText(row, "session_key"),
        parentKey: optionalText(row, "parent_key"),
        childGroup: optionalText(row, "cluster"),
      },
    ]),
  );
}

/** What is kept beside the rows. */
interface RowSavers {
  readonly counts: LineageCounts;
  readonly saveAccount: (user: Account) => string;
  readonly saveName: (name: string) => void;
}

/** Returns how the row is counted from now on. */
function saveRow(
  connection: Connection,
  row: ProcessRow,
  duplicate: ProcessRow | undefined,
  before: CountedProcess | undefined,
  { counts, saveAccount, saveName }: RowSavers,
): CountedProcess {
  const { pid, name, at, shown, started, observed, unused, user, sessionKey, parentKey, childGroup, hash } = derivedOf(
    row,
    duplicate,
  );
  const userKey = user === undefined ? undefined : saveAccount(user);
  if (started && name !== undefined) {
    saveName(name);
  }
  const counted = { started, host: row.host, userKey, sessionKey, parentKey, childGroup };
  counts.replaceProcess(before, counted);
  connection
    .prepare(upsertRow)
    .run(
      row.key,
      row.host,
      pid,
      name,
      at,
      Number(shown),
      Number(started),
      Number(observed),
      Number(unused),
      userKey,
      sessionKey,
      parentKey,
      row.creatorPid,
      row.mergedInto,
      row.duplicate,
      childGroup,
      hash,
      writeBody(row),
    );
  return counted;
}
