import type { AccountTie } from "./account.ts";
import { isPersonalSid, partsOf } from "./built-in-accounts.ts";
import { DisjointSets } from "./disjoint-sets.ts";

/** Why a spelling belongs to an account. */
export type TieReason =
  /** Records gave this SID to this spelling and to the other one. */
  | { readonly kind: "sid"; readonly sid: string; readonly with: string }
  /** The spelling is a SID that records gave to the name. */
  | { readonly kind: "is-sid"; readonly name: string }
  /** Both domains are one: records gave SIDs with this beginning to accounts of both (`examples`, one of each). */
  | {
      readonly kind: "domain";
      readonly prefix: string;
      readonly domains: readonly [string, string];
      readonly examples: readonly [AccountTie, AccountTie];
      readonly with: string;
    }
  /** `name@domain` is the user principal name of `domain\name`. */
  | { readonly kind: "principal-name"; readonly with: string };

export interface AccountGroup {
  /** The spelling that all of them are shown under. */
  readonly shown: string;
  /** All spellings and, if known, the SID; in alphabetical order. */
  readonly keys: readonly string[];
  /** The one SID that records gave to any of them. */
  readonly sid: string | undefined;
  /** By spelling, the shown one left out. */
  readonly reasons: ReadonlyMap<string, TieReason>;
}

/**
 * Which spellings are one account, by the spellings and the pairs of spelling and SID found in records. In any order,
 * and never two SIDs in one account:
 *
 * - two spellings that records gave the same SID, and no other. Local accounts of two hosts are two accounts even then:
 *   hosts installed from one image share their SIDs.
 * - the same name in two spellings of one domain, if records gave SIDs of one domain (`S-1-5-21-a-b-c`) to accounts
 *   under both, and of no other domain to either;
 * - `name@domain` and `domain\name`.
 *
 * `hostOfDomain` returns the host of local accounts. See docs/decisions/0050.
 */
export function accountGroups(
  userKeys: Iterable<string>,
  ties: readonly AccountTie[],
  hostOfDomain: (domain: string) => string | undefined,
): readonly AccountGroup[] {
  const personal = ties.filter(({ sid }) => isPersonalSid(sid)).toSorted(byText);
  const sidsOf = sidsByKey(personal);
  const single = personal.filter(({ userKey }) => sidsOf.get(userKey)?.size === 1);
  const domains = domainSpellings(single, hostOfDomain);
  const sets = new DisjointSets([...userKeys, ...personal.map(({ userKey }) => userKey)]);

  for (const [sid, tied] of Map.groupBy(single, (tie) => tie.sid)) {
    const places = Map.groupBy(tied, ({ userKey }) => hostOfDomain(partsOf(userKey).domain ?? "") ?? "");
    for (const together of places.values()) {
      sets.join(together.map(({ userKey }) => userKey));
    }
    // A SID by itself is the account that has it, unless local accounts of several hosts have it.
    const [first] = places.get("") ?? (places.size === 1 ? tied : []);
    if (first !== undefined) {
      sets.join([first.userKey, sid]);
    }
  }
  for (const alike of Map.groupBy(sets.names(), (key) => placeOf(key, domains)).values()) {
    const sids = new Set(alike.flatMap((key) => [...(sidsOf.get(key) ?? [])]));
    if (partsOf(alike[0] ?? "").domain !== undefined && sids.size <= 1) {
      sets.join(alike);
    }
  }
  return sets.all().map((keys) => groupOf(keys, { sidsOf, domains }));
}

