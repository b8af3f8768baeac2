import { firstLabel } from "../aliases.ts";
import type { EvidenceRecord, HostEvidence } from "./evidence.ts";
import { countedRenames, type HostGroup, isFullName } from "./host-groups.ts";

/** Why two names mean one host. */
export interface HostTie {
  readonly name: string;
  /** The other name that it is tied to. */
  readonly to: string;
  readonly because: /** `name` is the short name of `to`. */
    | { readonly kind: "short-name" }
    /** The host was renamed from `to` to `name`. */
    | { readonly kind: "renamed" }
    | { readonly kind: "same-id"; readonly id: string }
    | { readonly kind: "same-entity"; readonly entityId: string };
  /** The records that say so. */
  readonly records: readonly EvidenceRecord[];
}

/** The evidence of each tie between the names of one host, in the order of the names. */
export function hostTies(group: HostGroup, evidence: readonly HostEvidence[]): readonly HostTie[] {
  const members = new Set(group.names);
  const short = group.names.flatMap((name): readonly HostTie[] => {
    const full = isFullName(name) ? [] : group.names.filter((one) => isFullName(one) && firstLabel(one) === name);
    return full.map((to) => ({ name, to, because: { kind: "short-name" }, records: [] }));
  });
  const renamed = countedRenames(evidence)
    .filter(({ name }) => members.has(name))
    .map(
      ({ name, value, seen }): HostTie => ({
        name: value,
        to: name,
        because: { kind: "renamed" },
        records: recordsIn(seen),
      }),
    );
  const entities = evidence.flatMap((one): readonly HostTie[] =>
    one.kind === "entity" && members.has(one.name)
      ? [
          {
            name: one.name,
            to: one.value,
            because: { kind: "same-entity", entityId: one.entityId },
            records: recordsIn(one.seen),
          },
        ]
      : [],
  );
  return [...short, ...renamed, ...idTies(group, evidence), ...entities].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
}

/** Each name with the id of a machine is tied to one of them, to the shown one if it has the id. */
function idTies({ host, names }: HostGroup, evidence: readonly HostEvidence[]): readonly HostTie[] {
  const members = new Set(names);
  const byId = Map.groupBy(
    evidence.filter(({ kind }) => kind === "id"),
    ({ value }) => value,
  );
  return [...byId].flatMap(([id, those]) => {
    const rank = ({ name }: HostEvidence) => (name === host ? "" : name);
    const [first, ...others] = those.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
    // An id that other hosts have too identifies nobody.
    return first === undefined || !those.every(({ name }) => members.has(name))
      ? []
      : others.map(
          ({ name, seen }): HostTie => ({
            name,
            to: first.name,
            because: { kind: "same-id", id },
            records: [...recordsIn(seen), ...recordsIn(first.seen)],
          }),
        );
  });
}

function recordsIn(seen: EvidenceRecord | undefined): readonly EvidenceRecord[] {
  return seen === undefined ? [] : [seen];
}
