import type { Page, PageRequest } from "#contracts/page";
import type { HostSummary } from "#contracts/pivot";
import { sortedPage } from "../lib/cursor.ts";
import type { Aliases } from "../lineage/aliases.ts";
import { aliasesOf, hostGroups } from "../lineage/hosts/host-groups.ts";
import type { AlertFigures } from "../store/alerts/port.ts";
import type { StoreReader } from "../store/port.ts";
import { latestOf } from "./pivot-lists.ts";

const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

type Figures = Omit<AlertFigures, "key">;

const noAlerts: Figures = { alerts: 0, openAlerts: 0, risk: 0 };

/** Alert figures by host, summed over all names of each. */
async function alertFiguresByHost(store: StoreReader, names: Aliases): Promise<ReadonlyMap<string, Figures>> {
  const figures = new Map<string, Figures>();
  for (const { key, alerts, openAlerts, risk } of await store.alerts.figuresByHost()) {
    const known = figures.get(names.shown(key)) ?? noAlerts;
    figures.set(names.shown(key), {
      alerts: known.alerts + alerts,
      openAlerts: known.openAlerts + openAlerts,
      risk: known.risk + risk,
    });
  }
  return figures;
}

/** All hosts with their names, and the evidence for these. */
export async function hostsAndNames(store: StoreReader) {
  const [hosts, coverage, known] = await Promise.all([
    store.lineage.hosts(),
    store.events.coverage({}),
    store.lineage.allHosts(),
  ]);
  const names = [...known.names.keys(), ...[...hosts, ...coverage].map(({ host }) => host)];
  const groups = hostGroups(names, known.evidence);
  return { hosts, coverage, names: aliasesOf(groups), groups, evidence: known.evidence };
}

/** All hosts, those with the highest risk first. */
export async function hostSummaries(store: StoreReader, known = hostsAndNames(store)): Promise<readonly HostSummary[]> {
  const { hosts, coverage, names } = await known;
  const figures = await alertFiguresByHost(store, names);
  const all = new Set([...hosts, ...coverage].map(({ host }) => names.shown(host)));
  const processes = Map.groupBy(hosts, ({ host }) => names.shown(host));
  const sources = Map.groupBy(coverage, ({ host }) => names.shown(host));
  return [...all]
    .map((host) => {
      const known = processes.get(host) ?? [];
      const covered = sources.get(host) ?? [];
      const times = [...known.map(({ last }) => iso(last)), ...covered.map(({ to }) => to)];
      return {
        host,
        ...otherNames(names, host),
        events: covered.reduce((sum, { events }) => sum + events, 0),
        processes: known.reduce((sum, one) => sum + one.processes, 0),
        ...(figures.get(host) ?? noAlerts),
        lastSeen: latestOf(times),
      };
    })
    .toSorted((a, b) => b.risk - a.risk || (a.host < b.host ? -1 : 1));
}

/** A page of the hosts, those with the highest risk first. */
export async function hostListOf(store: StoreReader, page: PageRequest): Promise<Page<HostSummary>> {
  const keyOf = ({ risk, host }: HostSummary) => [risk, host] as const;
  return sortedPage(await hostSummaries(store), page, { types: ["number", "string"], keyOf, directions: [-1] });
}

function otherNames(names: Aliases, shownAs: string): { readonly alsoKnownAs?: string[] } {
  const others = names.all(shownAs).filter((name) => name !== shownAs);
  return others.length === 0 ? {} : { alsoKnownAs: others };
}
