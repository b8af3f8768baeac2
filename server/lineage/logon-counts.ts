import type { Account } from "#contracts/account";
import { userKeyOf } from "./account.ts";
import type { FailedLogonFact, LogonFact } from "./facts.ts";

/**
 * Logons of an account on a host, counted by outcome, type and source: few rows however many records there are, such as
 * the failures of somebody who tries passwords. See docs/decisions/0050.
 */
export interface LogonCount {
  /** As recorded: counts stay what they are when a name means another host from then on. */
  readonly host: string;
  readonly user: Account;
  readonly outcome: "succeeded" | "failed";
  readonly logonType: number | undefined;
  /** The source address, or else the name that the client gave. */
  readonly source: string | undefined;
  readonly count: number;
  /** Epoch milliseconds of the first and the last of them. */
  readonly first: number;
  readonly last: number;
}

/** Counts logon facts; those that open or fail to open a session count. */
export function countLogons() {
  const counts = new Map<string, LogonCount>();
  return {
    add(fact: LogonFact | FailedLogonFact) {
      const { recordedHost: host = fact.host, user, time, logonType } = fact;
      if (user === undefined || (fact.kind === "logon" && fact.what !== "opened")) {
        return;
      }
      const outcome = fact.kind === "logon" ? "succeeded" : "failed";
      const source = fact.sourceIp ?? fact.sourceHost?.toLowerCase();
      const name = `${host}\u0000${userKeyOf(user)}\u0000${outcome}\u0000${logonType}\u0000${source}`;
      const known = counts.get(name);
      counts.set(
        name,
        known === undefined
          ? { host, user, outcome, logonType, source, count: 1, first: time, last: time }
          : {
              ...known,
              count: known.count + 1,
              first: Math.min(known.first, time),
              last: Math.max(known.last, time),
            },
      );
    },
    all: (): readonly LogonCount[] => [...counts.values()],
  };
}
