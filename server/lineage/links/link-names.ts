import type { Account } from "#contracts/account";
import { userKeyOf } from "../account.ts";
import type { AccountResolver } from "../account-identity.ts";
import { type Aliases, firstLabel } from "../aliases.ts";
import { builtInRole } from "../built-in-accounts.ts";

/** What is read to decide which names belong to one host or one account. */
export interface NameSource {
  /** All host names with one of these first labels. */
  hostsLabelled(labels: readonly string[]): Promise<readonly string[]>;
  accounts(): Promise<AccountResolver>;
}

/** Names of hosts and accounts, kept while one request is answered. */
export interface LinkNames {
  readonly hosts: HostNames;
  /** Every name of a host, such as a former one. */
  namesOf(host: string): Promise<readonly string[]>;
  /** Every key of an account. */
  keysOf(user: Account): Promise<readonly string[]>;
}

/** Which names belong to one host, and which hosts these names can mean. */
export type HostNames = (
  names: readonly (string | undefined)[],
) => Promise<Aliases & { named(name: string | undefined): readonly string[] }>;

/** Reads the host names that share a first label with those asked about, each label once: an estate has very many. */
export function hostNames(source: NameSource): HostNames {
  const pending = new Map<string, Promise<readonly string[]>>();
  const labelled = (label: string) => {
    const found = pending.get(label) ?? hostsKnownAs(source, label);
    pending.set(label, found);
    return found;
  };
  return async (names) => {
    const labels = [...new Set(names.flatMap((name) => firstLabel(name) ?? []))];
    const found = await Promise.all(labels.map(labelled));
    const byLabel = new Map(labels.map((label, index) => [label, found[index] ?? []]));
    const { shown, all } = [...byLabel.values()].some(({ length }) => length > 1)
      ? (await source.accounts()).hosts
      : eachItsOwn;
    return { shown, all, named: (name) => hostsNamed(byLabel, name) };
  };
}

/** Where no two stored hosts share a first label, nothing has to be decided. */
const eachItsOwn: Aliases = { shown: (name) => name, all: (name) => [name] };

/** Hosts with a first label, or else the host that has it in another name, such as a former one. */
async function hostsKnownAs(source: NameSource, label: string): Promise<readonly string[]> {
  const stored = await source.hostsLabelled([label]);
  if (stored.length > 0) {
    return stored;
  }
  const host = (await source.accounts()).hosts.shown(label);
  return firstLabel(host) === label ? [] : [host];
}

/** Hosts that a name in a record can mean: the host of that full name, else all hosts with its first label. */
function hostsNamed(byLabel: ReadonlyMap<string, readonly string[]>, name: string | undefined): readonly string[] {
  const label = firstLabel(name);
  const found = label === undefined ? [] : (byLabel.get(label) ?? []);
  const full = name?.toLowerCase().replace(/^\\\\/, "");
  return full !== undefined && found.includes(full) ? [full] : found;
}

/**
 * Every key under which sessions of the account of a logon are stored: its own spellings, and accounts that its record
 * may mean. An account that every host has is never looked for on another one.
 */
export function keysOfAccount(accounts: AccountResolver, user: Account): readonly string[] {
  const own = accounts.find(userKeyOf(user));
  const alike = accounts.named(user.name).filter(({ account }) => isSameAccount(account, user));
  return [
    ...new Set(
      [...(own === undefined ? [] : [own]), ...alike]
        .filter(({ builtIn }) => builtIn === undefined)
        .flatMap(({ spellings }) => spellings),
    ),
  ];
}

/**
 * Whether two records near each other in time may mean one account: compares SIDs if both have one, else names and
 * domains (`CORP` may be `corp.example`). Nobody is the same as anybody.
 */
export function isSameAccount(one: Account | undefined, other: Account | undefined): boolean {
  if (one === undefined || other === undefined || isNobody(one) || isNobody(other)) {
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

/** Whether an account says nothing about who acted from another host: built-in, or that of a computer. */
export function isNobody(account: Account): boolean {
  return account.name.endsWith("$") || builtInRole(userKeyOf(account), account.id?.toLowerCase()) !== undefined;
}
