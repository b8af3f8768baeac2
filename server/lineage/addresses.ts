import { canonicalAddress } from "../event/address.ts";

/** When a host was seen to use an address as its own. Times are epoch milliseconds. */
export interface HostAddress {
  readonly host: string;
  readonly address: string;
  readonly first: number;
  readonly last: number;
}

/** Every host has these, or has them on its own wire only: they say nothing of which host it is. */
const everywhere = [/^127\./, /^0\./, /^169\.254\./, /^22[4-9]\./, /^23\d\./, /^255\./, /^::1?$/, /^fe[89ab]/, /^ff/];

/**
 * The one form of an address that can tell hosts apart; undefined for loopback, link-local, multicast and text that is
 * none.
 */
export function placeAddress(text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : canonicalAddress(text.toLowerCase());
  return address === undefined || everywhere.some((pattern) => pattern.test(address)) ? undefined : address;
}

/** The hosts that had an address at a time: the only one that ever had it, else those that used it around then. */
export function hostsOfAddress(known: readonly HostAddress[], time: number): readonly string[] {
  const hosts = new Set(known.map(({ host }) => host));
  if (hosts.size <= 1) {
    return [...hosts];
  }
  const near = known.filter(({ first, last }) => first - LEASE <= time && time <= last + LEASE);
  return [...new Set(near.map(({ host }) => host))].sort();
}

/**
 * An address that passes from host to host is taken to be kept this long after and before it was seen (milliseconds).
 */
const LEASE = 3_600_000;
