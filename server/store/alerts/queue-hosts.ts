import type { QueueQuery } from "#contracts/queue";
import type { Aliases } from "../../lineage/aliases.ts";
import type { Combination } from "./queue-counts.ts";
import { foldGroups } from "./queue-groups.ts";
import type { AccountGroup, QueueGroup } from "./queue-rows.ts";

/** The queue by hosts: an alert without a known process keeps the host as it was recorded, under whatever name. */

/** A query whose host filter covers all names. A name that no record has is searched for as it is. */
export function withEveryName<Q extends QueueQuery>(query: Q, hosts: Aliases): Q {
  const names = query.host.flatMap((host) => [host, ...hosts.all(host.toLowerCase())]);
  return { ...query, host: [...new Set(names)] };
}

/** The host filter in terms of `byHost`. */
export function hostFilter<Q extends QueueQuery>(query: Q, hosts: Aliases): Q {
  return { ...query, host: [...new Set(query.host.map((host) => hosts.shown(host.toLowerCase())))] };
}

/** Combinations with the host in place of its name. */
export function byHost(all: readonly Combination[], hosts: Aliases): readonly Combination[] {
  return all.map((one) => {
    const host = hosts.shown(one.host);
    return host === one.host ? one : { ...one, host };
  });
}

/** Groups of one host each, in the order of the queue. */
export function groupsByHost(rows: readonly AccountGroup[], hosts: Aliases): readonly QueueGroup[] {
  return foldGroups(rows, ({ host }) => hosts.shown(host));
}

/** Distinct hosts, each under the name that it is shown under. */
export function shownHosts(names: readonly string[], hosts: Aliases): string[] {
  return [...new Set(names.map((name) => hosts.shown(name)))].sort();
}
