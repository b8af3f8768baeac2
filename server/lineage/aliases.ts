import { canonicalAddress } from "../event/address.ts";

/** Several names of one host, as `hosts/host-groups.ts` decides. See docs/decisions/0049. */
export interface Aliases {
  /** The name that all of them are shown under; a name without aliases is shown as it is. */
  shown(name: string): string;
  /** All names of the same host, including this one. */
  all(name: string): readonly string[];
}

/** `ws6` for `ws6.corp.example` and for `\\WS6`; an address is its own first label. */
export function firstLabel(name: string): string;
export function firstLabel(name: string | undefined): string | undefined;
export function firstLabel(name: string | undefined): string | undefined {
  const host = name?.toLowerCase().replace(/^\\\\/, "");
  if (host === undefined || canonicalAddress(host) !== undefined) {
    return host;
  }
  const dot = host.indexOf(".");
  return dot < 0 ? host : host.slice(0, dot);
}
