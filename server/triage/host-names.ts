import type { KnownHosts } from "../lineage/hosts/evidence.ts";

/** These hosts under all of their names, to find what was recorded under any of them. */
export async function everyNameOf(
  source: { hostsNear(names: readonly string[]): Promise<KnownHosts> },
  hosts: readonly string[],
): Promise<readonly string[]> {
  if (hosts.length === 0) {
    return hosts;
  }
  const asked = hosts.map((host) => host.toLowerCase());
  const { names } = await source.hostsNear(asked);
  const meant = new Set(asked.map((name) => names.get(name)).filter((host) => host !== undefined));
  const others = [...names].filter(([, host]) => host !== undefined && meant.has(host)).map(([name]) => name);
  return [...new Set([...hosts, ...others])];
}
