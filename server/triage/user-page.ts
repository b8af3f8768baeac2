import type { SourceRef } from "#contracts/event";
import type { Page } from "#contracts/page";
import type { LogonCount, Spelling, UserPage, UserSummary } from "#contracts/pivot";
import { and, type Condition, equals, or } from "../condition/tree.ts";
import { type AccountTie, userKeyOf } from "../lineage/account.ts";
import type { TieReason } from "../lineage/account-groups.ts";
import type { AccountIdentity } from "../lineage/account-identity.ts";
import type { Aliases } from "../lineage/aliases.ts";
import type { LogonCount as CountedLogons } from "../lineage/logon-counts.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { type LogonList, logonsOf, logonsOfUser } from "./logon-event.ts";
import { latestOf, listed, listLimits } from "./pivot-lists.ts";
import { pivotParts } from "./pivot-parts.ts";
import { listedUser, userSummaries } from "./user-summaries.ts";

/**
 * The page of an account: hosts, logons, processes, alerts and accumulated risk under all of its names, with the
 * evidence that these are one account. With a host, the account that a record on this host names. Undefined: no record
 * of the account.
 */
export function userPageOf(
  store: Store,
  key: string,
  { host }: { readonly host?: string } = {},
): Promise<UserPage | undefined> {
  return userPage(store.together(), key, host);
}

async function userPage(store: StoreReader, key: string, host: string | undefined): Promise<UserPage | undefined> {
  const known = store.lineage.accounts();
  const [accounts, summaries] = await Promise.all([known, userSummaries(store, known)]);
  const identity = accounts.find(host === undefined ? key : accounts.keyOf(key.toLowerCase(), host));
  const onHosts = identity?.builtIn === undefined || identity.builtIn.host !== undefined ? undefined : identity.key;
  const own = summaries
    .filter((one) => (onHosts === undefined ? one.key === identity?.key : one.key.startsWith(`${onHosts}@`)))
    .map(listedUser);
  const summary = onHosts === undefined ? own[0] : together(identity, own);
  if (identity === undefined || summary === undefined) {
    return undefined;
  }
  const [parts, counts, spellings] = await Promise.all([
    pivotParts(store, { accounts: identity.scopes }, latestLogons(store, identity, summary)),
    store.lineage.logonCounts({ accounts: identity.scopes, limit: listLimits.logonCounts }),
    spellingsOf(store, identity),
  ]);
  return {
    ...summary,
    ...parts,
    ...(onHosts === undefined
      ? {}
      : {
          risk: { total: 0, points: [], truncationReason: "Risk is counted for the account of each host." },
          onHosts: own.map(({ key: of, builtIn }) => ({ host: builtIn?.host ?? "", key: of })),
        }),
    spellings: [...spellings],
    logonCounts: listed(countedByHost(counts, accounts.hosts), "groups of logons"),
  };
}

/** An account that every host has, on all of them: it is not one account, so it has no risk. */
function together(identity: AccountIdentity | undefined, own: readonly UserSummary[]): UserSummary | undefined {
  const total = (figure: "processes" | "successfulLogons" | "failedLogons" | "alerts" | "openAlerts") =>
    own.reduce((sum, one) => sum + one[figure], 0);
  return identity === undefined || own.length === 0
    ? undefined
    : {
        key: identity.key,
        account: identity.account,
        builtIn: identity.builtIn,
        hosts: [...new Set(own.flatMap(({ hosts }) => hosts))].sort(),
        processes: total("processes"),
        successfulLogons: total("successfulLogons"),
        failedLogons: total("failedLogons"),
        alerts: total("alerts"),
        openAlerts: total("openAlerts"),
        risk: 0,
        lastSeen: latestOf(own.map(({ lastSeen }) => lastSeen)),
      };
}

/** Counts that differ only in the spelling of the account or of the host are one, the latest first. */
function countedByHost({ items, total }: Page<CountedLogons>, hosts: Aliases): Page<LogonCount> {
  const groups = Map.groupBy(items, ({ host, outcome, logonType, source }) =>
    JSON.stringify([hosts.shown(host), outcome, logonType, source]),
  );
  const folded = [...groups.values()].flatMap(([one, ...others]): readonly LogonCount[] => {
    if (one === undefined) {
      return [];
    }
    const { user: _, ...counted } = one;
    const all = [one, ...others];
    return [
      {
        ...counted,
        host: hosts.shown(one.host),
        count: all.reduce((sum, { count }) => sum + count, 0),
        first: new Date(Math.min(...all.map(({ first }) => first))).toISOString(),
        last: new Date(Math.max(...all.map(({ last }) => last))).toISOString(),
      },
    ];
  });
  return { items: folded, total: total - (items.length - folded.length) };
}

