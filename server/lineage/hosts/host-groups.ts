import { canonicalAddress } from "../../event/address.ts";
import { type Aliases, firstLabel } from "../aliases.ts";
import { DisjointSets } from "../disjoint-sets.ts";
import type { HostEvidence } from "./evidence.ts";

/** More hosts than this with one id share an image or a collector, so the id identifies none of them. */
const HOSTS_PER_ID = 2;

/** One host and all of its names, those included that only evidence mentions. */
export interface HostGroup {
  /** The name that the host is shown and stored under: always one that records were written under, if there is any. */
  readonly host: string;
  readonly names: readonly string[];
}

/**
 * Decides which names mean one host, from all names under which records were written and all evidence. A function of
 * the two sets: neither order nor repetition matters. In this order, each step using the ones before:
 *
 * 1. Names under which one process was recorded are one host.
 * 2. A host that was renamed keeps both names; names that were given to two hosts, or taken from two, tie nobody.
 * 3. A short name belongs to the host whose full names begin with it, if there is exactly one. Of two, neither.
 * 4. Two hosts with the id of one machine or agent are one; an id of more than two identifies nobody.
 *
 * See docs/decisions/0049.
 */
export function hostGroups(
  recorded: Iterable<string>,
  evidence: readonly HostEvidence[],
): ReadonlyMap<string, HostGroup> {
  const own = new Set(recorded);
  const renames = countedRenames(evidence);
  const entities = evidence.filter(({ kind }) => kind === "entity");
  const named = [...renames, ...entities].flatMap(({ name, value }) => [name, value]);
  const names = [...new Set([...own, ...named])].sort();
  const sets = new DisjointSets(names);
  for (const { name, value } of [...entities, ...renames]) {
    sets.join([name, value]);
  }
  // Records are read without the dot of the DNS root; stores written before that have names with it.
  for (const name of names.filter((one) => one.endsWith(".") && sets.has(one.slice(0, -1)))) {
    sets.join([name, name.slice(0, -1)]);
  }
  joinShortNames(sets, names);
  for (const [one, other] of sharedIds(sets, evidence)) {
    sets.join([one, other]);
  }
  joinShortNames(sets, names);
  const former = new Set(renames.map(({ name }) => name));
  return new Map(
    sets.all().flatMap((members) => {
      const candidates = members.filter((name) => own.has(name));
      const host = (candidates.length > 0 ? candidates : members).reduce((best, name) =>
        isBetter(name, best, former) ? name : best,
      );
      const group = { host, names: members };
      return members.map((name) => [name, group] as const);
    }),
  );
}

/** Groups as aliases: a name that is not known is a host of its own. */
export function aliasesOf(groups: ReadonlyMap<string, HostGroup>): Aliases {
  return { shown: (name) => groups.get(name)?.host ?? name, all: (name) => groups.get(name)?.names ?? [name] };
}

/** A full name: neither a short one, with or without a dot at its end, nor an address. */
export function isFullName(name: string): boolean {
  const first = firstLabel(name);
  return canonicalAddress(name) === undefined && name !== first && name !== `${first}.`;
}

/** Renames from and to names that no other rename contains in the same place. */
export function countedRenames(evidence: readonly HostEvidence[]): readonly HostEvidence[] {
  const renames = evidence.filter(({ kind, name, value }) => kind === "rename" && name !== value);
  const from = Map.groupBy(renames, ({ name }) => name);
  const to = Map.groupBy(renames, ({ value }) => value);
  const isOne = (group: readonly HostEvidence[] | undefined, part: (one: HostEvidence) => string) =>
    new Set(group?.map(part)).size === 1;
  return renames.filter(
    ({ name, value }) => isOne(from.get(name), (one) => one.value) && isOne(to.get(value), (one) => one.name),
  );
}

function joinShortNames(sets: DisjointSets, names: readonly string[]): void {
  const full = Map.groupBy(names.filter(isFullName), (name) => firstLabel(name));
  const joined = names.flatMap((name) => {
    const hosts = new Set(full.get(name)?.map((one) => sets.find(one)));
    const [only] = hosts;
    return only === undefined || hosts.size > 1 ? [] : [[name, only] as const];
  });
  for (const [name, host] of joined) {
    sets.join([name, host]);
  }
}

/** Pairs of hosts with one id, as the sets are before any of them is joined. */
function sharedIds(sets: DisjointSets, evidence: readonly HostEvidence[]): readonly (readonly [string, string])[] {
  const byId = Map.groupBy(
    evidence.filter(({ kind, name }) => kind === "id" && sets.has(name)),
    ({ value }) => value,
  );
  return [...byId.values()].flatMap((those) => {
    const hosts = [...new Set(those.map(({ name }) => sets.find(name)))];
    const [one, other] = hosts;
    return one === undefined || other === undefined || hosts.length > HOSTS_PER_ID ? [] : [[one, other] as const];
  });
}

/** A host is shown under its current name before a former one, under a full name before a short one. */
function isBetter(name: string, other: string, former: ReadonlySet<string>): boolean {
  const rank = (one: string) => (former.has(firstLabel(one)) ? 2 : 0) + (isFullName(one) ? 0 : 1);
  return rank(name) - rank(other) < 0 || (rank(name) === rank(other) && name < other);
}
