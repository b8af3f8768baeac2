import type { Activity } from "#contracts/lineage";
import type { AccountTie } from "./account.ts";
import type { HostAddress } from "./addresses.ts";
import type { LogonFact } from "./facts.ts";
import type { LogonCount } from "./logon-counts.ts";
import type { ProcessRow } from "./process-row.ts";
import type { ExitRow, LineageTables, LogonSessions } from "./tables.ts";

/** What a step of the resolution changes in the store. */
export interface Changes {
  readonly rows?: readonly ProcessRow[];
  readonly logons?: readonly LogonFact[];
  readonly sessions?: readonly LogonSessions[];
  readonly exits?: readonly ExitRow[];
  /** Counters to add, by process key. */
  readonly activity?: ReadonlyMap<string, Activity>;
  readonly addresses?: readonly HostAddress[];
  readonly accounts?: readonly AccountTie[];
  readonly logonCounts?: readonly LogonCount[];
  /** Placeholders that are dropped unless somebody refers to them. */
  readonly placeholders?: readonly string[];
}

/** Sessions come before the processes in them, and processes before what refers to them. */
export async function save(tables: LineageTables, changes: Changes): Promise<void> {
  const {
    rows = [],
    logons = [],
    sessions = [],
    exits = [],
    addresses = [],
    accounts = [],
    logonCounts = [],
    placeholders = [],
  } = changes;
  await tables.saveLogons(logons);
  await tables.replaceSessions(sessions);
  await tables.saveRows(rows);
  await tables.addActivity(changes.activity ?? new Map());
  await tables.saveExits(exits);
  await tables.saveAddresses(addresses);
  await tables.saveAccountTies(accounts);
  await tables.addLogonCounts(logonCounts);
  await tables.dropUnused(placeholders);
}
