import { canonicalAddress } from "../event/address.ts";
import type { AccountTie } from "./account.ts";

/**
 * Names that stand for one thing. They are told apart in what is stored and brought together when read, from all names
 * that are known by then: so neither the order of records nor a name that turns out to be ambiguous later changes a
 * key.
 */
export interface Aliases {
  /** The name under which all are shown; a name without others is its own. */
  shown(name: string): string;
  /** All names of the same, itself included. */
  all(name: string): readonly string[];
}

/** `ws6.corp.example` is `ws6`, and so is `\\WS6`; an address has no first label but itself. */
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
 * A short host name and a full one are the same host where it is the only full name with that first label. Two full
 * names are never the same, and a short name that fits two stays by itself.
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

/**
 * Two spellings of an account are the same where records gave both of them one SID and no other. A name that was given
 * two SIDs (an account deleted and made again) stays by itself: its records cannot be told apart.
 */
export function accountAliases(ties: readonly AccountTie[]): Aliases {
  const sids = Map.groupBy(ties, ({ userKey }) => userKey);
  const single = ties.filter(({ userKey }) => new Set(sids.get(userKey)?.map(({ sid }) => sid)).size === 1);
  return aliases(
    [...Map.groupBy(single, ({ sid }) => sid)].map(([sid, names]) => [...names.map(({ userKey }) => userKey), sid]),
    (group) => group.slice(0, -1).reduce((best, name) => (isPlainer(name, best) ? name : best), group[0] ?? ""),
  );
}

function isPlainer(name: string, other: string): boolean {
  return name.length < other.length || (name.length === other.length && name < other);
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
