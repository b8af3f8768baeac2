import { type Condition, equals, or } from "../condition/tree.ts";
import type { HostIdentity } from "../lineage/hosts/host-identity.ts";

/** Fields that name the host of a record. */
const HOST_FIELDS: readonly string[] = ["host.name", "host.hostname", "host.id", "winlog.computer_name"];

export function isHostField(field: string): boolean {
  return HOST_FIELDS.includes(field);
}

/** What a search for the host of an alert finds in place of one of its names. */
export interface HostSearch {
  readonly condition: Condition;
  readonly notes: readonly string[];
}

/**
 * A search for the host of an alert by one of its names or ids, extended to all of them. Logs that have no id of a
 * machine are given one that is the name, so names are looked for in ids, too. Undefined: there is nothing to add.
 */
export function searchHost(
  field: string,
  given: Condition,
  values: readonly string[],
  host: HostIdentity,
): HostSearch | undefined {
  const { names, ids } = host;
  const known = new Set(values.map((value) => value.toLowerCase()));
  const others = [...(names.length > 1 ? names : []), ...(field === "host.id" ? ids : [])].filter(
    (one) => !known.has(one),
  );
  if (others.length === 0) {
    return undefined;
  }
  const anyCase = { caseInsensitive: true };
  const byName = equals("host.name", [...new Set([...known, ...names])], anyCase);
  return {
    condition: field === "host.name" ? byName : or(given, equals(field, [...known, ...others], anyCase), byName),
    notes: [`${field} is searched under every name of ${host.host}: ${others.join(", ")}`],
  };
}
