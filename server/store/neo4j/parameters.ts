import type { AccountScope } from "../../lineage/account-identity.ts";
import type { Parameter } from "./driver-value.ts";
import { indexed } from "./indexed.ts";

/** Collects the parameters of one query. The text of a query never contains a value. */
export class QueryParameters {
  readonly #prefix: string;
  readonly #values: Record<string, Parameter> = {};
  #count = 0;

  constructor(prefix = "$") {
    this.#prefix = prefix;
  }

  /** Adds a value and returns its name for the query, including the prefix. */
  add(value: Parameter): string {
    const name = `v${this.#count}`;
    this.#count += 1;
    this.#values[name] = value;
    return `${this.#prefix}${name}`;
  }

  get all(): Readonly<Record<string, Parameter>> {
    return this.#values;
  }
}

/**
 * A number of rows as the text of a query has it, at least `limit`: the next power of two. Every other text would be
 * planned anew, which takes longer than reading some rows more. Whoever uses it drops the rows beyond the limit.
 */
export function roundedLimit(limit: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, Math.trunc(limit))));
}

/** Whether an expression equals one of the values. */
export function isOneOf(expression: string, wanted: readonly (string | number)[], parameters: QueryParameters): string {
  const [only, second] = wanted;
  return second === undefined && only !== undefined
    ? `${expression} = ${parameters.add(only)}`
    : `${expression} IN ${parameters.add(wanted)}`;
}

/** Whether a node with a user key and a host is of an account: in any of the scopes. */
export function inAccounts(
  scopes: readonly AccountScope[],
  properties: { readonly user: string; readonly host: string },
  parameters: QueryParameters,
): string {
  const each = scopes.map(({ userKeys, hosts }) => {
    const of = isOneOf(properties.user, userKeys.map(indexed), parameters);
    return hosts === undefined ? of : `(${of} AND ${isOneOf(properties.host, hosts.map(indexed), parameters)})`;
  });
  return each.length === 0 ? "false" : `(${each.join(" OR ")})`;
}

/** An inclusive window over an expression in epoch milliseconds. */
export function within(
  expression: string,
  window: { readonly from?: number; readonly to?: number },
  parameters: QueryParameters,
): string {
  const from = window.from === undefined ? [] : [`${expression} >= ${parameters.add(window.from)}`];
  const to = window.to === undefined ? [] : [`${expression} <= ${parameters.add(window.to)}`];
  return [...from, ...to].join(" AND ") || "true";
}
