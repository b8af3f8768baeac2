import type { Account } from "#contracts/account";
import type { AccountTie } from "./account.ts";
import { type AccountGroup, accountGroups, type TieReason } from "./account-groups.ts";
import { type Aliases, firstLabel } from "./aliases.ts";
import { builtInReason, builtInRole, isPersonalSid, partsOf, SYSTEM_ROLE } from "./built-in-accounts.ts";

/** What is known about accounts and hosts, in any order. */
export interface AccountKnowledge {
  readonly accounts: readonly { readonly key: string; readonly account: Account }[];
  readonly ties: readonly AccountTie[];
  /** The names of hosts with processes or logons, those of all hosts (default: the same), and which are one host. */
  readonly hosts: { readonly names: readonly string[]; readonly every?: readonly string[]; readonly aliases: Aliases };
}

/** Stored user keys that belong to an account: on any host, or only on these. */
export interface AccountScope {
  readonly userKeys: readonly string[];
  readonly hosts?: readonly string[];
}

export interface AccountIdentity {
  /** `domain\name`; for an account that every host has, followed by `@` and the host. */
  readonly key: string;
  readonly account: Account;
  /** Every record of the account is in one of these, and no record of another one. */
  readonly scopes: readonly AccountScope[];
  /** All spellings, and the SID, in alphabetical order. */
  readonly spellings: readonly string[];
  /** The spellings as they were recorded. */
  readonly accounts: readonly Account[];
  /** By spelling, those left out that need no reason. */
  readonly reasons: ReadonlyMap<string, TieReason>;
  /** Set for an account that every host has, or that is a host on the network. Undefined in `host`: on all hosts. */
  readonly builtIn?: { readonly host: string | undefined; readonly why: string };
}

/** Decides which recorded names are one account: the only place that does. See docs/decisions/0050. */
export interface AccountResolver {
  /** The names of hosts that it goes by. */
  readonly hosts: Aliases;
  /** The key of the account that a record on a host names. */
  keyOf(userKey: string, host: string): string;
  /**
   * The account with a key: that of an account, any spelling of it, its SID or its user principal name, in any case.
   * Undefined: no record names it. An account that every host has needs its host, else it is that of all hosts.
   */
  find(key: string): AccountIdentity | undefined;
  /** All accounts whose name, without its domain, is this one. */
  named(name: string): readonly AccountIdentity[];
  /** All accounts, each once, in the order of their keys; one that every host has without a host. */
  all(): readonly AccountIdentity[];
  /** All names of hosts that records name, in lower case. */
  readonly hostNames: readonly string[];
  /** Whether records name an account in this spelling. */
  isRecorded(userKey: string): boolean;
  /** The name under which a recorded account is shown, without a host; undefined for one that is not known. */
  nameOf(userKey: string): string | undefined;
  /** The account as it is shown; for one that every host has, with its host. */
  labelOf(key: string): string;
}

/** Separates an account that every host has from its host. */
const AT = "@";

/** Everything is worked out from the whole knowledge, so that the order in which it arrived does not matter. */
export function accountResolver({ accounts, ties, hosts }: AccountKnowledge): AccountResolver {
  const recorded = new Map(
    accounts.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, account }) => [key, account] as const),
  );
  const hostsByLabel = new Map(
    [...Map.groupBy(hosts.names, firstLabel)].map(
      ([label, names]) => [label, [...new Set(names.map((name) => hosts.aliases.shown(name)))].sort()] as const,
    ),
  );
  const hostOfDomain = (domain: string) => hostsByLabel.get(domain)?.[0];
  const roles = rolesOf([...recorded.keys(), ...ties.map(({ userKey }) => userKey)], ties);
  const computers = computersOf(recorded.keys(), hostsByLabel);
  const personal = (key: string) => !roles.has(key) && !computers.has(key);
  const groups = new Map(
    accountGroups(
      [...recorded.keys()].filter(personal),
      ties.filter(({ userKey }) => personal(userKey)),
      hostOfDomain,
    ).flatMap((group) => group.keys.map((key) => [key, group] as const)),
  );
  const keysOfRole = Map.groupBy(roles.keys(), (key) => roles.get(key) ?? key);
  const keysOfHost = Map.groupBy(computers.keys(), (key) => computers.get(key) ?? key);
  const computersBySid = new Map(
    ties.flatMap(({ userKey, sid }) => {
      const computer = isPersonalSid(sid) ? computers.get(userKey) : undefined;
      return computer === undefined ? [] : [[sid, computer] as const];
    }),
  );

  let every: readonly AccountIdentity[] | undefined;
  let keysByName: ReadonlyMap<string, readonly string[]> | undefined;

  const roleOf = (key: string) => roles.get(key) ?? builtInRole(key);
  const shownHost = (host: string) => hosts.aliases.shown(host.toLowerCase());
  const keyOf = (userKey: string, host: string): string => {
    const computer = computers.get(userKey) ?? computersBySid.get(userKey);
    if (computer !== undefined) {
      return `${SYSTEM_ROLE}${AT}${computer}`;
    }
    const role = roleOf(userKey);
    return role === undefined ? (groups.get(userKey)?.shown ?? userKey) : `${role}${AT}${shownHost(host)}`;
  };

  const builtIn = (role: string, host: string | undefined): AccountIdentity => {
    const ofRole = keysOfRole.get(role) ?? [];
    const networkNames = role === SYSTEM_ROLE && host !== undefined ? (keysOfHost.get(host) ?? []) : [];
    const spelled = ofRole.length === 0 ? [role] : ofRole;
    return {
      key: host === undefined ? role : `${role}${AT}${host}`,
      account: recorded.get(role) ?? accountOfKey(role),
      scopes: [
        { userKeys: spelled, ...(host === undefined ? {} : { hosts: hosts.aliases.all(host) }) },
        ...(networkNames.length === 0 ? [] : [{ userKeys: networkNames }]),
      ],
      spellings: [...spelled, ...networkNames].toSorted(),
      accounts: [...spelled, ...networkNames].toSorted().map((key) => recorded.get(key) ?? accountOfKey(key)),
      reasons: new Map(),
      builtIn: { host, why: builtInReason(role) },
    };
  };
  const find = (given: string): AccountIdentity | undefined => {
    const key = given.toLowerCase();
    const group = groups.get(key);
    if (group !== undefined) {
      return identityOf(group, recorded);
    }
    const computer = computers.get(key) ?? computersBySid.get(key);
    if (computer !== undefined) {
      return builtIn(SYSTEM_ROLE, computer);
    }
    const at = key.lastIndexOf(AT);
    const atHost = at < 0 ? undefined : roleOf(key.slice(0, at));
    if (atHost !== undefined) {
      return builtIn(atHost, shownHost(key.slice(at + 1)));
    }
    const role = roleOf(key);
    if (role !== undefined) {
      return keysOfRole.has(role) ? builtIn(role, undefined) : undefined;
    }
    const { kind, name, domain } = partsOf(key);
    const plain = kind === "upn" ? groups.get(`${domain}\\${name}`) : undefined;
    return plain === undefined ? undefined : identityOf(plain, recorded);
  };
  return {
    hosts: hosts.aliases,
    keyOf,
    find,
    named(name) {
      keysByName ??= Map.groupBy(recorded.keys(), (key) => partsOf(key).name);
      const found = (keysByName.get(name.toLowerCase()) ?? []).flatMap((key) => find(key) ?? []);
      return [...new Map(found.map((one) => [one.key, one])).values()];
    },
    all() {
      every ??= [
        ...new Map([...recorded.keys()].flatMap((key) => find(key) ?? []).map((one) => [one.key, one])).values(),
      ].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      return every;
    },
    hostNames: hosts.every ?? hosts.names,
    isRecorded: (userKey) => recorded.has(userKey),
    nameOf(userKey) {
      const shown = computers.has(userKey) ? userKey : (roleOf(userKey) ?? groups.get(userKey)?.shown ?? userKey);
      const account = recorded.get(shown) ?? recorded.get(userKey);
      return account === undefined ? undefined : accountText(account);
    },
    labelOf(key) {
      const at = key.lastIndexOf(AT);
      const role = at < 0 ? undefined : roleOf(key.slice(0, at));
      return role === undefined
        ? accountText(recorded.get(key) ?? accountOfKey(key))
        : `${accountText(recorded.get(role) ?? accountOfKey(role))} on ${key.slice(at + 1)}`;
    },
  };
}

