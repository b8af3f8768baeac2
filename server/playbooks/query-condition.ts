import type { Fields, Scalar } from "#contracts/event";
import { and, type Condition, compare, equals, exists, not, or } from "../condition/tree.ts";
import { assertNever } from "../lib/result.ts";
import type { AccountIdentity } from "../lineage/account-identity.ts";
import type { HostIdentity } from "../lineage/hosts/host-identity.ts";
import { type AlertAccounts, completesName, isDomain, noAccounts, searchAccount } from "./alert-accounts.ts";
import { isHostField, searchHost } from "./alert-host.ts";
import type { PlaybookQuery, Provider, QueryGroup } from "./playbook.ts";
import { fillSigma } from "./sigma-search.ts";
import { fillTemplate, templateFields } from "./template.ts";

/** A group of a query with the values of an alert: the condition to run, or what is missing to run it. */
export interface BoundGroup {
  readonly label: string;
  /** The query as an analyst would type it, with values filled in. */
  readonly text: string;
  /** Undefined if the group cannot run. */
  readonly condition?: Condition;
  readonly missing: readonly string[];
  /** Remarks, such as on a field with several values. */
  readonly notes: readonly string[];
  /** The hosts that it is limited to because it looks for an account that every host has. */
  readonly hosts?: readonly string[];
}

/** Who and what the fields of an alert name. */
export interface Identities {
  readonly accounts?: AlertAccounts;
  readonly host?: HostIdentity;
}

/**
 * Binds the groups of a query to the fields of an alert. A group whose templates use a field that the alert lacks
 * cannot run; the others do. Providers are AND-ed; values match exactly unless case-insensitive, and against any
 * element of an array; any value of a template may match. An account is looked for in all of its spellings, and the
 * host of the alert under all of its names.
 */
export function bindQuery(query: PlaybookQuery, fields: Fields, identities: Identities = {}): readonly BoundGroup[] {
  return query.groups.map((group) => bindGroup(group, fields, identities));
}

function bindGroup(group: QueryGroup, fields: Fields, identities: Identities): BoundGroup {
  const bound = group.providers.map((provider) => {
    // A domain alone asks for all of its accounts; beside a name it is a part of a spelling.
    const isPart = group.providers.some(({ field }) => completesName(provider.field, field));
    return bindProvider(provider, fields, identities, isPart);
  });
  const hosts = bound.find((part) => part.hosts !== undefined)?.hosts;
  const missing = [...new Set(bound.flatMap((part) => part.missing))];
  const conditions = bound.flatMap((part) => (part.condition === undefined ? [] : [part.condition]));
  return {
    label: group.label,
    text: bound.map((part) => part.text).join(" and "),
    condition: conditions.length === bound.length ? and(...conditions) : undefined,
    missing,
    notes: [...new Set(bound.flatMap((part) => part.notes))],
    ...(hosts === undefined ? {} : { hosts }),
  };
}

interface BoundProvider {
  readonly text: string;
  readonly condition?: Condition;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly hosts?: readonly string[];
}

function bindProvider(provider: Provider, fields: Fields, identities: Identities, isPart: boolean): BoundProvider {
  const { host } = identities;
  switch (provider.type) {
    case "exists":
      return bound(provider, `${provider.field}: *`, exists(provider.field), []);
    case "phrase":
    case "phrases": {
      const given = provider.type === "phrase" ? [provider.value] : provider.values;
      const filled = fillAll(given, fields);
      if (filled.kind === "unusable") {
        return unusable(provider.field, given, filled);
      }
      const text = filled.values.map(quoted).join(" or ");
      const condition = equals(provider.field, filled.values, { caseInsensitive: provider.caseInsensitive });
      const search = searchIdentity(provider.field, given, filled.values, condition, identities, isPart);
      const whole = bound(
        provider,
        `${provider.field}: ${filled.values.length > 1 ? `(${text})` : text}`,
        search?.condition ?? condition,
        [...filled.notes, ...(search?.notes ?? [])],
      );
      return search?.hosts === undefined || provider.excluded ? whole : { ...whole, hosts: search.hosts };
    }
    case "range": {
      const filled = provider.bounds.map((bound) => ({ bound, values: fillAll([bound.value], fields) }));
      const failed = filled.map((item) => item.values).find((values) => values.kind === "unusable");
      if (failed !== undefined) {
        return unusable(
          provider.field,
          provider.bounds.map((bound) => bound.value),
          failed,
        );
      }
      const parts = filled.flatMap(({ bound, values }) => (values.kind === "filled" ? [{ bound, values }] : []));
      return bound(
        provider,
        parts
          .map((part) => `${provider.field} ${part.bound.operator} ${part.values.values.map(quoted).join(" or ")}`)
          .join(" and "),
        and(
          ...parts.map((part) =>
            or(
              ...part.values.values.map((value) =>
                compare(provider.field, { kind: "order", operator: part.bound.operator, value }),
              ),
            ),
          ),
        ),
        parts.flatMap((part) => part.values.notes),
      );
    }
    case "sigma": {
      const filled = fillSigma(provider.search, fields, host === undefined ? [] : host.names);
      return filled.kind === "filled"
        ? { text: filled.text, condition: filled.condition, missing: [], notes: filled.notes }
        : { text: provider.search.text, missing: filled.missing, notes: filled.notes };
    }
    default:
      return assertNever(provider);
  }
}

