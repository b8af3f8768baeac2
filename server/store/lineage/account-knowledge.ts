import type { AccountKnowledge, AccountResolver } from "../../lineage/account-identity.ts";
import { accountResolver } from "../../lineage/account-identity.ts";
import type { KnownHosts } from "../../lineage/hosts/evidence.ts";
import { aliasesOf, hostGroups } from "../../lineage/hosts/host-groups.ts";
import { memoizeByVersion } from "../memoize.ts";

/** What an adapter reads to resolve accounts. */
export interface StoredAccounts extends Pick<AccountKnowledge, "accounts" | "ties"> {
  /** Hosts with processes or logons, each under one of its names. */
  readonly hosts: readonly string[];
  readonly known: KnownHosts;
}

/**
 * Resolves accounts from everything stored about them, and keeps the result until that changes: the version costs a
 * count of accounts, ties, hosts, their names and the evidence about them, none of which are ever deleted. Whoever asks
 * reads it, together with what else it reads.
 */
export function memoizedAccounts(
  load: () => Promise<StoredAccounts>,
): (version: () => Promise<string>) => Promise<AccountResolver> {
  let latest = "";
  const resolver = memoizeByVersion<AccountResolver>(async () => latest);
  return async (version) => {
    latest = await version();
    return resolver("", async () => {
      const { accounts, ties, hosts, known } = await load();
      const every = [...new Set([...known.names.keys(), ...hosts])];
      const aliases = aliasesOf(hostGroups(every, known.evidence));
      const names = [...new Set(hosts.flatMap((host) => aliases.all(host)))];
      return accountResolver({ accounts, ties, hosts: { names, every, aliases } });
    });
  };
}
