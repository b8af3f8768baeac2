import { canonicalAddress } from "../event/address.ts";

/**
 * Several names of one host. They are stored separately and unified on read, from all names known by then:
 * neither the order of records nor a name that becomes ambiguous later changes a key. See docs/decisions/0022.
 */
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

/**
 * A short host name belongs to the full name with that first label, if there is exactly one. Two full names are never
 * one host, and a short name that matches two is a host of its own.
 */
export function hostAliases(names: Iterable<string>): Aliases {
  const distinct = [...new Set(names)].sort();
  const full = Map.groupBy(
    distinct.filter((name) => firstLabel(name) !== name),
    (name) => firstLabel(name),
  );
  return aliases(
    distinct.flatMap((name) => {
      const [only, ...others] = full.get(name) ?? [];
      return only === undefined || others.length > 0 ? [] : [[only, name]];
    }),
    ([only]) => only,
  );
}

function aliases(
  groups: readonly (readonly string[])[],
  shownOf: (group: readonly string[]) => string | undefined,
): Aliases {
  const groupOf = new Map<string, readonly string[]>();
  const shown = new Map<string, string>();
  for (const group of groups) {
    const all = [...new Set(group)].sort();
    for (const name of all) {
      groupOf.set(name, all);
      shown.set(name, shownOf(group) ?? name);
    }
  }
  return { shown: (name) => shown.get(name) ?? name, all: (name) => groupOf.get(name) ?? [name] };
}
