import type { Account } from "#contracts/account";

/** `DOMAIN\name`; the SID if there is no name. */
export function accountLabel(account: Account): string {
  if (account.name === "") {
    return account.id ?? "";
  }
  return account.domain === undefined || account.domain === "" ? account.name : `${account.domain}\\${account.name}`;
}