/** Logon records of the account: on its own host only, if every host has one like it. */
function logonCondition({ accounts, scopes, builtIn }: AccountIdentity): Condition {
  return builtIn?.host === undefined
    ? logonsOfUser(accounts)
    : or(
        ...scopes.map(({ userKeys, hosts }) => {
          const own = accounts.filter((account) => userKeys.includes(userKeyOf(account)));
          // Records give a computer account the SID of SYSTEM, which is that of every other host as well.
          const named = logonsOfUser(hosts === undefined ? own.map(({ id: _, ...account }) => account) : own);
          return hosts === undefined ? named : and(equals("host.name", hosts, { caseInsensitive: true }), named);
        }),
      );
}

/** With more logons than this, the latest are looked for in a short time, and the counts say how many there are. */
const MANY_LOGONS = 5_000;
const MINUTE = 60_000;

async function latestLogons(store: StoreReader, identity: AccountIdentity, summary: UserSummary): Promise<LogonList> {
  const condition = logonCondition(identity);
  const logons = summary.successfulLogons + summary.failedLogons;
  const [latest] =
    logons > MANY_LOGONS ? (await store.lineage.logonCounts({ accounts: identity.scopes, limit: 1 })).items : [];
  if (latest === undefined) {
    return logonsOf(store, condition, listLimits.logons);
  }
  for (let width = MINUTE; ; width *= 8) {
    const from = latest.last - width;
    const found = await logonsOf(store, condition, listLimits.logons, from <= 0 ? {} : { from });
    if (found.total >= listLimits.logons || from <= 0) {
      return {
        items: found.items,
        total: Math.max(logons, found.total),
        truncationReason: `The latest ${found.items.length} records are shown; ${logons} logons are counted by host, source and type.`,
      };
    }
  }
}

async function spellingsOf(store: StoreReader, identity: AccountIdentity): Promise<readonly Spelling[]> {
  const { reasons } = identity;
  const named = [...reasons.values()].flatMap((reason) =>
    reason.kind === "domain" ? reason.examples.map(({ userKey }) => userKey) : [],
  );
  const ties = await store.lineage.accountTies([...identity.spellings, ...named]);
  return [...reasons].map(([key, reason]) => {
    const { why, evidence } = explained(key, reason, ties);
    return { key, why, evidence: [...evidence] };
  });
}

/** The reason as a sentence, and the records that it rests on. */
function explained(
  key: string,
  reason: TieReason,
  ties: readonly AccountTie[],
): { readonly why: string; readonly evidence: readonly SourceRef[] } {
  const sourceOf = (userKey: string, sid?: string): readonly SourceRef[] =>
    ties.flatMap((tie) =>
      tie.userKey === userKey && (sid === undefined || tie.sid === sid) ? (tie.source ?? []) : [],
    );
  const inRecord = (sources: readonly SourceRef[]) => {
    const [first] = sources;
    return first === undefined ? "in a record" : `in record ${first.recordId ?? first.eventId}`;
  };
  switch (reason.kind) {
    case "sid": {
      const evidence = [...sourceOf(key, reason.sid), ...sourceOf(reason.with, reason.sid)];
      const [own, other] = [sourceOf(key, reason.sid), sourceOf(reason.with, reason.sid)];
      const sid = reason.sid.toUpperCase();
      return { why: `The same SID ${sid} as ${reason.with}: ${inRecord(own)} and ${inRecord(other)}.`, evidence };
    }
    case "is-sid": {
      const evidence = sourceOf(reason.name, key);
      return { why: `The SID of ${reason.name}, ${inRecord(evidence)}.`, evidence };
    }
    case "domain": {
      const [own, other] = reason.domains;
      const evidence = reason.examples.flatMap(({ userKey, sid }) => sourceOf(userKey, sid));
      const examples = reason.examples.map(({ userKey, sid }) => `${userKey} ${inRecord(sourceOf(userKey, sid))}`);
      return {
        why:
          `${own} and ${other} are one domain: SIDs of accounts in both begin with ${reason.prefix.toUpperCase()}- ` +
          `(${examples.join(", ")}).`,
        evidence,
      };
    }
    case "principal-name":
      return { why: `The user principal name and the name in its domain: ${reason.with}.`, evidence: [] };
  }
}
