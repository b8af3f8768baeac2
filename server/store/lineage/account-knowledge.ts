import type { AccountKnowledge, AccountResolver } from "../../lineage/account-identity.ts";
import { accountResolver } from "../../lineage/account-identity.ts";
import { hostAliases } from "../../lineage/aliases.ts";
import { memoizeByVersion } from "../memoize.ts";

/** What an adapter reads to resolve accounts. */
export interface StoredAccounts extends Pick<AccountKnowledge, "accounts" | "ties"> {
  readonly hosts: readonly string[];
}

/**
 * Resolves accounts from everything stored about them, and keeps the result until that changes: `version` costs a count
 * of accounts, ties and hosts, none of which are ever deleted.
 */
export function memoizedAccounts(
  version: () => Promise<string>,
  load: () => Promise<StoredAccounts>,
): () => Promise<AccountResolver> {
  const resolver = memoizeByVersion<AccountResolver>(version);
  return () =>
    resolver("", async () => {
      const { accounts, ties, hosts } = await load();
      return accountResolver({ accounts, ties, hosts: { names: hosts, aliases: hostAliases(hosts) } });
    });
}
