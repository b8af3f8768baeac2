import type { LogonSession } from "#contracts/lineage";
import type { AccountResolver } from "../account-identity.ts";
import type { HostAddress } from "../addresses.ts";
import type { LogonFact } from "../facts.ts";
import { byOpening } from "../logon-session.ts";
import type { LogonProbe } from "../tables.ts";
import type { LinkSource } from "./link-source.ts";

/**
 * What a store read at once about the logons of some sessions, and of sessions that may be linked to them. Everything
 * that it holds is complete: an empty list was looked up, too.
 */
export interface LogonSurroundings {
  /** By key; undefined: there is no such session. */
  readonly sessions: ReadonlyMap<string, LogonSession | undefined>;
  /** Those of the sessions whose origins can be found with what was read. */
  readonly examined: readonly LogonSession[];
  /** The hosts that had an address, by address. */
  readonly hostsOfAddress: ReadonlyMap<string, readonly HostAddress[]>;
  /** The addresses that a host had, by host. */
  readonly addressesOfHost: ReadonlyMap<string, readonly HostAddress[]>;
  /** Hosts by first label. */
  readonly hostsByLabel: ReadonlyMap<string, readonly string[]>;
  readonly facts: readonly { readonly probe: LogonProbe; readonly facts: readonly LogonFact[] }[];
  /** The sessions of some accounts on some hosts that were open at a time. */
  readonly ofAccounts: readonly {
    readonly at: number;
    readonly hosts: ReadonlySet<string>;
    readonly userKeys: ReadonlySet<string>;
    readonly sessions: readonly { readonly session: LogonSession; readonly userKeys: readonly string[] }[];
  }[];
  readonly accounts: AccountResolver;
}

/** A source that answers from what was read ahead as far as that reaches, and asks the given one otherwise. */
export function withReadAhead(source: LinkSource, around: LogonSurroundings): LinkSource {
  const { sessions } = around;
  const facts = new Map(around.facts.map(({ probe, facts: found }) => [probeText(probe), found]));
  return {
    ...source,
    accounts: async () => around.accounts,
    async hostsLabelled(labels) {
      const known = labels.map((label) => around.hostsByLabel.get(label));
      return known.every((hosts) => hosts !== undefined)
        ? [...new Set(known.flat())].sort()
        : source.hostsLabelled(labels);
    },
    async addresses(of) {
      const known =
        "hosts" in of
          ? of.hosts.map((host) => around.addressesOfHost.get(host))
          : of.addresses.map((address) => around.hostsOfAddress.get(address));
      return known.every((found) => found !== undefined) ? known.flat() : source.addresses(of);
    },
    async logonFacts(probes, limit) {
      const known = probes.map((probe) => facts.get(probeText(probe))?.slice(0, limit));
      const unknown = probes.filter((_, index) => known[index] === undefined);
      const read = unknown.length === 0 ? [] : await source.logonFacts(unknown, limit);
      const next = read.values();
      return known.map((found) => found ?? next.next().value ?? []);
    },
    async sessions(query) {
      const { keys, hosts, userKeys, openAt, limit } = query;
      if (keys !== undefined && hosts === undefined && userKeys === undefined) {
        const unknown = keys.filter((key) => !sessions.has(key));
        const read = unknown.length === 0 ? [] : (await source.sessions({ keys: unknown, limit })).items;
        const items = [...keys.flatMap((key) => sessions.get(key) ?? []), ...read].toSorted(byOpening);
        return { items, total: items.length };
      }
      const known =
        keys === undefined && hosts !== undefined && userKeys !== undefined
          ? around.ofAccounts.find(
              (one) =>
                one.at === openAt &&
                hosts.every((host) => one.hosts.has(host)) &&
                userKeys.every((key) => one.userKeys.has(key) || !around.accounts.isRecorded(key)),
            )
          : undefined;
      if (known === undefined) {
        return source.sessions(query);
      }
      const items = known.sessions
        .filter(
          ({ session, userKeys: of }) => hosts?.includes(session.host) && of.some((key) => userKeys?.includes(key)),
        )
        .map(({ session }) => session);
      return { items: items.slice(0, limit), total: items.length };
    },
  };
}

function probeText(probe: LogonProbe): string {
  const { what, from, to } = probe;
  switch (probe.by) {
    case "session":
      return JSON.stringify([probe.by, probe.host, probe.logonId, what, from, to]);
    case "host":
      return JSON.stringify([probe.by, probe.host, what, from, to]);
    case "address":
      return JSON.stringify([probe.by, probe.address, what, from, to]);
    case "target":
      return JSON.stringify([probe.by, probe.label, what, from, to]);
  }
}
