import type { Page } from "#contracts/event";
import type { Account, LogonSession, ProcessNode } from "#contracts/lineage";
import type { HostPage, HostSummary, SessionPage, UserPage, UserSummary } from "#contracts/pivot";
import { type Aliases, accountAliases, hostAliases } from "../lineage/aliases.ts";
import type { AlertFigures, AlertQuery } from "../store/alerts/port.ts";
import type { Store } from "../store/port.ts";
import { summariesOf } from "./alert-summary.ts";
import { type LogonList, logonsOf, logonsOfHost, logonsOfUser, openingsOf } from "./logon-event.ts";
import { outboundLogonsOf } from "./outbound-logons.ts";

/** Rows of each list on a pivot page; every list says when there is more. */
const shown = { alerts: 200, logons: 200, sessions: 200, processes: 200, riskPoints: 500 } as const;

const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

type Tally = Omit<AlertFigures, "key">;

const nothing: Tally = { alerts: 0, openAlerts: 0, risk: 0 };

/** Figures of the alerts by host or account, added up over all names of each. */
async function talliesBy(store: Store, by: "host" | "user", names: Aliases): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map<string, Tally>();
  for (const { key, alerts, openAlerts, risk } of await store.alerts.figures(by)) {
    const known = tallies.get(names.shown(key)) ?? nothing;
    tallies.set(names.shown(key), {
      alerts: known.alerts + alerts,
      openAlerts: known.openAlerts + openAlerts,
      risk: known.risk + risk,
    });
  }
  return tallies;
}

/** Every host by the name that it is shown under, short and full names together where that is certain. */
async function hostsAndNames(store: Store) {
  const [hosts, coverage] = await Promise.all([store.lineage.hosts(), store.events.coverage({})]);
  const names = hostAliases([...hosts.map(({ host }) => host), ...coverage.map(({ host }) => host)]);
  return { hosts, coverage, names };
}

export async function hostSummaries(store: Store): Promise<readonly HostSummary[]> {
  const { hosts, coverage, names } = await hostsAndNames(store);
  const tallies = await talliesBy(store, "host", names);
  const all = new Set([...hosts, ...coverage].map(({ host }) => names.shown(host)));
  const processes = Map.groupBy(hosts, ({ host }) => names.shown(host));
  const sources = Map.groupBy(coverage, ({ host }) => names.shown(host));
  return [...all]
    .map((host) => {
      const known = processes.get(host) ?? [];
      const covered = sources.get(host) ?? [];
      const seen = [...known.map(({ last }) => iso(last)), ...covered.map(({ to }) => to)];
      return {
        host,
        ...otherNames(names, host),
        events: covered.reduce((sum, { events }) => sum + events, 0),
        processes: known.reduce((sum, one) => sum + one.processes, 0),
        ...(tallies.get(host) ?? nothing),
        lastSeen: latestOf(seen),
      };
    })
    .toSorted((a, b) => b.risk - a.risk || a.host.localeCompare(b.host));
}

export async function userSummaries(store: Store): Promise<readonly UserSummary[]> {
  const [users, ties] = await Promise.all([store.lineage.users(), store.lineage.accountTies()]);
  const names = accountAliases(ties);
  const tallies = await talliesBy(store, "user", names);
  return [...Map.groupBy(users, ({ key }) => names.shown(key))]
    .map(([key, spellings]) => ({
      key,
      account: accountOf(spellings, key),
      ...otherNames(names, key),
      hosts: [...new Set(spellings.flatMap(({ hosts }) => hosts))].sort(),
      processes: spellings.reduce((sum, { processes }) => sum + processes, 0),
      ...(tallies.get(key) ?? nothing),
      lastSeen: latestOf(spellings.map(({ last }) => iso(last))),
    }))
    .toSorted((a, b) => b.risk - a.risk || a.key.localeCompare(b.key));
}

type StoredUser = Awaited<ReturnType<Store["lineage"]["users"]>>[number];

/** As the shown key is written, else as the first; with the SID that any spelling has. */
function accountOf(spellings: readonly StoredUser[], key: string): Account {
  const shownAs = spellings.find((one) => one.key === key) ?? spellings[0];
  const id = spellings.find(({ account }) => account.id !== undefined)?.account.id;
  return { ...(shownAs?.account ?? { name: key }), ...(id === undefined ? {} : { id }) };
}

function otherNames(names: Aliases, shownAs: string): { readonly alsoKnownAs?: string[] } {
  const others = names.all(shownAs).filter((name) => name !== shownAs);
  return others.length === 0 ? {} : { alsoKnownAs: others };
}

function latestOf(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}

function listed<T>(page: Page<T>, what: string): { items: T[]; total: number; truncationReason?: string } {
  const { items, total } = page;
  const left = items.length < total ? `The latest ${items.length} of ${total} ${what} are shown.` : undefined;
  return { items: [...items], total, truncationReason: page.truncationReason ?? left };
}

async function alertsPart(store: Store, query: Omit<AlertQuery, "limit">) {
  const page = await store.alerts.find({ ...query, order: "newest-first", limit: shown.alerts });
  return listed({ ...page, items: await summariesOf(store, page.items) }, "alerts");
}

