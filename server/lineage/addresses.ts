import { canonicalAddress } from "../event/address.ts";

/** The period in which a host was recorded with an address of its own. Times are epoch milliseconds. */
export interface HostAddress {
  readonly host: string;
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
