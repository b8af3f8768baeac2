import type { AccountKnowledge, AccountResolver } from "../../lineage/account-identity.ts";
import { accountResolver } from "../../lineage/account-identity.ts";
import { hostAliases } from "../../lineage/aliases.ts";
import { memoizeByVersion } from "../memoize.ts";

/** What an adapter reads to resolve accounts. */
export interface StoredAccounts extends Pick<AccountKnowledge, "accounts" | "ties"> {
  readonly hosts: readonly string[];
}

/**
 * Resolves accounts from everything stored about them, and keeps the result until that changes: the version costs a
 * count of accounts, ties and hosts, none of which are ever deleted. Whoever asks reads it, together with what else it
 * reads.
 */
export function memoizedAccounts(
  load: () => Promise<StoredAccounts>,
): (version: () => Promise<string>) => Promise<AccountResolver> {
  let latest = "";
  const resolver = memoizeByVersion<AccountResolver>(async () => latest);
  return async (version) => {
    latest = await version();
    return resolver("", async () => {
      const { accounts, ties, hosts } = await load();
      return accountResolver({ accounts, ties, hosts: { names: hosts, aliases: hostAliases(hosts) } });
    });
  };
}
