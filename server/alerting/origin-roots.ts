import type { LogonLink } from "#contracts/lineage";
import { firstLabel } from "../lineage/aliases.ts";
import { lineageRoot } from "../lineage/lineage-root.ts";
import { logonLinks } from "../lineage/links/logon-links.ts";
import type { Store } from "../store/port.ts";
import { linkSource } from "./link-source.ts";

/** How many hosts back a chain of logons is followed, and how many ancestors are read on each host. */
const HOPS = 4;
const GENERATIONS = 64;
/** Logons examined to find the hosts that a host reached; if there are more, all hosts are refreshed. */
const LOGON_LIMIT = 1000;

/** Finds the lineage root on another host from which logons led to a branch; undefined unless it is unambiguous. */
export type OriginRootFinder = (sessions: readonly string[]) => Promise<string | undefined>;

/**
 * A finder for one run, which memoizes the origin of sessions. It follows only links to exactly one process, so that
 * alerts of two hosts share an incident only for a reason that can be shown. See docs/decisions/0025.
 */
export function originRoots(store: Pick<Store, "lineage" | "events">): OriginRootFinder {
  const { lineage } = store;
  const links = logonLinks(linkSource(store));
  const known = new Map<string, LogonLink | undefined>();

  const linksOf = async (keys: readonly string[]): Promise<readonly LogonLink[]> => {
    const fresh = keys.filter((key) => !known.has(key));
    const { items } = fresh.length === 0 ? { items: [] } : await lineage.sessions({ keys: fresh, limit: fresh.length });
    for (const session of items) {
      known.set(session.key, await links.originOf(session));
    }
    return keys.flatMap((key) => known.get(key) ?? []);
  };

  return async (sessions) => {
    const seen = new Set<string>();
    let root: string | undefined;
    let level = sessions;
    for (let hop = 0; hop < HOPS; hop += 1) {
      const [link] = (await linksOf(level.filter((key) => !seen.has(key)))).filter(
        ({ from, certainty }) => certainty !== "ambiguous" && from.processKey !== undefined,
      );
      const source = link?.from.processKey === undefined ? undefined : await lineage.process(link.from.processKey);
      if (source === undefined) {
        break;
      }
      for (const key of level) {
        seen.add(key);
      }
      const ancestors = await lineage.ancestors(source.key, GENERATIONS);
      const found = lineageRoot(source, ancestors);
      root = found;
      const path = [source, ...ancestors];
      const branch = path.slice(0, path.findIndex(({ key }) => key === found) + 1);
      level = branch.flatMap(({ sessionKey }) => sessionKey ?? []);
    }
    return root;
  };
}

/**
 * These hosts and those that chains of logons from them reached: new facts about the source can reveal the origin of
 * the logons, and of the logons that followed from there.
 */
export async function reachedFrom(lineage: Store["lineage"], hosts: readonly string[]): Promise<readonly string[]> {
  const all = (await lineage.hosts()).map(({ host }) => host);
  const reached = new Set(hosts);
  let fresh: readonly string[] = hosts;
  for (let hop = 0; hop < HOPS && fresh.length > 0 && reached.size < all.length; hop += 1) {
    const next = await reachedDirectly(lineage, fresh, all);
    if (next === undefined) {
      return all;
    }
    fresh = next.filter((host) => !reached.has(host));
    for (const host of fresh) {
      reached.add(host);
    }
  }
  return all.filter((host) => reached.has(host));
}

/** Undefined if there are too many logons to examine. */
async function reachedDirectly(
  lineage: Store["lineage"],
  hosts: readonly string[],
  all: readonly string[],
): Promise<readonly string[] | undefined> {
  const addresses = [...new Set((await lineage.addresses({ hosts })).map(({ address }) => address))];
  const always = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
  const found = await lineage.logonFacts(
    [
      ...addresses.map((address) => ({ by: "address", address, what: "opened", ...always }) as const),
      ...hosts.map((host) => ({ by: "host", host, what: "explicit", ...always }) as const),
    ],
    LOGON_LIMIT,
  );
  if (found.some((facts) => facts.length >= LOGON_LIMIT)) {
    return undefined;
  }
  const facts = found.flat();
  const named = new Set(facts.flatMap(({ targetHost }) => firstLabel(targetHost) ?? []));
  const stored = new Set(all.map((host) => firstLabel(host)));
  // A client may use another name of a host, such as a former one. To know all names is costly.
  const names = named.isSubsetOf(stored) ? undefined : (await lineage.accounts()).hosts;
  const isNamed = (host: string) => (names?.all(host) ?? [host]).some((name) => named.has(firstLabel(name)));
  const reached = new Set(facts.map(({ host }) => host));
  return all.filter((host) => reached.has(host) || isNamed(host));
}
