import type { Activity } from "../../server/contracts/lineage.ts";
import type { AccountTie } from "../../server/lineage/account.ts";
import type { HostAddress } from "../../server/lineage/addresses.ts";
import type { LogonFact } from "../../server/lineage/facts.ts";
import { evidenceKey, type HostEvidence } from "../../server/lineage/hosts/evidence.ts";
import { SERVICE_LOGONS } from "../../server/lineage/keys.ts";
import { NO_ACTIVITY } from "../../server/lineage/process-facts.ts";
import { type ProcessRow, positionOf } from "../../server/lineage/process-row.ts";
import type {
  ExitRow,
  HistoryProbe,
  LineageTables,
  LogonIdentity,
  PidHistory,
  PidWindow,
  SessionRow,
  StartProbe,
} from "../../server/lineage/tables.ts";

/** The tables of lineage in memory: what a store promises, in the plainest code. */
export interface MemoryTables extends LineageTables {
  /** Names of the calls that read anything, in order. */
  readonly reads: string[];
  readonly processes: ReadonlyMap<string, ProcessRow>;
  readonly exits: ReadonlyMap<string, ExitRow>;
  readonly sessions: ReadonlyMap<string, readonly SessionRow[]>;
  readonly addresses: readonly HostAddress[];
  readonly activity: ReadonlyMap<string, Activity>;
  readonly accounts: readonly AccountTie[];
}

export function memoryTables(): MemoryTables {
  const processes = new Map<string, ProcessRow>();
  const exits = new Map<string, ExitRow>();
  const logonFacts = new Map<string, LogonFact>();
  const sessions = new Map<string, readonly SessionRow[]>();
  const addresses: HostAddress[] = [];
  const accounts: AccountTie[] = [];
  const hostNames = new Map<string, string | undefined>();
  const evidence = new Map<string, HostEvidence>();
  const activity = new Map<string, Activity>();
  const reads: string[] = [];
  const read = (name: string, asked: readonly unknown[]) => {
    if (asked.length > 0) {
      reads.push(name);
    }
  };
  const all = () => [...processes.values()];
  return {
    processes,
    exits,
    sessions,
    addresses,
    activity,
    accounts,
    reads,
    async rows(keys) {
      read("rows", keys);
      return new Map([...new Set(keys)].flatMap((key) => pair(key, processes.get(key))));
    },
    async mergedKeys(keys) {
      read("mergedKeys", keys);
      return new Map(keys.map((key) => [key, shownKey(processes, key)] as const).filter(([key, to]) => key !== to));
    },
    async startsNear(probes, known) {
      read("startsNear", probes);
      return all().filter((row) => !known.has(row.key) && probes.some((probe) => isNear(row, probe)));
    },
    async namedPids(pids) {
      read("namedPids", pids);
      return pids.filter(
        ({ host, pid }) =>
          [...exits.values()].some(({ fact }) => fact.host === host && fact.pid === pid) ||
          all().some((row) => row.host === host && row.creatorPid === pid),
      );
    },
    async startsAround(ranges) {
      read("startsAround", ranges);
      return ranges.map((range) => {
        const starts = startsOf(all(), range).map(timeOf);
        return {
          before: starts
            .filter((at) => at < range.from)
            .slice(-2)
            .reverse(),
          after: starts.filter((at) => at > range.to).slice(0, 2),
        };
      });
    },
    async histories(probes) {
      read("histories", probes);
      return probes.map((probe) => historyOf(all(), [...exits.values()], probe));
    },
    async saveRows(rows) {
      for (const row of rows) {
        processes.set(row.key, row);
      }
    },
    async dropUnused(keys) {
      for (const key of keys) {
        const row = processes.get(key);
        const isUsed = row?.exit !== undefined || all().some(({ parent }) => parent?.key === key);
        if (row?.kind === "placeholder" && row.mergedInto === undefined && !isUsed) {
          processes.delete(key);
        }
      }
    },
    async saveExits(saved) {
      for (const { fact, processKey } of saved) {
        const { eventId } = fact.source;
        exits.set(eventId, { fact, processKey: processKey ?? exits.get(eventId)?.processKey });
      }
    },
    async addActivity(counts) {
      for (const [key, one] of counts) {
        activity.set(key, sumOf(activity.get(key), one));
      }
    },
    async logons(ids) {
      read("logons", ids);
      return ids.map((id) => ({
        facts: [...logonFacts.values()].filter((fact) => textOf(fact) === textOf(id)),
        sessions: sessions.get(textOf(id)) ?? [],
      }));
    },
    async saveLogons(facts) {
      for (const fact of facts.filter(({ source }) => !logonFacts.has(source.eventId))) {
        logonFacts.set(fact.source.eventId, fact);
      }
    },
    async replaceSessions(changes) {
      for (const change of changes) {
        sessions.set(textOf(change), change.sessions);
      }
    },
    async usedLogons(hosts) {
      read("usedLogons", hosts);
      const used = new Set(all().flatMap(({ sessionKey }) => sessionKey ?? []));
      return [...sessions.values()]
        .filter((own) => own.some(({ host, key }) => hosts.includes(host) && used.has(key)))
        .flatMap(([first]) => (first === undefined || SERVICE_LOGONS.has(first.logonId) ? [] : [first]))
        .map(({ host, logonId }) => ({ host, logonId }));
    },
    async rowsInSessions(ids) {
      read("rowsInSessions", ids);
      const keys = new Set(ids.flatMap((id) => (sessions.get(textOf(id)) ?? []).map(({ key }) => key)));
      return all().filter(({ sessionKey, mergedInto }) => mergedInto === undefined && keys.has(sessionKey ?? ""));
    },
    async saveAddresses(saved) {
      addresses.push(...saved);
    },
    async addLogonCounts() {
      // Counts decide nothing.
    },
    async saveAccountTies(saved) {
      accounts.push(...saved);
    },
    async hostsNear(names) {
      const hosts = new Set(names.flatMap((name) => hostNames.get(name) ?? []));
      const own = [...hostNames].flatMap(([name, host]) => (host !== undefined && hosts.has(host) ? [name] : []));
      const ids = new Set([...evidence.values()].filter(({ name }) => own.includes(name)).map(({ value }) => value));
      const near = [...evidence.values()].filter(({ name, value }) => own.includes(name) || ids.has(value));
      const reached = new Set(near.flatMap(({ name }) => hostNames.get(name) ?? []));
      return {
        names: new Map(
          [...hostNames].filter(([, host]) => host !== undefined && (hosts.has(host) || reached.has(host))),
        ),
        evidence: near,
      };
    },
    async hostsOfMachines(machines) {
      const near = [...evidence.values()].filter(({ kind, value }) => kind === "machine" && machines.includes(value));
      const reached = new Set(near.flatMap(({ name }) => hostNames.get(name) ?? []));
      return { names: new Map([...hostNames].filter(([, host]) => reached.has(host ?? ""))), evidence: near };
    },
    allHosts: async () => ({ names: hostNames, evidence: [...evidence.values()] }),
    async saveHosts(news) {
      for (const [name, host] of news.names) {
        hostNames.set(name, host);
      }
      for (const one of news.evidence) {
        evidence.set(evidenceKey(one), evidence.get(evidenceKey(one)) ?? one);
      }
    },
    async takeHost(host) {
      const rows = all().filter((row) => row.host === host);
      const content = {
        rows,
        activity: new Map(rows.flatMap(({ key }) => pair(key, activity.get(key)))),
        exits: [...exits.values()].map(({ fact }) => fact).filter((fact) => fact.host === host),
        logons: [...logonFacts.values()].filter((fact) => fact.host === host),
        addresses: addresses.filter((one) => one.host === host),
      };
      for (const { key } of rows) {
        processes.delete(key);
        activity.delete(key);
      }
      for (const { source } of content.exits) {
        exits.delete(source.eventId);
      }
      for (const { source } of content.logons) {
        logonFacts.delete(source.eventId);
      }
      for (const session of [...sessions.values()].flat().filter((one) => one.host === host)) {
        sessions.delete(textOf(session));
      }
      addresses.splice(0, addresses.length, ...addresses.filter((one) => one.host !== host));
      return content;
    },
  };
}

