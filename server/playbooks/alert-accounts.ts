import type { Fields } from "#contracts/event";
import { and, type Condition, equals, exists, not, or } from "../condition/tree.ts";
import { textOf } from "../event/event.ts";
import { userKeyOf } from "../lineage/account.ts";
import type { AccountIdentity, AccountResolver } from "../lineage/account-identity.ts";

/** Fields that name one account of a record. */
interface AccountFields {
  readonly name: string;
  readonly domain: string;
  readonly ids: readonly string[];
}

const ecs = (prefix: string): AccountFields => ({
  name: `${prefix}.name`,
  domain: `${prefix}.domain`,
  ids: [`${prefix}.id`],
});
const windows = (who: "Subject" | "Target"): AccountFields => ({
  name: `winlog.event_data.${who}UserName`,
  domain: `winlog.event_data.${who}DomainName`,
  ids: [`winlog.event_data.${who}UserSid`, ...(who === "Target" ? ["winlog.event_data.TargetSid"] : [])],
});
const sides: readonly AccountFields[] = [
  ecs("user"),
  ecs("user.effective"),
  ecs("user.target"),
  windows("Subject"),
  windows("Target"),
];

/** The fields beside a name, domain or SID that are about the same account; undefined for other fields. */
function sideOf(field: string): AccountFields | undefined {
  return sides.find(({ name, domain, ids }) => name === field || domain === field || ids.includes(field));
}

/** Whether a field is the domain of an account. */
export function isDomain(field: string): boolean {
  return sides.some(({ domain }) => domain === field);
}

/** Whether a field is the domain of an account, which the other one names: together they are one spelling of it. */
export function completesName(field: string, other: string): boolean {
  const side = sideOf(field);
  return side !== undefined && side.domain === field && side.name === other;
}

/** The accounts that the fields of an alert name. */
export interface AlertAccounts {
  /** The account that a field of the alert is about: its name, its domain or its SID. */
  of(field: string): AccountIdentity | undefined;
}

export const noAccounts: AlertAccounts = { of: () => undefined };

export function alertAccounts(accounts: AccountResolver, fields: Fields, host: string): AlertAccounts {
  return {
    of(field) {
      const side = sideOf(field);
      if (side === undefined) {
        return undefined;
      }
      const id = side.ids.map((name) => textOf(fields, name)).find((text) => text !== undefined);
      const userKey = userKeyOf({ name: textOf(fields, side.name) ?? "", domain: textOf(fields, side.domain), id });
      return userKey === "" || userKey === "-" ? undefined : accounts.find(accounts.keyOf(userKey, host));
    },
  };
}

/** What a search for the account of an alert finds in place of one spelling. */
export interface AccountSearch {
  readonly condition: Condition;
  /** The hosts that it is limited to, for an account that every host has. */
  readonly hosts?: readonly string[];
  readonly notes: readonly string[];
}

/**
 * A search for an account in a field by one of its spellings or its SID, extended to all of them; on its own host only,
 * if every host has such an account. Undefined: the field is about no account.
 */
export function searchAccount(field: string, given: Condition, account: AccountIdentity): AccountSearch | undefined {
  const side = sideOf(field);
  if (side === undefined) {
    return undefined;
  }
  const condition = or(given, ...spelled(side, account));
  const names = account.spellings.filter((name) => name !== account.key);
  const hosts = account.scopes[0]?.hosts;
  if (account.builtIn === undefined || hosts === undefined) {
    return {
      condition,
      notes:
        names.length === 0 || isDomain(field)
          ? []
          : [`${field} is searched in all spellings of ${account.key}: ${names.join(", ")}`],
    };
  }
  return {
    condition: and(condition, equals("host.name", hosts, { caseInsensitive: true })),
    hosts,
    notes: [`every host has an account ${account.key.split("@")[0]}, so only ${account.builtIn.host} is searched`],
  };
}

function spelled({ name, domain, ids }: AccountFields, { accounts, account }: AccountIdentity): readonly Condition[] {
  const anyCase = { caseInsensitive: true };
  const sids = [...new Set([account, ...accounts].flatMap(({ id }) => id ?? []))];
  return [
    ...(sids.length === 0 ? [] : ids.map((id) => equals(id, sids, anyCase))),
    ...accounts
      .filter((one) => one.name !== "")
      .map((one) =>
        and(
          equals(name, one.name, anyCase),
          // A user principal name contains the domain.
          ...(one.domain !== undefined
            ? [equals(domain, one.domain, anyCase)]
            : one.name.includes("@")
              ? []
              : [or(not(exists(domain)), equals(domain, ["-", ""]))]),
        ),
      ),
  ];
}
