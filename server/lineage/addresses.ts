import { canonicalAddress } from "../event/address.ts";

/** The period in which a host was recorded with an address of its own. Times are epoch milliseconds. */
export interface HostAddress {
  readonly host: string;
  /** The name of the host in the records, if that is another one. */
  readonly recordedHost?: string;
  readonly address: string;
  readonly first: number;
  readonly last: number;
}

/** Addresses that every host has, or that are valid on one network segment only: they identify no host. */
const everywhere = [/^127\./, /^0\./, /^169\.254\./, /^22[4-9]\./, /^23\d\./, /^255\./, /^::1?$/, /^fe[89ab]/, /^ff/];

/**
 * The canonical form of an address that can identify a host; undefined for loopback, link-local, multicast, and text
 * that is not an address.
 */
export function placeAddress(text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : canonicalAddress(text.toLowerCase());
  return address === undefined || everywhere.some((pattern) => pattern.test(address)) ? undefined : address;
}

/** One period per host and address, whatever the host was called. */
export function unitedPeriods(known: readonly HostAddress[]): readonly HostAddress[] {
  const united = new Map<string, HostAddress>();
  for (const { host, address, first, last } of known) {
    const key = JSON.stringify([host, address]);
    const other = united.get(key) ?? { first, last };
    united.set(key, { host, address, first: Math.min(first, other.first), last: Math.max(last, other.last) });
  }
  return [...united.values()];
}

/** The hosts that had an address at a time: the only one that ever had it, else those recorded with it around then. */
export function hostsOfAddress(known: readonly HostAddress[], time: number): readonly string[] {
  const hosts = new Set(known.map(({ host }) => host));
  if (hosts.size <= 1) {
    return [...hosts];
  }
  const near = known.filter(({ first, last }) => first - LEASE <= time && time <= last + LEASE);
  return [...new Set(near.map(({ host }) => host))].sort();
}

/** A host is assumed to keep a shared address this long before and after a record of it (milliseconds). */
const LEASE = 3_600_000;