function sumOf(one: Activity = NO_ACTIVITY, other: Activity): Activity {
  const names = Object.keys(NO_ACTIVITY) as (keyof Activity)[];
  return { ...one, ...Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) };
}

/** The process that a key leads to, however many pointers there are. */
export function shownKey(processes: ReadonlyMap<string, ProcessRow>, key: string): string {
  const to = processes.get(key)?.mergedInto;
  return to === undefined ? key : shownKey(processes, to);
}

function isNear(row: ProcessRow, probe: StartProbe): boolean {
  const { pid, name, at } = positionOf(row);
  if (row.kind === "placeholder" || row.host !== probe.host || at === undefined || at < probe.from || at > probe.to) {
    return false;
  }
  switch (probe.by) {
    case "pid":
      return pid === probe.pid;
    case "name":
      return name === probe.name;
    case "name-without-pid":
      return pid === undefined && name === probe.name;
  }
}

function startsOf(rows: readonly ProcessRow[], { host, pid }: PidWindow): readonly ProcessRow[] {
  return rows
    .filter((row) => row.kind !== "placeholder" && row.host === host)
    .filter((row) => positionOf(row).pid === pid && positionOf(row).at !== undefined)
    .sort((a, b) => timeOf(a) - timeOf(b) || (a.key < b.key ? -1 : 1));
}

function historyOf(all: readonly ProcessRow[], exits: readonly ExitRow[], probe: HistoryProbe): PidHistory {
  const { host, pid, from, to } = probe;
  const starts = startsOf(all, probe);
  const before = starts.filter((row) => timeOf(row) < from).slice(-3);
  const after = starts.filter((row) => timeOf(row) > to).slice(0, 2);
  const found = [...before, ...starts.filter((row) => timeOf(row) >= from && timeOf(row) <= to), ...after];
  const partners = found.flatMap((row) => row.duplicate ?? row.mergedInto ?? []);
  const first = before.length < 3 ? Number.NEGATIVE_INFINITY : timeOf(before[0]);
  const last = after.length < 2 ? Number.POSITIVE_INFINITY : timeOf(after[1]);
  return {
    rows: [...new Set([...found, ...all.filter(({ key }) => partners.includes(key))])],
    exits: exits.filter(
      ({ fact }) => fact.host === host && fact.pid === pid && fact.time >= first && fact.time <= last,
    ),
    referrers: probe.referrers
      ? all.filter((row) => row.host === host && row.creatorPid === pid && timeOf(row) >= from && timeOf(row) <= to)
      : [],
  };
}

function timeOf(row: ProcessRow | undefined): number {
  return (row === undefined ? undefined : positionOf(row).at) ?? Number.NaN;
}

function textOf({ host, logonId }: LogonIdentity): string {
  return `${host}\u0000${logonId}`;
}

function pair<T>(key: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[key, value]];
}
