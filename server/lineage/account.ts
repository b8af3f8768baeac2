import type { Account } from "#contracts/account";
import type { Fields, SourceRef } from "#contracts/event";
import { textOf } from "../event/event.ts";
import { builtInRole, isPersonalSid } from "./built-in-accounts.ts";

/** Identifies an account: `domain\name` in lower case, else its SID. */
export function userKeyOf(account: Account): string {
  if (account.name !== "") {
    return (account.domain === undefined ? account.name : `${account.domain}\\${account.name}`).toLowerCase();
  }
  return (account.id ?? "").toLowerCase();
}

/** A record contained both the name and the SID of an account. */
export interface AccountTie {
  readonly userKey: string;
  readonly sid: string;
  /** The earliest such record; missing in stores written before it was kept. */
  readonly source?: SourceRef;
}

/**
 * The name and SID of an account, if both are known and say anything: the SID of a domain, a machine or a directory
 * identifies one account. One that is the same on every host only tells what a name in another language means.
 */
export function accountTie(account: Account, source?: SourceRef): AccountTie | undefined {
  const { name, id } = account;
  if (name === "" || id === undefined) {
    return undefined;
  }
  const userKey = userKeyOf(account);
  const sid = id.toLowerCase();
  const says = isPersonalSid(sid) || (builtInRole(userKey) === undefined && builtInRole(userKey, sid) !== undefined);
  return says ? { userKey, sid, ...(source === undefined ? {} : { source }) } : undefined;
}

/** The tie with the earlier record; of two at one time, the one with the first event id. */
export function earlierTie(one: AccountTie, other: AccountTie | undefined): AccountTie {
  if (one.source === undefined || other?.source === undefined) {
    return one.source === undefined ? (other ?? one) : one;
  }
  const [a, b] = [sourceOrder(one.source), sourceOrder(other.source)];
  return a <= b ? one : other;
}

/** Sources in the order of their times, then of their event ids. */
export function sourceOrder({ time, eventId }: SourceRef): string {
  return `${time} ${eventId}`;
}

/**
 * Sysmon and endpoint sensors: the account of the process. `user.id` of a Sysmon event is the SID of the Sysmon
 * service and is ignored. See docs/decisions/0004.
 */
export function agentUser(fields: Fields): Account | undefined {
  const id = textOf(fields, "user.id");
  return account(textOf(fields, "user.name"), textOf(fields, "user.domain"), id === "S-1-5-18" ? undefined : id);
}

/** Security 4688: the account that created the process. */
export function creatorUser(fields: Fields): Account | undefined {
  return account(
    textOf(fields, "winlog.event_data.SubjectUserName") ?? textOf(fields, "user.name"),
    textOf(fields, "winlog.event_data.SubjectDomainName") ?? textOf(fields, "user.domain"),
    textOf(fields, "winlog.event_data.SubjectUserSid") ?? textOf(fields, "user.id"),
  );
}

/**
 * Security 4688, version 2: the account of the new token if that differs from the creator's. Security 4648: the account
 * whose credentials were used.
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

/** Written by Windows for no account. */
const NULL_SID = "S-1-0-0";

function account(name: string | undefined, domain: string | undefined, sid: string | undefined): Account | undefined {
  const known = { name: present(name), domain: present(domain), id: sid === NULL_SID ? undefined : present(sid) };
  return known.name === undefined && known.id === undefined ? undefined : { ...known, name: known.name ?? "" };
}

/** Windows writes `-` for a missing value. */
function present(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "-" ? undefined : text;
}
