import type { Account } from "#contracts/account";
import type { Fields } from "#contracts/event";
import { textOf } from "../event/event.ts";

/** One account, however it was written: `domain\name` in lower case, else its SID. */
export function userKeyOf(account: Account): string {
  if (account.name !== "") {
    return (account.domain === undefined ? account.name : `${account.domain}\\${account.name}`).toLowerCase();
  }
  return (account.id ?? "").toLowerCase();
}

/** A record gave an account both its name and its SID. */
export interface AccountTie {
  readonly userKey: string;
  readonly sid: string;
}

/**
 * What ties the name and the SID of an account. Only SIDs of a domain, a machine or a directory name one account: the
 * short ones are the same on every host (and S-1-5-18 is written for both SYSTEM and the machine's own account).
 */
export function accountTie(account: Account): AccountTie | undefined {
  const { name, id } = account;
  return name === "" || id === undefined || !/^S-1-(?:5-21|12-1)-/i.test(id)
    ? undefined
    : { userKey: userKeyOf(account), sid: id.toLowerCase() };
}

/**
 * Sysmon and endpoint sensors: the account of the process. `user.id` of a Sysmon event is the service's SID and is left
 * out.
 */
export function agentUser(fields: Fields): Account | undefined {
  const id = textOf(fields, "user.id");
  return account(textOf(fields, "user.name"), textOf(fields, "user.domain"), id === "S-1-5-18" ? undefined : id);
}

/** Security 4688: the account that asked for the process. */
export function creatorUser(fields: Fields): Account | undefined {
  return account(
    textOf(fields, "winlog.event_data.SubjectUserName") ?? textOf(fields, "user.name"),
    textOf(fields, "winlog.event_data.SubjectDomainName") ?? textOf(fields, "user.domain"),
    textOf(fields, "winlog.event_data.SubjectUserSid") ?? textOf(fields, "user.id"),
  );
}

/**
 * Security 4688, version 2: the account of the new token where it is another one; 4648: the account whose credentials
 * were used.
 */
export function tokenUser(fields: Fields): Account | undefined {
  return account(
    textOf(fields, "winlog.event_data.TargetUserName") ?? textOf(fields, "user.effective.name"),
    textOf(fields, "winlog.event_data.TargetDomainName") ?? textOf(fields, "user.effective.domain"),
    textOf(fields, "winlog.event_data.TargetUserSid") ?? textOf(fields, "user.effective.id"),
  );
}

/** Security 4624: the account that logged on. */
export function logonUser(fields: Fields): Account | undefined {
  return account(
    textOf(fields, "winlog.event_data.TargetUserName") ?? textOf(fields, "user.name"),
    textOf(fields, "winlog.event_data.TargetDomainName") ?? textOf(fields, "user.domain"),
    textOf(fields, "winlog.event_data.TargetUserSid") ?? textOf(fields, "user.id"),
  );
}

/** `-` and the null SID are the log's ways to say "nobody". */
function account(name: string | undefined, domain: string | undefined, id: string | undefined): Account | undefined {
  const said = { name: spoken(name), domain: spoken(domain), id: id === NOBODY ? undefined : spoken(id) };
  if (said.name === undefined && said.id === undefined) {
    return undefined;
  }
  return { name: said.name ?? "", domain: said.domain, id: said.id };
}

const NOBODY = "S-1-0-0";

function spoken(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "-" ? undefined : text;
}
