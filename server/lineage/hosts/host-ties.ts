import { firstLabel } from "../aliases.ts";
import type { EvidenceRecord, HostEvidence } from "./evidence.ts";
import { countedRenames, type HostGroup, isFullName } from "./host-groups.ts";

/** Why a name means a host. */
export interface HostTie {
  readonly name: string;
  /** The other name that it is tied to. */
  readonly to: string;
  readonly because:
    | { readonly kind: "short-name" }
    | { readonly kind: "renamed"; readonly from: string; readonly seen?: EvidenceRecord }
    | { readonly kind: "same-id"; readonly id: string; readonly seen?: EvidenceRecord }
    | { readonly kind: "same-entity"; readonly entityId: string; readonly seen?: EvidenceRecord };
}

/** The evidence of each tie between the names of one host, in the order of the names. */
export function hostTies({ names }: HostGroup, evidence: readonly HostEvidence[]): readonly HostTie[] {
  const members = new Set(names);
  const within = evidence.filter(({ name }) => members.has(name));
  const short = names.flatMap((name): readonly HostTie[] => {
    const full = isFullName(name) ? undefined : names.find((one) => isFullName(one) && firstLabel(one) === name);
    return full === undefined ? [] : [{ name, to: full, because: { kind: "short-name" } }];
  });
  const renamed = countedRenames(evidence)
    .filter(({ name }) => members.has(name))
    .map(
      ({ name, value, seen }): HostTie => ({ name: value, to: name, because: { kind: "renamed", from: name, seen } }),
    );
  const entities = within.flatMap((one): readonly HostTie[] =>
    one.kind === "entity"
      ? [{ name: one.name, to: one.value, because: { kind: "same-entity", entityId: one.entityId, seen: one.seen } }]
      : [],
  );
  const ids = [
    ...Map.groupBy(
      within.filter(({ kind }) => kind === "id"),
      ({ value }) => value,
    ),
  ].flatMap(([id, those]) => {
    const [first, ...others] = those.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return first === undefined
      ? []
      : others.map(({ name, seen }): HostTie => ({ name, to: first.name, because: { kind: "same-id", id, seen } }));
  });
  return [...short, ...renamed, ...ids, ...entities].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
