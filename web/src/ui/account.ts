import type { Account } from "#contracts/account";

/** `DOMAIN\\name`; the SID if there is no name. */
export function accountText(account: Account | undefined): string {
  if (account === undefined) {
    return "unknown";
  }
  const { name, domain, id } = account;
  return name === "" ? (id ?? "unknown") : domain === undefined ? name : `${domain}\\${name}`;
}

/** The page of a user as a record names it. SYSTEM and others like it are another account on each host. */
export function userPath(account: Account, host?: string): string {
  const path = `/users/${encodeURIComponent(accountText(account).toLowerCase())}`;
  return host === undefined ? path : `${path}?host=${encodeURIComponent(host)}`;
}
