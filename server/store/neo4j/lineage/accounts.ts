import type { Account } from "#contracts/account";
import type { Page } from "#contracts/page";
import { accountLabel } from "../../../alert/account-label.ts";
import { type AccountTie, sourceOrder, userKeyOf } from "../../../lineage/account.ts";
import type { AccountResolver } from "../../../lineage/account-identity.ts";
import type { LogonCount } from "../../../lineage/logon-counts.ts";
import { readable, stored } from "../../damage.ts";
import { memoizedAccounts } from "../../lineage/account-knowledge.ts";
import { betterSpelling } from "../../lineage/accounts.ts";
import { truncation } from "../../lineage/pages.ts";
import type { LogonCountQuery } from "../../lineage/port.ts";
import { accountOf } from "../../lineage/rows.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { inAccounts } from "../parameters.ts";
import { type Reads, separateReads } from "../reads.ts";
import { list, number, optionalNumber, optionalText, type Row, text } from "../row.ts";
import { allHosts } from "./hosts.ts";
import { sendAll } from "./save.ts";

const spellingsOf = "UNWIND $keys AS key MATCH (u:User {key: key}) RETURN u.key AS key, u.body AS body";
const mergeUsers = "UNWIND $users AS user MERGE (u:User {key: user.key}) SET u += user";
/** Of two records the one that comes first in the order of sources is kept. */
const mergeTies = `
  UNWIND $ties AS tie
  MERGE (t:AccountTie {userKey: tie.userKey, sid: tie.sid})
  WITH t, tie WHERE tie.source IS NOT NULL AND (t.source IS NULL OR tie.sourceOrder < t.sourceOrder)
  SET t.source = tie.source, t.sourceOrder = tie.sourceOrder`;
/** A record without a type or a source is counted under these values, because a relationship merges no null. */
const NO_TYPE = -1;
const NO_SOURCE = "";
const addCounts = `
  UNWIND $counts AS one
  MERGE (u:User {key: one.userKey})
  MERGE (h:Host {name: one.host})
  MERGE (u)-[r:LOGGED_ON {outcome: one.outcome, logonType: one.logonType, source: one.source}]->(h)
  SET r.count = coalesce(r.count, 0) + one.count,
    r.first = CASE WHEN r.first <= one.first THEN r.first ELSE one.first END,
    r.last = CASE WHEN r.last >= one.last THEN r.last ELSE one.last END`;
/** Counts the logons of sessions that were stored before logons were counted. */
export const countStoredLogons = `
  MATCH (s:Session)-[:OF]->(u:User) WHERE s.openedAt IS NOT NULL
  MATCH (h:Host {name: s.host})
  WITH u, h, coalesce(s.logonType, ${NO_TYPE}) AS logonType,
    coalesce(COLLECT { MATCH (s)-[:FROM]->(e:Endpoint) RETURN e.address }[0], toLower(s.sourceHost), '${NO_SOURCE}') AS source,
    count(s) AS logons, min(s.openedAt) AS first, max(s.openedAt) AS last
  MERGE (u)-[r:LOGGED_ON {outcome: 'succeeded', logonType: logonType, source: source}]->(h)
  SET r.count = logons, r.first = first, r.last = last`;

/** Saves the best spelling of each account, for display. */
export class AccountWriter {
  readonly #writes: Writes;
  readonly #spellings = new Map<string, Account | undefined>();

  constructor(writes: Writes) {
    this.#writes = writes;
  }

  async save(accounts: readonly Account[]): Promise<void> {
    const byKey = Map.groupBy(accounts, (one) => indexed(userKeyOf(one)));
    await this.#load([...byKey.keys()]);
    const changed = [...byKey].flatMap(([key, spellings]) => {
      const known = this.#spellings.get(key);
      const best = spellings.reduce(betterSpelling, known ?? spellings[0] ?? { name: "" });
      if (best === known) {
        return [];
      }
      this.#spellings.set(key, best);
      return [
        {
          key,
          name: best.name,
          domain: best.domain,
          sid: best.id,
          label: accountLabel(best),
          body: JSON.stringify(best),
        },
      ];
    });
    if (changed.length > 0) {
      this.#writes.later(mergeUsers, { users: changed });
    }
  }

  async #load(keys: readonly string[]): Promise<void> {
    const missing = keys.filter((key) => !this.#spellings.has(key));
    if (missing.length === 0) {
      return;
    }
    for (const row of await this.#writes.run(spellingsOf, { keys: missing })) {
      const body = optionalText(row, "body");
      this.#spellings.set(text(row, "key"), body === undefined ? undefined : accountOf(row));
    }
  }
}

export function saveAccountTies(writes: Writes, ties: readonly AccountTie[]): void {
  sendAll(writes, [
    [
      mergeTies,
      "ties",
      ties.map(({ userKey, sid, source }) => ({
        userKey: indexed(userKey),
        sid: indexed(sid),
        source: source === undefined ? undefined : JSON.stringify(source),
        sourceOrder: source === undefined ? undefined : sourceOrder(source),
      })),
    ],
  ]);
}

