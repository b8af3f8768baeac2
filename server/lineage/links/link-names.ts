import type { Account } from "#contracts/account";
import type { AccountTie } from "../account.ts";
import { type Aliases, accountAliases, firstLabel, hostAliases } from "../aliases.ts";

/** What is read to decide which names belong to one host or one account. */
export interface NameSource {
  /** All host names with one of these first labels. */
  hostsLabelled(labels: readonly string[]): Promise<readonly string[]>;
  users(): Promise<readonly { readonly key: string; readonly account: Account }[]>;
  accountTies(): Promise<readonly AccountTie[]>;
}

/** Names of hosts and accounts, kept while one request is answered. */
export interface LinkNames {
  readonly hosts: HostNames;
  /** Every key of an account. */
  keysOf(user: Account): Promise<readonly string[]>;
}

/** Decides which names belong to one host, for these names; only names with the same first label matter. */
export type HostNames = (
  names: readonly (string | undefined)[],
) => Promise<Aliases & { named(name: string | undefined): readonly string[] }>;

/** Reads the host names that share a first label with those asked about, each label once: an estate has very many. */
export function hostNames(source: NameSource): HostNames {
  const pending = new Map<string, Promise<readonly string[]>>();
  const labelled = (label: string) => {
    const found = pending.get(label) ?? source.hostsLabelled([label]);
    pending.set(label, found);
    return found;
  };
  return async (names) => {
    const labels = [...new Set(names.flatMap((name) => firstLabel(name) ?? []))];
    const found = await Promise.all(labels.map(labelled));
    const byLabel = new Map(labels.map((label, index) => [label, found[index] ?? []]));
    return { ...hostAliases(found.flat()), named: (name) => hostsNamed(byLabel, name) };
  };
}

/** Hosts that a name in a record can mean: the host of that full name, else all hosts with its first label. */
function hostsNamed(byLabel: ReadonlyMap<string, readonly string[]>, name: string | undefined): readonly string[] {
  const label = firstLabel(name);
  const found = label === undefined ? [] : (byLabel.get(label) ?? []);
  const full = name?.toLowerCase().replace(/^\\\\/, "");
  return full !== undefined && found.includes(full) ? [full] : found;
}

export interface AccountNames {
  readonly accounts: readonly { readonly key: string; readonly account: Account }[];
  readonly aliases: Aliases;
}

export async function accountNames(source: NameSource): Promise<AccountNames> {
  const [accounts, ties] = await Promise.all([source.users(), source.accountTies()]);
  return { accounts, aliases: accountAliases(ties) };
}

/** Every key of the account of a logon: records contain the short or the full name of its domain. */
export function keysOfAccount({ accounts, aliases }: AccountNames, user: Account): readonly string[] {
  const same = accounts.filter(({ account }) => isSameAccount(account, user)).map(({ key }) => key);
  return [...new Set(same.flatMap((key) => aliases.all(key)))];
}

/** Compares SIDs if both accounts have one, else names and domains (`CORP` is `corp.example`). */
export function isSameAccount(one: Account | undefined, other: Account | undefined): boolean {
  if (one === undefined || other === undefined) {
    return false;
  }
  if (one.id !== undefined && other.id !== undefined) {
    return one.id.toLowerCase() === other.id.toLowerCase();
  }
  return (
    one.name.toLowerCase() === other.name.toLowerCase() &&
    (one.domain === undefined || other.domain === undefined || firstLabel(one.domain) === firstLabel(other.domain))
  );
}
