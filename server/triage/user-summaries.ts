import type { Page, PageRequest } from "#contracts/page";
import type { UserSummary } from "#contracts/pivot";
import { sortedPage } from "../lib/cursor.ts";
import type { AccountIdentity, AccountResolver } from "../lineage/account-identity.ts";
import type { StoreReader } from "../store/port.ts";
import { latestOf } from "./pivot-lists.ts";

/** What is recorded of an account under one of its names on one host. */
interface Recorded {
  readonly userKey: string;
  readonly host: string;
  readonly processes: number;
  readonly logons: number;
  readonly failedLogons: number;
  readonly last: number | undefined;
}

/** An account as lists show it, with its figures by host. */
export type KnownUser = UserSummary & { readonly on: readonly Omit<Recorded, "userKey" | "last">[] };

/** The account without its figures by host. */
export function listedUser({ on: _, ...user }: KnownUser): UserSummary {
  return user;
}

/** A page of the accounts, those with the highest risk first. */
export async function userListOf(store: StoreReader, page: PageRequest): Promise<Page<UserSummary>> {
  const keyOf = ({ risk, key }: UserSummary) => [risk, key] as const;
  const accounts = store.lineage.accounts();
  const all = await userSummaries(store, accounts);
  const found = sortedPage(all.map(listedUser), page, { types: ["number", "string"], keyOf, directions: [-1] });
  return {
    ...found,
    items: await Promise.all(found.items.map(async (user) => withLastProcess(store, await accounts, user))),
  };
}

/**
 * When an account that every host has ran its latest process: known only per process, because there are as many such
 * accounts as hosts.
 */
async function withLastProcess(store: StoreReader, accounts: AccountResolver, user: UserSummary): Promise<UserSummary> {
  const identity = user.builtIn === undefined || user.processes === 0 ? undefined : accounts.find(user.key);
  const latest =
    identity === undefined ? undefined : await store.lineage.processesIn({ accounts: identity.scopes, limit: 1 });
  const lastSeen = latestOf([latest?.items[0]?.start, user.lastSeen]);
  return lastSeen === undefined ? user : { ...user, lastSeen };
}

/**
 * All accounts, those with the highest risk first: whoever ran a process, logged on or failed to. Names of one account
 * are one; accounts that every host has are one per host. See docs/decisions/0050.
 */
export async function userSummaries(
  store: StoreReader,
  known: Promise<AccountResolver> = store.lineage.accounts(),
): Promise<readonly KnownUser[]> {
  const [users, accounts, figures] = await Promise.all([store.lineage.users(), known, store.alerts.figuresByUser()]);
  const alerts = Map.groupBy(figures, ({ key, host }) => accounts.keyOf(key, host));
  const recorded = users.flatMap(({ key: userKey, on, last }) =>
    on.map(({ lastLogon, ...one }): Recorded & { readonly lastLogon?: number } => ({
      ...one,
      userKey,
      last,
      lastLogon,
    })),
  );
  return [...Map.groupBy(recorded, ({ userKey, host }) => accounts.keyOf(userKey, host))]
    .map(([key, parts]) => {
      const identity = accounts.find(key);
      const times = parts.flatMap((part) => (identity?.builtIn === undefined ? part.last : part.lastLogon) ?? []);
      const of = alerts.get(key) ?? [];
      return {
        ...described(key, identity, parts),
        on: parts,
        hosts: [...new Set(parts.map(({ host }) => accounts.hosts.shown(host)))].sort(),
        processes: sum(parts.map(({ processes }) => processes)),
        successfulLogons: sum(parts.map(({ logons }) => logons)),
        failedLogons: sum(parts.map(({ failedLogons }) => failedLogons)),
        alerts: sum(of.map((one) => one.alerts)),
        openAlerts: sum(of.map(({ openAlerts }) => openAlerts)),
        risk: sum(of.map(({ risk }) => risk)),
        lastSeen: times.length === 0 ? undefined : new Date(Math.max(...times)).toISOString(),
      };
    })
    .toSorted((a, b) => b.risk - a.risk || (a.key < b.key ? -1 : 1));
}

function described(
  key: string,
  identity: AccountIdentity | undefined,
  parts: readonly Recorded[],
): Pick<UserSummary, "key" | "account" | "alsoKnownAs" | "builtIn"> {
  if (identity === undefined) {
    return { key, account: { name: key } };
  }
  const { account, builtIn, spellings } = identity;
  // Of the names that an account has on some hosts, only those on this one.
  const names = builtIn === undefined ? spellings : [...new Set(parts.map(({ userKey }) => userKey))].toSorted();
  const others = names.filter((name) => name !== key && !key.startsWith(`${name}@`));
  return {
    key,
    account,
    ...(builtIn === undefined ? {} : { builtIn }),
    ...(others.length === 0 ? {} : { alsoKnownAs: others }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
