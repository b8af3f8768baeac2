import type { Account } from "#contracts/account";

/** The better of two spellings of an account, in whatever order: one with a SID, then the first alphabetically. */
export function betterSpelling(one: Account, other: Account): Account {
  if ((one.id === undefined) !== (other.id === undefined)) {
    return one.id === undefined ? other : one;
  }
  const text = ({ name, domain, id }: Account) => JSON.stringify([name, domain, id]);
  return text(one) <= text(other) ? one : other;
}
