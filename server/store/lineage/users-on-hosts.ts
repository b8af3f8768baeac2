import type { Account } from "#contracts/account";
import type { UserOnHost, UserSummary } from "./port.ts";

type Of<T> = T & { readonly key: string; readonly host: string };

/** Where each account ran processes and logged on, by its key. */
export function usersOnHosts(
  processes: readonly Of<Pick<UserOnHost, "processes">>[],
  logons: readonly Of<Pick<UserOnHost, "logons" | "failedLogons" | "lastLogon">>[],
): ReadonlyMap<string, readonly UserOnHost[]> {
  const users = new Map<string, Map<string, UserOnHost>>();
  const add = ({ key, host, ...counts }: Of<Partial<UserOnHost>>) => {
    const hosts = users.get(key) ?? new Map<string, UserOnHost>();
    users.set(key, hosts);
    hosts.set(host, { processes: 0, logons: 0, failedLogons: 0, ...hosts.get(host), ...counts, host });
  };
  processes.forEach(add);
  logons.forEach(add);
  return new Map(
    [...users].map(([key, hosts]) => [key, [...hosts.values()].toSorted((a, b) => (a.host < b.host ? -1 : 1))]),
  );
}

/** A list of no account where there are only processes that turned out to be of another one. */
export function userSummary(
  key: string,
  account: Account,
  on: readonly UserOnHost[] = [],
  lastProcess: number | undefined,
): readonly UserSummary[] {
  const logons = on.flatMap(({ lastLogon }) => lastLogon ?? []);
  const last = lastProcess ?? (logons.length === 0 ? undefined : Math.max(...logons));
  return on.length === 0 ? [] : [{ key, account, on, ...(last === undefined ? {} : { last }) }];
}
