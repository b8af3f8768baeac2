import type { QueueQuery } from "#contracts/queue";
import type { AccountResolver, AccountScope } from "../../lineage/account-identity.ts";
import type { Combination } from "./queue-counts.ts";
import { foldGroups } from "./queue-groups.ts";
import type { AccountGroup, GroupScope, QueueFilterQuery, QueueGroup } from "./queue-rows.ts";

/** The queue by accounts: alerts keep the account as it was recorded, in whatever spelling. */

/** A query whose user filter covers all spellings. A key that no record has is searched for as it is. */
export function withScopes(query: QueueQuery, accounts: AccountResolver): QueueFilterQuery {
  const scopes = query.user.flatMap((key) => accounts.find(key)?.scopes ?? [{ userKeys: [key] }]);
  return { ...query, accounts: query.user.length === 0 ? undefined : scopes };
}

/** Combinations with the account in place of its spelling. */
export function byAccount(all: readonly Combination[], accounts: AccountResolver): readonly Combination[] {
  return all.map((one) => {
    const { user, host, userLabel } = one;
    const key = user === undefined ? undefined : accounts.keyOf(user, host);
    return key === user ? one : { ...one, user: key, userLabel: key === undefined ? userLabel : accounts.labelOf(key) };
  });
}

/** The filter by account in terms of `byAccount`: one that every host has may be given for all hosts. */
export function accountFilter(
  query: QueueQuery,
  scopes: readonly AccountScope[] | undefined,
  all: readonly Combination[],
  accounts: AccountResolver,
): QueueQuery {
  const wanted = all.flatMap(({ user, host }) =>
    user !== undefined && scopes?.some((scope) => isIn(scope, user, host)) ? [accounts.keyOf(user, host)] : [],
  );
  return { ...query, user: [...new Set([...query.user, ...wanted])] };
}

function isIn({ userKeys, hosts }: AccountScope, userKey: string, host: string): boolean {
  return userKeys.includes(userKey) && (hosts === undefined || hosts.includes(host));
}

/** Groups of one account each, in the order of the queue. Alerts without an account are one group. */
export function groupsByAccount(rows: readonly AccountGroup[], accounts: AccountResolver): readonly QueueGroup[] {
  return foldGroups(rows, ({ user, host }) => (user === undefined ? "" : accounts.keyOf(user, host)));
}

export function scopeOfAccount(key: string, accounts: AccountResolver): GroupScope {
  return key === ""
    ? { kind: "nobody" }
    : { kind: "account", scopes: accounts.find(key)?.scopes ?? [{ userKeys: [key] }] };
}
