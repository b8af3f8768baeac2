import type { LineageTables } from "../tables.ts";
import { canTie, evidenceKey, type HostEvidence, type HostNews, type KnownHosts } from "./evidence.ts";
import { hostGroups } from "./host-groups.ts";

/** Names of hosts as they are decided now. */
export interface DecidedHosts {
  /** The host that each name of a batch means, and every other name of the same hosts. */
  readonly names: ReadonlyMap<string, string>;
  readonly evidence: readonly HostEvidence[];
  /** Names that meant another host until now, with that host. */
  readonly moved: ReadonlyMap<string, string>;
}

/**
 * Which hosts the names of a batch mean. In nearly every batch all of them are known: that costs one read. A new name
 * or a new tie decides all names again, which are few.
 */
export async function decideHosts(tables: LineageTables, news: HostNews): Promise<DecidedHosts> {
  const near = await tables.hostsNear(news.names);
  const known = new Set(near.evidence.map(evidenceKey));
  const fresh = news.evidence.filter((one) => !known.has(evidenceKey(one)));
  const names = decidedNames(near);
  if (!fresh.some(canTie) && news.names.every((name) => names.has(name))) {
    await tables.saveHosts({ names: new Map(), evidence: fresh });
    return { names, evidence: [...near.evidence, ...fresh], moved: new Map() };
  }
  return decideAll(tables, { names: news.names, evidence: fresh });
}

async function decideAll(tables: LineageTables, news: HostNews): Promise<DecidedHosts> {
  const stored = await tables.allHosts();
  const evidence = [...stored.evidence, ...news.evidence];
  const recorded = [...stored.names.keys(), ...news.names];
  const groups = hostGroups(recorded, evidence);
  const names = new Map([...groups].map(([name, { host }]) => [name, host]));
  const changed = new Map<string, string>();
  const moved = new Map<string, string>();
  for (const name of new Set(recorded)) {
    const host = names.get(name) ?? name;
    // What was stored before names were decided is stored under the name itself.
    const before = stored.names.has(name) ? (stored.names.get(name) ?? name) : undefined;
    if (stored.names.get(name) !== host) {
      changed.set(name, host);
    }
    if (before !== undefined && before !== host) {
      moved.set(name, before);
    }
  }
  await tables.saveHosts({ names: changed, evidence: news.evidence });
  return { names, evidence, moved };
}

function decidedNames({ names }: KnownHosts): ReadonlyMap<string, string> {
  return new Map([...names].flatMap(([name, host]) => (host === undefined ? [] : [[name, host] as const])));
}
