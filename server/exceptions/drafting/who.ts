import type { ExceptionEntry } from "#contracts/exception-entry";
import { textOf } from "../../event/event.ts";
import type { DraftSubject } from "./subject.ts";

/** Who ran an activity, as the values of a field. */
export interface NamedValues {
  readonly field: string;
  readonly values: readonly string[];
  readonly because: string;
}

/**
 * In Security 4688, `user.*` is the creator and `user.effective.*` the account of the new token. The next record may
 * spell the domain in another way, so all that are known are listed.
 */
export function userOf({ fields, alert, account }: DraftSubject): readonly NamedValues[] {
  const userName = alert.user?.name.toLowerCase();
  const prefix = ["user", "user.effective"].find(
    (candidate) => textOf(fields, `${candidate}.name`)?.toLowerCase() === userName && userName !== undefined,
  );
  const name = prefix === undefined ? undefined : textOf(fields, `${prefix}.name`);
  if (prefix === undefined || name === undefined) {
    return [];
  }
  const named: NamedValues = {
    field: `${prefix}.name`,
    values: [name],
    because:
      account?.builtIn === undefined
        ? "The account that runs the workflow."
        : "The account that runs the workflow. Every host has it, so only the host limits the exception.",
  };
  const domain = textOf(fields, `${prefix}.domain`);
  if (domain === undefined) {
    return [named];
  }
  const others = (account?.builtIn === undefined ? (account?.accounts ?? []) : []).flatMap((one) =>
    one.name.toLowerCase() === name.toLowerCase() && one.domain?.toLowerCase() !== domain.toLowerCase()
      ? (one.domain ?? [])
      : [],
  );
  const because = "The domain of the account, because another domain may have an account of the same name.";
  return [
    named,
    {
      field: `${prefix}.domain`,
      values: [domain, ...others],
      because: others.length === 0 ? because : `${because} Records spell it in several ways.`,
    },
  ];
}

/** The next record may be from a log that spells the host in another way, so all of its names are listed. */
export function hostOf({ hostNames }: DraftSubject): readonly NamedValues[] {
  const because = "The only host on which the workflow was confirmed.";
  return hostNames.length === 0
    ? []
    : [
        {
          field: "host.name",
          values: hostNames,
          because: hostNames.length === 1 ? because : `${because} Records name it in several ways.`,
        },
      ];
}

/** The values of several subjects by field, each once; a field that not all of them have is left out. */
export function together(subjects: readonly (readonly NamedValues[])[], because: string): readonly NamedValues[] {
  const [first = [], ...others] = subjects;
  return first.flatMap((one) => {
    const rest = others.map((named) => named.find(({ field }) => field === one.field));
    if (rest.some((named) => named === undefined)) {
      return [];
    }
    const values = new Map(
      [one, ...rest]
        .flatMap((named) => named?.values ?? [])
        .map((value) => [value.toLowerCase(), value] as const)
        .reverse(),
    );
    const isSame = values.size === one.values.length;
    return [isSame ? one : { field: one.field, values: [...values.values()].reverse(), because }];
  });
}

export function namedEntry({ field, values }: NamedValues): ExceptionEntry {
  const [value = ""] = values;
  const common = { field, operator: "included", case: "insensitive" } as const;
  return values.length === 1
    ? { type: "match", value, ...common }
    : { type: "match_any", values: [...values], ...common };
}
