import type { ProcessQuery } from "./port.ts";

/**
 * One combination of the host, account and session of a query. Stores read each scope along one index and merge the
 * lists.
 */
export interface ProcessScope {
  readonly host: string | undefined;
  readonly userKey: string | undefined;
  readonly sessionKey: string | undefined;
}

/** One scope per host and account of a query. No process is in two of them. */
export function processScopes(query: ProcessQuery): readonly ProcessScope[] {
  const { hosts, userKeys, sessionKey } = query;
  if (hosts === undefined && userKeys === undefined && sessionKey === undefined) {
    throw new Error("listing processes needs a host, user or session");
  }
  const each = (values: readonly string[] | undefined): readonly (string | undefined)[] =>
    values === undefined ? [undefined] : [...new Set(values)];
  return each(hosts).flatMap((host) => each(userKeys).map((userKey) => ({ host, userKey, sessionKey })));
}
