import type { Account } from "#contracts/account";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { HostPage, UserPage } from "#contracts/pivot";
import { accountAliases } from "../lineage/aliases.ts";
import type { Store, StoreReader } from "../store/port.ts";
import { hostSummaries, hostsAndNames, userSummaries } from "./host-and-user-summaries.ts";
import { logonsOf, logonsOfHost, logonsOfUser } from "./logon-event.ts";
import { alertsPart, listed, listLimits } from "./pivot-lists.ts";

/** Risk accumulated over time, oldest first; dismissed alerts add none. A long curve is thinned out evenly. */
async function riskPart(store: StoreReader, of: Parameters<Store["alerts"]["risk"]>[0]): Promise<HostPage["risk"]> {
  const steps = await store.alerts.risk(of);
  const every = Math.ceil(steps.length / listLimits.riskPoints);
  const kept = steps.filter((_, index) => index === 0 || index === steps.length - 1 || index % every === 0);
  return {
    total: steps.at(-1)?.risk ?? 0,
    points: kept.map(({ alertId, time, ruleName, risk }) => ({
      time: new Date(time).toISOString(),
      risk,
      alertId,
      label: ruleName,
    })),
    truncationReason:
      kept.length < steps.length
        ? `The curve shows ${kept.length} of ${steps.length} alerts; the sums count all of them.`
        : undefined,
  };
}

/** The period that a page covers. */
function spanOf(parts: {
  readonly logons: readonly { readonly time: string }[];
  readonly processes: readonly ProcessNode[];
  readonly alerts: readonly { readonly time: string }[];
  readonly sessions: readonly LogonSession[];
}) {
  const times = [
    ...parts.logons.map(({ time }) => time),
    ...parts.alerts.map(({ time }) => time),
    ...parts.processes.flatMap(({ start, end }) => [start, end]),
    ...parts.sessions.flatMap(({ opened, closed }) => [opened, closed]),
  ]
    .filter((time) => time !== undefined)
    .toSorted();
  const [from] = times;
  const to = times.at(-1);
  return from === undefined || to === undefined ? undefined : { from, to };
}

async function commonParts(
  store: StoreReader,
  of:
    | { readonly hosts: readonly string[] }
    | { readonly userKeys: readonly string[]; readonly accounts: readonly Account[] },
) {
  const isHost = "hosts" in of;
  const lineageQuery = isHost ? { hosts: of.hosts } : { userKeys: of.userKeys };
  const [alerts, logons, sessions, processes, risk] = await Promise.all([
    alertsPart(store, lineageQuery),
    logonsOf(store, isHost ? logonsOfHost(of.hosts) : logonsOfUser(of.accounts), listLimits.logons),
    store.lineage.sessions({ ...lineageQuery, limit: listLimits.sessions }),
    store.lineage.processesIn({ ...lineageQuery, limit: listLimits.processes }),
    riskPart(store, lineageQuery),
  ]);
  const parts = {
    alerts,
    logons: { ...logons, items: [...logons.items] },
    sessions: listed(sessions, "sessions"),
    processes: listed(processes, "processes"),
  };
  const span = spanOf({
    logons: parts.logons.items,
    processes: parts.processes.items,
    alerts: parts.alerts.items,
    sessions: parts.sessions.items,
  });
  return { ...parts, risk, span };
}

/**
 * The page of a host: processes, logons, alerts and accumulated risk, under all of its names. Undefined: no record of
 * the host.
 */
export function hostPageOf(store: Store, key: string): Promise<HostPage | undefined> {
  return hostPage(store.together(), key);
}

async function hostPage(store: StoreReader, key: string): Promise<HostPage | undefined> {
  const [{ names }, summaries] = await Promise.all([hostsAndNames(store), hostSummaries(store)]);
  const host = names.shown(key.toLowerCase());
  const hosts = names.all(host);
  const summary = summaries.find((candidate) => candidate.host === host);
  if (summary === undefined) {
    return undefined;
  }
  const [parts, coverage, all] = await Promise.all([
    commonParts(store, { hosts }),
    store.events.coverage({ hosts }),
    userSummaries(store),
  ]);
  const usersHere = all.filter((user) => user.hosts.some((one) => hosts.includes(one)));
  const users = await Promise.all(
    usersHere.map(async ({ key: userKey, account, alsoKnownAs = [] }) => ({
      key: userKey,
      account,
      processes: (await store.lineage.processesIn({ hosts, userKeys: [userKey, ...alsoKnownAs], limit: 1 })).total,
    })),
  );
  return {
    ...summary,
    ...parts,
    coverage: [...coverage],
    users: users.toSorted((a, b) => b.processes - a.processes || a.key.localeCompare(b.key)),
  };
}

/**
 * The page of an account: hosts, processes, alerts and accumulated risk, under all of its names and its SID. Undefined:
 * no record of the account.
 */
export function userPageOf(store: Store, key: string): Promise<UserPage | undefined> {
  return userPage(store.together(), key);
}

async function userPage(store: StoreReader, key: string): Promise<UserPage | undefined> {
  const [ties, summaries, users] = await Promise.all([
    store.lineage.accountTies(),
    userSummaries(store),
    store.lineage.users(),
  ]);
  const names = accountAliases(ties);
  const userKey = names.shown(key.toLowerCase());
  const summary = summaries.find((candidate) => candidate.key === userKey);
  if (summary === undefined) {
    return undefined;
  }
  const userKeys = names.all(userKey);
  const spellings = users.filter((user) => userKeys.includes(user.key));
  const accounts = [summary.account, ...spellings.map(({ account }) => account)];
  return { ...summary, ...(await commonParts(store, { userKeys, accounts })) };
}
