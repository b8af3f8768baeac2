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
  const { hosts, userKeys, sessionKey, accounts } = query;
  if (hosts === undefined && userKeys === undefined && sessionKey === undefined && accounts === undefined) {
    throw new Error("listing processes needs a host, user or session");
  }
  return (accounts ?? [{ userKeys, hosts }])
    .map((scope) => ({ userKeys: scope.userKeys, hosts: both(scope.hosts, hosts) }))
    .flatMap((scope) =>
      each(scope.hosts).flatMap((host) => each(scope.userKeys).map((userKey) => ({ host, userKey, sessionKey }))),
    );
}

function each(values: readonly string[] | undefined): readonly (string | undefined)[] {
  return values === undefined ? [undefined] : [...new Set(values)];
}

/** Hosts that both lists allow; undefined allows all. */
function both(one: readonly string[] | undefined, other: readonly string[] | undefined): readonly string[] | undefined {
  return one === undefined ? other : other === undefined ? one : one.filter((host) => other.includes(host));
}
