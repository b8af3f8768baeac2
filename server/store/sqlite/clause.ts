import type { AccountScope } from "../../lineage/account-identity.ts";
import type { SqlValue } from "./connection.ts";

/** An SQL condition with its parameters. The text never contains a value from outside. */
export interface Clause {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

export const everything: Clause = { sql: "1", parameters: [] };
export const nothing: Clause = { sql: "0", parameters: [] };

/** Longer lists are handed over as one JSON parameter: SQLite has at most 32,766 parameters per statement. */
const MAX_PARAMETERS = 1024;

export function allOf(...clauses: readonly Clause[]): Clause {
  return joined(clauses, "AND", everything);
}

export function anyOf(...clauses: readonly Clause[]): Clause {
  return joined(clauses, "OR", nothing);
}

function joined(clauses: readonly Clause[], operator: "AND" | "OR", empty: Clause): Clause {
  const [first] = clauses;
  if (first === undefined) {
    return empty;
  }
  return clauses.length === 1
    ? first
    : {
        sql: `(${clauses.map((clause) => clause.sql).join(` ${operator} `)})`,
        parameters: clauses.flatMap((clause) => clause.parameters),
      };
}

/** Equality for a filter that may be unset: a list of no clause or one. */
export function equalsIfSet(column: string, value: string | number | undefined): Clause[] {
  return value === undefined ? [] : [{ sql: `${column} = ?`, parameters: [value] }];
}

/** `column` is one of `values`. Lists are padded to a power of two, so that few distinct statements are compiled. */
export function oneOf(column: string, values: readonly (string | number)[]): Clause {
  if (values.length === 0) {
    return nothing;
  }
  if (values.length > MAX_PARAMETERS) {
    const list = values.map((value) => (typeof value === "string" ? value.toWellFormed() : value));
    return { sql: `${column} IN (SELECT value FROM json_each(?))`, parameters: [JSON.stringify(list)] };
  }
  const size = 2 ** Math.ceil(Math.log2(values.length));
  const padded = Array.from({ length: size }, (_, index) => values[Math.min(index, values.length - 1)] ?? "");
  return { sql: `${column} IN (${padded.map(() => "?").join(", ")})`, parameters: padded };
}

/** Rows of an account: of any of the scopes. */
export function inAccounts(scopes: readonly AccountScope[], columns: { readonly user: string; readonly host: string }) {
  return anyOf(
    ...scopes.map(({ userKeys, hosts }) =>
      allOf(oneOf(columns.user, userKeys), ...(hosts === undefined ? [] : [oneOf(columns.host, hosts)])),
    ),
  );
}

/** An inclusive window over a column of epoch milliseconds. */
export function within(column: string, window: { readonly from?: number; readonly to?: number }): Clause {
  const clauses: Clause[] = [];
  if (window.from !== undefined) {
    clauses.push({ sql: `${column} >= ?`, parameters: [window.from] });
  }
  if (window.to !== undefined) {
    clauses.push({ sql: `${column} <= ?`, parameters: [window.to] });
  }
  return allOf(...clauses);
}