function byText(one: AccountTie, other: AccountTie): number {
  return compare(one.userKey, other.userKey) || compare(one.sid, other.sid);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function sidsByKey(ties: readonly AccountTie[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    [...Map.groupBy(ties, ({ userKey }) => userKey)].map(([key, of]) => [key, new Set(of.map(({ sid }) => sid))]),
  );
}

/** The domain part of a SID, which all accounts of one domain share. */
function sidPrefix(sid: string): string | undefined {
  return /^(s-1-5-21-\d+-\d+-\d+)-\d+$/.exec(sid)?.[1];
}

/** By domain: the beginning of the SIDs of its accounts, with one of them as an example. */
type DomainSpellings = ReadonlyMap<string, { readonly prefix: string; readonly example: AccountTie }>;

/** Domains whose accounts all have SIDs with one beginning. */
function domainSpellings(
  single: readonly AccountTie[],
  hostOfDomain: (domain: string) => string | undefined,
): DomainSpellings {
  const known = new Map<string, { prefix: string; example: AccountTie } | "several">();
  for (const tie of single) {
    const { kind, domain } = partsOf(tie.userKey);
    const prefix = sidPrefix(tie.sid);
    if (kind !== "name" || domain === undefined || prefix === undefined || hostOfDomain(domain) !== undefined) {
      continue;
    }
    const before = known.get(domain);
    if (before === undefined) {
      known.set(domain, { prefix, example: tie });
    } else if (before !== "several" && before.prefix !== prefix) {
      known.set(domain, "several");
    }
  }
  return new Map([...known].flatMap(([domain, one]) => (one === "several" ? [] : [[domain, one] as const])));
}

/** The same for all spellings of a name in one domain. */
function placeOf(key: string, domains: DomainSpellings): string {
  const { name, domain } = partsOf(key);
  return domain === undefined ? key : JSON.stringify([domains.get(domain)?.prefix ?? domain, name]);
}

function groupOf(unsorted: readonly string[], { sidsOf, domains }: Pick<Known, "sidsOf" | "domains">): AccountGroup {
  const keys = unsorted.toSorted(compare);
  const shown = keys.reduce((best, key) => (isPlainer(key, best) ? key : best));
  const sids = new Set(keys.flatMap((key) => [...(sidsOf.get(key) ?? [])]));
  const sid = sids.size === 1 ? [...sids][0] : undefined;
  const reasons = new Map(
    keys
      .filter((key) => key !== shown)
      .map((key) => [key, reasonOf(key, { shown, keys, sidsOf, domains, sid })] as const),
  );
  return { shown, keys, sid, reasons };
}

interface Known {
  readonly shown: string;
  readonly keys: readonly string[];
  readonly sidsOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly domains: DomainSpellings;
  readonly sid: string | undefined;
}

/** The most direct reason: the SID, then the domain, then the form of the name. */
function reasonOf(key: string, { shown, keys, sidsOf, domains, sid }: Known): TieReason {
  const tied = (other: string) => sid !== undefined && sidsOf.get(other)?.has(sid) === true;
  const named = [shown, ...keys].filter((other) => other !== key);
  if (key === sid) {
    return { kind: "is-sid", name: named.find(tied) ?? shown };
  }
  const other = tied(key) ? named.find(tied) : undefined;
  if (other !== undefined && sid !== undefined) {
    return { kind: "sid", sid, with: other };
  }
  const { name, domain = "" } = partsOf(key);
  const alike = named.filter((one) => partsOf(one).name === name && partsOf(one).domain !== undefined);
  const renamed = alike.find((one) => partsOf(one).domain === domain);
  const here = domains.get(domain);
  for (const one of renamed === undefined ? alike : []) {
    const there = domains.get(partsOf(one).domain ?? "");
    if (here !== undefined && here.prefix === there?.prefix) {
      const examples = [here.example, there.example] as const;
      return { kind: "domain", prefix: here.prefix, domains: [domain, partsOf(one).domain ?? ""], examples, with: one };
    }
  }
  return { kind: "principal-name", with: renamed ?? shown };
}

/** Names with a domain are plainer than others, and short ones than long ones. */
function isPlainer(key: string, other: string): boolean {
  const rank = (one: string) => (one.includes("\\") ? 0 : partsOf(one).kind === "sid" ? 3 : one.includes("@") ? 1 : 2);
  return (rank(key) - rank(other) || key.length - other.length || compare(key, other)) < 0;
}