function bound(provider: Provider, text: string, condition: Condition, notes: readonly string[]): BoundProvider {
  return {
    text: provider.excluded ? `not ${text}` : text,
    condition: provider.excluded ? not(condition) : condition,
    missing: [],
    notes,
  };
}

/** The search for the account or the host of the alert, if that is what a template stands for. */
function searchIdentity(
  field: string,
  given: readonly Scalar[],
  values: readonly Scalar[],
  condition: Condition,
  { accounts = noAccounts, host }: Identities,
  isPart: boolean,
):
  | { readonly condition: Condition; readonly hosts?: readonly string[]; readonly notes: readonly string[] }
  | undefined {
  const named = given.flatMap((value) => fieldOf(value) ?? []);
  if (host !== undefined && isHostField(field) && named.some(isHostField)) {
    return searchHost(field, condition, values.map(String), host);
  }
  const account = named.map((name): AccountIdentity | undefined => accounts.of(name)).find((one) => one !== undefined);
  return account === undefined || (isDomain(field) && !isPart) ? undefined : searchAccount(field, condition, account);
}

/** The field of the alert that a template stands for by itself. */
function fieldOf(value: Scalar): string | undefined {
  const [name, ...others] = typeof value === "string" ? templateFields(value) : [];
  return others.length > 0 || !/^\{\{\s*\S+\s*\}\}$/.test(String(value)) ? undefined : name;
}

type FilledValues =
  | { readonly kind: "filled"; readonly values: readonly Scalar[]; readonly notes: readonly string[] }
  | { readonly kind: "unusable"; readonly missing: readonly string[]; readonly notes: readonly string[] };

function unusable(field: string, given: readonly Scalar[], filled: FilledValues & { kind: "unusable" }): BoundProvider {
  return { text: `${field}: ${given.map(quoted).join(" or ")}`, missing: filled.missing, notes: filled.notes };
}

function fillAll(given: readonly Scalar[], fields: Fields): FilledValues {
  const values: Scalar[] = [];
  const missing: string[] = [];
  const notes: string[] = [];
  for (const value of given) {
    const filled = typeof value === "string" ? fillTemplate(value, fields) : undefined;
    if (filled === undefined) {
      values.push(value);
    } else if (filled.kind === "filled") {
      values.push(...filled.values);
      notes.push(...filled.multiValued.map((name) => `${name} has several values; any of them matches`));
    } else if (filled.kind === "missing") {
      missing.push(...filled.fields);
    } else {
      missing.push(...filled.fields);
      notes.push(`more than ${filled.limit} combinations of ${filled.fields.join(" and ")} are not searched`);
    }
  }
  return missing.length > 0 ? { kind: "unusable", missing, notes } : { kind: "filled", values, notes };
}

function quoted(value: Scalar): string {
  return typeof value === "string" ? `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : String(value);
}

/** The fields that the templates of a query use. */
export function fieldsNeeded(query: PlaybookQuery): readonly string[] {
  const texts = query.groups.flatMap((group) =>
    group.providers.flatMap((provider) =>
      provider.type === "phrase"
        ? [provider.value]
        : provider.type === "phrases"
          ? provider.values
          : provider.type === "range"
            ? provider.bounds.map((item) => item.value)
            : [],
    ),
  );
  const placed = query.groups.flatMap(({ providers }) =>
    providers.flatMap((one) => (one.type === "sigma" ? Object.values(one.search.placeholders).flat() : [])),
  );
  return [...new Set([...texts.filter((text) => typeof text === "string").flatMap(templateFields), ...placed])];
}