function identityOf({ shown, keys, sid, reasons }: AccountGroup, recorded: ReadonlyMap<string, Account>) {
  const { id: first, ...named } = recorded.get(shown) ?? accountOfKey(shown);
  // The SID of a person beside a name that has not this one only: records gave the name several, so it has none.
  const isOneOfSeveral = named.name !== "" && first !== undefined && isPersonalSid(first);
  const id = sid ?? (isOneOfSeveral ? undefined : first);
  return {
    key: shown,
    account: { ...named, ...(id === undefined ? {} : { id: id.toUpperCase() }) },
    scopes: [{ userKeys: keys }],
    spellings: keys,
    accounts: keys.map((key) => recorded.get(key) ?? accountOfKey(key)),
    reasons,
  };
}

/** Accounts that every host has, by key. A key that records also gave the SID of a person is none. */
function rolesOf(keys: Iterable<string>, ties: readonly AccountTie[]): ReadonlyMap<string, string> {
  const persons = new Set(ties.filter(({ sid }) => isPersonalSid(sid)).map(({ userKey }) => userKey));
  const wellKnown = new Map<string, string>();
  for (const { userKey, sid } of ties.filter((tie) => !isPersonalSid(tie.sid))) {
    const before = wellKnown.get(userKey);
    wellKnown.set(userKey, before === undefined || sid < before ? sid : before);
  }
  const roles = new Map<string, string>();
  for (const key of [...new Set(keys)].toSorted()) {
    const role = persons.has(key) ? undefined : builtInRole(key, wellKnown.get(key));
    if (role !== undefined) {
      roles.set(key, role);
    }
  }
  return roles;
}

/**
 * Computer accounts (`DOMAIN\HOST$`) by key, with their host: the only one with that first label, or else the only one
 * of these in a domain of that name.
 */
function computersOf(
  keys: Iterable<string>,
  hostsByLabel: ReadonlyMap<string | undefined, readonly string[]>,
): ReadonlyMap<string, string> {
  const computers = new Map<string, string>();
  for (const key of keys) {
    const { kind, name, domain } = partsOf(key);
    const candidates = kind !== "sid" && name.endsWith("$") ? (hostsByLabel.get(name.slice(0, -1)) ?? []) : [];
    const inDomain = candidates.filter((host) => {
      const suffix = host.slice((firstLabel(host) ?? "").length + 1);
      return suffix !== "" && firstLabel(suffix) === firstLabel(domain ?? "");
    });
    const [host] = candidates.length === 1 ? candidates : inDomain.length === 1 ? inDomain : [];
    if (host !== undefined) {
      computers.set(key, host);
    }
  }
  return computers;
}

function accountOfKey(key: string): Account {
  const { kind, name, domain } = partsOf(key);
  return kind === "sid" ? { name: "", id: key.toUpperCase() } : { name, ...(domain === undefined ? {} : { domain }) };
}

function accountText({ name, domain, id }: Account): string {
  return name === "" ? (id ?? "") : domain === undefined ? name : `${domain}\\${name}`;
}
