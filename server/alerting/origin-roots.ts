import type { LogonLink } from "#contracts/lineage";
import { firstLabel } from "../lineage/aliases.ts";
import { lineageRoot } from "../lineage/lineage-root.ts";
import { logonLinks } from "../lineage/logon-links.ts";
import type { Store } from "../store/port.ts";
import { linkSource } from "./link-source.ts";

/** Hosts that one way back may lead over, and processes of a path on each. */
const HOPS = 4;
const GENERATIONS = 64;
/** Logons that are looked through for the hosts that one host reached; where there are more, all hosts are looked at. */
const LOGONS = 1000;

/** Finds the lineage root on another host from which logons led to a branch; undefined where none is known without doubt. */
export type OriginRoots = (sessions: readonly string[]) => Promise<string | undefined>;

/**
 * Makes one for a run: it remembers what it learned of sessions. Only links that name a process, and no other one beside it, lead
 * on: alerts of two hosts stand in one work item for a reason that can be shown.
 */
export function originRoots(store: Pick<Store, "lineage" | "events">): OriginRoots {
  const { lineage } = store;
  const links = logonLinks(linkSource(store));
  const known = new Map<string, LogonLink | undefined>();

  const linksOf = async (keys: readonly string[]): Promise<readonly LogonLink[]> => {
    const fresh = keys.filter((key) => !known.has(key));
    const { items } = fresh.length === 0 ? { items: [] } : await lineage.sessions({ keys: fresh, limit: fresh.length });
    for (const session of items) {
      known.set(session.key, await links.causeOf(session));
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

/** These hosts, and those that logons from them reached: what is learned of a host can tell where theirs came from. */
export async function reachedFrom(lineage: Store["lineage"], hosts: readonly string[]): Promise<readonly string[]> {
  const all = (await lineage.hosts()).map(({ host }) => host);
  const addresses = [...new Set((await lineage.addresses({ hosts })).map(({ address }) => address))];
  const everywhen = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
  const found = await lineage.logonFacts(
    [
      ...addresses.map((address) => ({ by: "address", address, what: "opened", ...everywhen }) as const),
      ...hosts.map((host) => ({ by: "host", host, what: "explicit", ...everywhen }) as const),
    ],
    LOGONS,
  );
  if (found.some((facts) => facts.length >= LOGONS)) {
    return all;
  }
  const facts = found.flat();
  const named = new Set(facts.flatMap(({ targetHost }) => firstLabel(targetHost) ?? []));
  const reached = new Set([...hosts, ...facts.map(({ host }) => host)]);
  return all.filter((host) => reached.has(host) || named.has(firstLabel(host)));
}
