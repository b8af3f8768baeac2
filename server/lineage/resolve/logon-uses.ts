import type { Account } from "#contracts/account";
import { firstLabel } from "../aliases.ts";
import type { StartFact } from "../facts.ts";
import { least } from "../process-facts.ts";

/**
 * Processes started under a logon id: by one logon GUID, or without one by one account within a time. A logon id is
 * used by thousands of processes; these few values are all that tells its sessions apart where no logon was recorded.
 */
export interface LogonUse {
  readonly logonGuid?: string;
  readonly user?: string;
  /** Epoch milliseconds of the first and the last start. */
  readonly first: number;
  readonly last: number;
}

/** Uses without a GUID that are further apart (milliseconds) are kept apart: a boot may turn out to lie between. */
const MAX_GAP = 3_600_000;

/** Every use once, by time. A function of the set of all starts: whatever was joined before, the result is the same. */
export function mergeUses(uses: readonly LogonUse[]): readonly LogonUse[] {
  const groups = Map.groupBy(uses, ({ logonGuid, user = "" }) => logonGuid ?? `\u0000${user}`);
  return [...groups.values()]
    .flatMap(joined)
    .map(({ logonGuid, user, first, last }) => ({ logonGuid, user, first, last }))
    .sort(byFirst);
}

function joined(uses: readonly LogonUse[]): readonly LogonUse[] {
  const found: LogonUse[] = [];
  for (const use of uses.toSorted(byFirst)) {
    const before = found.at(-1);
    if (before !== undefined && (use.logonGuid !== undefined || use.first - before.last <= MAX_GAP)) {
      const user = least([before.user, use.user]);
      found[found.length - 1] = { ...before, user, last: Math.max(before.last, use.last) };
    } else {
      found.push(use);
    }
  }
  return found;
}

function byFirst(a: LogonUse, b: LogonUse): number {
  return a.first - b.first || (textOf(a) < textOf(b) ? -1 : 1);
}

function textOf({ logonGuid = "", user = "", last }: LogonUse): string {
  return JSON.stringify([logonGuid, user, last]);
}

/** The use that one start is. */
export function logonUseOf(start: StartFact): LogonUse {
  const { host, time, logonGuid } = start;
  return { logonGuid, user: sessionUser(host, accountOfSession(start)), first: time, last: time };
}

/** Security 4688 may name the creator's logon id beside the account of another token. */
function accountOfSession({ side, user, creator }: StartFact): Account | undefined {
  return side === "security" && creator !== undefined ? undefined : user;
}

/**
 * An account as sessions compare it: its name, and whether it is one of the host itself. Logs spell the domain in
 * different ways.
 */
export function sessionUser(host: string, account: Account | undefined): string | undefined {
  const name = account?.name.toLowerCase().replace(/@.*$/s, "");
  if (name === undefined || name === "") {
    return undefined;
  }
  const domain = account?.domain === undefined ? "" : firstLabel(account.domain).slice(0, NETBIOS_LENGTH);
  return domain !== "" && domain === firstLabel(host).slice(0, NETBIOS_LENGTH) ? `.\\${name}` : name;
}

/** Windows truncates the names of computers and domains to this many characters. */
const NETBIOS_LENGTH = 15;
