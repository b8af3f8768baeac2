import type { KnownHosts } from "../lineage/hosts/evidence.ts";
import { hostGroups } from "../lineage/hosts/host-groups.ts";

/** These hosts under all of their names, to find what was recorded under any of them. */
export async function everyNameOf(
  source: { hostsNear(names: readonly string[]): Promise<KnownHosts>; allHosts(): Promise<KnownHosts> },
  hosts: readonly string[],
): Promise<readonly string[]> {
  if (hosts.length === 0) {
    return hosts;
  }
  const asked = hosts.map((host) => host.toLowerCase());
  const { names } = await source.hostsNear(asked);
  const meant = new Set(asked.map((name) => names.get(name)).filter((host) => host !== undefined));
  const others = [...names].filter(([, host]) => host !== undefined && meant.has(host)).map(([name]) => name);
  const unrecorded = asked.filter((name) => names.get(name) === undefined);
  return [...new Set([...hosts, ...others, ...(await namesByEvidence(source, unrecorded))])];
}

/** All names of the hosts that only evidence calls by these names: nothing was recorded after, or before, a rename. */
async function namesByEvidence(
  source: { allHosts(): Promise<KnownHosts> },
  hosts: readonly string[],
): Promise<readonly string[]> {
  if (hosts.length === 0) {
    return [];
  }
  const { names, evidence } = await source.allHosts();
  const groups = hostGroups(names.keys(), evidence);
  return hosts.flatMap((name) => groups.get(name)?.names ?? []);
}