/** Risk that adds up over time, oldest first; dismissed alerts add nothing. A long curve keeps its shape with fewer points. */
async function riskPart(store: Store, of: Parameters<Store["alerts"]["risk"]>[0]): Promise<HostPage["risk"]> {
  const steps = await store.alerts.risk(of);
  const every = Math.ceil(steps.length / shown.riskPoints);
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

/** From the first to the last thing that a page shows. */
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
  store: Store,
  of:
    | { readonly hosts: readonly string[] }
    | { readonly userKeys: readonly string[]; readonly accounts: readonly Account[] },
) {
  const isHost = "hosts" in of;
  const lineageQuery = isHost ? { hosts: of.hosts } : { userKeys: of.userKeys };
  const [alerts, logons, sessions, processes, risk] = await Promise.all([
    alertsPart(store, lineageQuery),
    logonsOf(store, isHost ? logonsOfHost(of.hosts) : logonsOfUser(of.accounts), shown.logons),
    store.lineage.sessions({ ...lineageQuery, limit: shown.sessions }),
    store.lineage.processesIn({ ...lineageQuery, limit: shown.processes }),
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
 * What ran on a host, who logged on from where, its alerts and how its risk grew, under any of its names. Undefined: no record
 * of that host.
 */
export async function hostPageOf(store: Store, key: string): Promise<HostPage | undefined> {
  const { names } = await hostsAndNames(store);
  const host = names.shown(key.toLowerCase());
  const hosts = names.all(host);
  const summary = (await hostSummaries(store)).find((candidate) => candidate.host === host);
  if (summary === undefined) {
    return undefined;
  }
  const [parts, coverage, all] = await Promise.all([
    commonParts(store, { hosts }),
    store.events.coverage({ hosts }),
    userSummaries(store),
  ]);
  const here = all.filter((user) => user.hosts.some((one) => hosts.includes(one)));
  const users = await Promise.all(
    here.map(async ({ key: userKey, account, alsoKnownAs = [] }) => ({
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
 * Where an account was, what ran as it, its alerts and risk, under any of its names or its SID. Undefined: no record of that
 * account.
 */
export async function userPageOf(store: Store, key: string): Promise<UserPage | undefined> {
  const names = accountAliases(await store.lineage.accountTies());
  const userKey = names.shown(key.toLowerCase());
  const summary = (await userSummaries(store)).find((candidate) => candidate.key === userKey);
  if (summary === undefined) {
    return undefined;
  }
  const userKeys = names.all(userKey);
  const spellings = (await store.lineage.users()).filter((user) => userKeys.includes(user.key));
  const accounts = [summary.account, ...spellings.map(({ account }) => account)];
  return { ...summary, ...(await commonParts(store, { userKeys, accounts })) };
}

/** "Who was at the keyboard": the logon, what ran in the session, where it went on to. Undefined: no such session. */
export async function sessionPageOf(store: Store, key: string): Promise<SessionPage | undefined> {
  const session = await store.lineage.session(key);
  if (session === undefined) {
    return undefined;
  }
  const processes = await store.lineage.processesIn({ sessionKey: session.key, limit: shown.processes });
  const [alerts, onward, siblings] = await Promise.all([
    alertsOfSession(store, session, processes),
    outboundLogonsOf(store, session),
    siblingsOf(store, session),
  ]);
  return {
    session,
    openedByUnknown: session.openedBy === undefined ? await whyNotOpened(store, session) : undefined,
    processes: listed(processes, "processes"),
    alerts,
    outboundLogons: onward.items,
    outboundLogonNotes: [...onward.notes],
    siblings: [...siblings.items],
    siblingsTruncationReason: siblings.truncationReason,
  };
}

async function alertsOfSession(store: Store, session: LogonSession, first: Page<ProcessNode>) {
  const keys = first.items.map(({ key }) => key);
  for (let { next } = first; next !== undefined; ) {
    const page = await store.lineage.processesIn({ sessionKey: session.key, cursor: next, limit: 500 });
    keys.push(...page.items.map((process) => process.key));
    next = page.next;
  }
  return keys.length === 0 ? { items: [], total: 0 } : alertsPart(store, { processKeys: keys });
}

async function siblingsOf(store: Store, session: LogonSession): Promise<Pick<LogonList, "items" | "truncationReason">> {
  if (session.opened === undefined || session.user === undefined || session.service) {
    return { items: [] };
  }
  const opened = Date.parse(session.opened);
  const around = { from: opened - 5000, to: opened + 5000 };
  const logons = await logonsOf(store, openingsOf(session.host, session.user), shown.logons, around);
  return { ...logons, items: logons.items.filter(({ id }) => id !== session.openedBy?.eventId) };
}

/** One sentence: why the record that opened a session is not there. */
async function whyNotOpened(store: Store, session: LogonSession): Promise<string> {
  if (session.service) {
    return `${session.logonId} is a service session that Windows opens at boot: it has no logon to look for.`;
  }
  const security = (await store.events.coverage({ hosts: [session.host] })).find(({ source }) => source === "security");
  return security === undefined
    ? `No Security log of ${session.host} was ingested, so its logons (4624) are not known.`
    : `The Security log of ${session.host} covers ${security.from ?? "?"} to ${security.to ?? "?"} and holds no 4624 for ${session.logonId}: the session is older, or the record was not captured.`;
}
