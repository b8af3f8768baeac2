import type { Account } from "#contracts/account";
import type { Page } from "#contracts/page";
import { type AccountTie, earlierTie, userKeyOf } from "../../../lineage/account.ts";
import type { AccountResolver } from "../../../lineage/account-identity.ts";
import type { LogonCount } from "../../../lineage/logon-counts.ts";
import { readable, stored } from "../../damage.ts";
import { memoizedAccounts } from "../../lineage/account-knowledge.ts";
import { betterSpelling } from "../../lineage/accounts.ts";
import { truncation } from "../../lineage/pages.ts";
import type { LogonCountQuery } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import { inAccounts } from "../clause.ts";
import { type Connection, number, optionalNumber, optionalText, type Row, text } from "../connection.ts";
import { allHosts } from "./hosts.ts";

/** Tables of accounts that were added to the first ones. */
export const accountTables = `
  ALTER TABLE account_ties ADD COLUMN source TEXT;
  CREATE TABLE logon_counts (
    user_key TEXT NOT NULL, host TEXT NOT NULL, outcome TEXT NOT NULL, logon_type INTEGER NOT NULL, source TEXT NOT NULL,
    count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (user_key, host, outcome, logon_type, source)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX logon_counts_host ON logon_counts (host);
  INSERT INTO logon_counts
    SELECT user_key, host, 'succeeded', coalesce(json_extract(body, '$.opened.logonType'), -1),
      coalesce(json_extract(body, '$.opened.sourceIp'), lower(json_extract(body, '$.opened.sourceHost')), ''),
      count(*), min(opened), max(opened)
    FROM sessions WHERE user_key IS NOT NULL AND opened IS NOT NULL GROUP BY 1, 2, 4, 5;
`;

const userByKey = "SELECT key, body FROM users WHERE key = ?";
const upsertUser = "INSERT INTO users (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body";
const tieByKey = "SELECT user_key, sid, source FROM account_ties WHERE user_key = ? AND sid = ?";
const upsertTie = `
  INSERT INTO account_ties (user_key, sid, source) VALUES (?, ?, ?)
  ON CONFLICT (user_key, sid) DO UPDATE SET source = excluded.source`;
const addLogons = `
  INSERT INTO logon_counts (user_key, host, outcome, logon_type, source, count, first, last)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (user_key, host, outcome, logon_type, source) DO UPDATE SET
    count = count + excluded.count, first = min(first, excluded.first), last = max(last, excluded.last)`;
/** Where a record names no type of logon, or no source. */
const NO_TYPE = -1;
const NO_SOURCE = "";

/** Returns a function that saves the best spelling of an account and returns its key. */
export function accountWriter(connection: Connection): (user: Account) => string {
  const spellings = new Map<string, Account>();
  return (user) => {
    const key = userKeyOf(user);
    const known = spellings.get(key) ?? storedAccount(connection, key);
    const best = known === undefined ? user : betterSpelling(known, user);
    if (best !== known) {
      connection.prepare(upsertUser).run(key, JSON.stringify(best));
    }
    spellings.set(key, best);
    return key;
  };
}

function storedAccount(connection: Connection, key: string): Account | undefined {
  const row = connection.prepare(userByKey).get(key);
  return row === undefined ? undefined : accountOf(row);
}

/** Keeps the earliest record of each tie. */
export function saveAccountTies(connection: Connection, ties: readonly AccountTie[]): void {
  for (const tie of ties) {
    const { userKey, sid } = tie;
    const row = connection.prepare(tieByKey).get(userKey, sid);
    const known = row === undefined ? undefined : tieOf(row);
    if (known === undefined || earlierTie(tie, known) !== known) {
      connection.prepare(upsertTie).run(userKey, sid, tie.source === undefined ? null : JSON.stringify(tie.source));
    }
  }
}

export const tieOf = stored("account tie", (row: Row): AccountTie => {
  const source = optionalText(row, "source");
  const tie = { userKey: text(row, "user_key"), sid: text(row, "sid") };
  return source === undefined ? tie : { ...tie, source: JSON.parse(source) as AccountTie["source"] & object };
});

export function addLogonCounts(
  connection: Connection,
  counts: readonly LogonCount[],
  saveAccount: (user: Account) => string,
): void {
  for (const { host, user, outcome, logonType, source, count, first, last } of counts) {
    connection
      .prepare(addLogons)
      .run(saveAccount(user), host, outcome, logonType ?? NO_TYPE, source ?? NO_SOURCE, count, first, last);
  }
}

/** A row of `logon_counts` joined to its user. */
export const logonCountOf = stored("logon", (row: Row): LogonCount => {
  const [type, source] = [number(row, "logon_type"), text(row, "source")];
  return {
    host: text(row, "host"),
    user: accountOf(row),
    outcome: text(row, "outcome") === "failed" ? "failed" : "succeeded",
    logonType: type === NO_TYPE ? undefined : type,
    source: source === NO_SOURCE ? undefined : source,
    count: number(row, "count"),
    first: number(row, "first"),
    last: number(row, "last"),
  };
});

export function pageOfLogonCounts(connection: Connection, { accounts, limit }: LogonCountQuery): Page<LogonCount> {
  const where = inAccounts(accounts, { user: "user_key", host: "host" });
  const from = `FROM logon_counts JOIN users ON users.key = user_key WHERE ${where.sql}`;
  const counted = connection.prepare(`SELECT count(*) AS total ${from}`).get(...where.parameters);
  const total = counted === undefined ? 0 : (optionalNumber(counted, "total") ?? 0);
  const rows = connection
    .prepare(
      `SELECT logon_counts.*, key, body ${from}
       ORDER BY last DESC, user_key, host, outcome, logon_type, source LIMIT ?`,
    )
    .all(...where.parameters, limit);
  const items = readable(rows, logonCountOf);
  return total > items.length ? { items, total, truncationReason: truncation(items, total) } : { items, total };
}

export function accountTiesOf(connection: Connection, userKeys: readonly string[]): readonly AccountTie[] {
  const rows = connection
    .prepare(
      `SELECT user_key, sid, source FROM account_ties
       WHERE user_key IN (SELECT value FROM json_each(?)) ORDER BY user_key, sid`,
    )
    .all(JSON.stringify(userKeys));
  return readable(rows, tieOf);
}

const hostNames = "SELECT host FROM host_counts UNION SELECT host FROM logon_counts";
const accountVersion = `
  SELECT (SELECT count(*) FROM users) || ' ' || (SELECT count(*) FROM account_ties) || ' ' ||
    (SELECT count(*) FROM (${hostNames})) ||
    ' ' || (SELECT count(*) FROM host_names) || ' ' || (SELECT count(*) FROM host_evidence) AS version`;

/** See `LineageReader.accounts`. */
export function storedAccounts(connection: Connection): () => Promise<AccountResolver> {
  const resolver = memoizedAccounts(async () => ({
    accounts: readable(connection.prepare("SELECT key, body FROM users").all(), (row) => ({
      key: text(row, "key"),
      account: accountOf(row),
    })),
    ties: readable(connection.prepare("SELECT user_key, sid FROM account_ties").all(), tieOf),
    hosts: connection
      .prepare(hostNames)
      .all()
      .map((row) => text(row, "host")),
    known: allHosts(connection),
  }));
  return () => resolver(async () => text(connection.prepare(accountVersion).get() ?? {}, "version"));
}