export const tieOf = stored("account tie", (row: Row): AccountTie => {
  const source = optionalText(row, "source");
  const tie = { userKey: text(row, "userKey"), sid: text(row, "sid") };
  return source === undefined ? tie : { ...tie, source: JSON.parse(source) as AccountTie["source"] & object };
});

export function addLogonCounts(writes: Writes, counts: readonly LogonCount[]): void {
  sendAll(writes, [
    [
      addCounts,
      "counts",
      counts.map(({ host, user, outcome, logonType, source, count, first, last }) => ({
        userKey: indexed(userKeyOf(user)),
        host: indexed(host),
        outcome,
        logonType: logonType ?? NO_TYPE,
        source: source === undefined ? NO_SOURCE : indexed(source),
        count,
        first,
        last,
      })),
    ],
  ]);
}

/** What a query returns for a relationship `r` from a user `u` to a host `h`. */
const countColumns = {
  host: "h.name",
  body: "u.body",
  outcome: "r.outcome",
  logonType: "r.logonType",
  source: "r.source",
  count: "r.count",
  first: "r.first",
  last: "r.last",
};
export const logonCountColumns = Object.entries(countColumns)
  .map(([name, value]) => `${value} AS ${name}`)
  .join(", ");
const logonCount = Object.entries(countColumns)
  .map(([name, value]) => `${name}: ${value}`)
  .join(", ");

export const logonCountOf = stored("logon", (row: Row): LogonCount => {
  const [type, source] = [number(row, "logonType"), text(row, "source")];
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

export async function pageOfLogonCounts(reads: Reads, { accounts, limit }: LogonCountQuery): Promise<Page<LogonCount>> {
  const keys = [...new Set(accounts.flatMap(({ userKeys }) => userKeys))].map(indexed);
  const rows = await reads.rows((parameters) => {
    const matching = `UNWIND ${parameters.add(keys)} AS key MATCH (u:User {key: key})-[r:LOGGED_ON]->(h:Host)
      WHERE ${inAccounts(accounts, { user: "u.key", host: "h.name" }, parameters)}`;
    return `
      ${matching}
      WITH u, r, h ORDER BY r.last DESC, u.key, h.name, r.outcome, r.logonType, r.source
      WITH collect({${logonCount}}) AS found
      RETURN {total: size(found), found: found[..${Math.trunc(limit)}]}`;
  });
  const [row] = rows;
  const total = row === undefined ? 0 : (optionalNumber(row, "total") ?? 0);
  const items = row === undefined ? [] : readable(list(row, "found"), logonCountOf);
  return total > items.length ? { items, total, truncationReason: truncation(items, total) } : { items, total };
}

export async function accountTiesOf(reads: Reads, userKeys: readonly string[]): Promise<readonly AccountTie[]> {
  const keys = [...new Set(userKeys.map(indexed))];
  const rows =
    keys.length === 0
      ? []
      : await reads.rows(
          (parameters) => `
            UNWIND ${parameters.add(keys)} AS key MATCH (t:AccountTie {userKey: key})
            RETURN {userKey: t.userKey, sid: t.sid, source: t.source} ORDER BY t.userKey, t.sid`,
        );
  return readable(rows, tieOf);
}

const hostNames =
  "MATCH (h:Host) WHERE h.processes IS NOT NULL OR EXISTS { (h)<-[:LOGGED_ON]-() } RETURN h.name AS host";

/** See `LineageReader.accounts`. Given the reads of a page, what it costs is one of them. */
export function storedAccounts(queries: Queries): (reads?: Reads) => Promise<AccountResolver> {
  const resolver = memoizedAccounts(async () => {
    const [accounts, ties, hosts, known] = await Promise.all([
      queries.run("MATCH (u:User) WHERE u.body IS NOT NULL RETURN u.key AS key, u.body AS body"),
      queries.run("MATCH (t:AccountTie) RETURN t.userKey AS userKey, t.sid AS sid"),
      queries.run(hostNames),
      allHosts(queries),
    ]);
    return {
      accounts: readable(accounts, (row) => ({ key: text(row, "key"), account: accountOf(row) })),
      ties: readable(ties, tieOf),
      hosts: hosts.map((row) => text(row, "host")),
      known,
    };
  });
  return (reads = separateReads(queries)) =>
    resolver(async () => {
      const [row = {}] = await reads.rows(
        () => `RETURN {users: COUNT { (:User) }, ties: COUNT { (:AccountTie) }, hosts: COUNT { (:Host) },
          names: COUNT { (:HostName) }, evidence: COUNT { (:HostEvidence) }}`,
      );
      return JSON.stringify(["users", "ties", "hosts", "names", "evidence"].map((what) => number(row, what)));
    });
}
