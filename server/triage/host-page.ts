import type { HostPage } from "#contracts/pivot";
import type { Store, StoreReader } from "../store/port.ts";
import { hostSpellings } from "./host-spellings.ts";
import { hostSummaries, hostsAndNames } from "./host-summaries.ts";
import { logonsOf, logonsOfHost } from "./logon-event.ts";
import { listLimits } from "./pivot-lists.ts";
import { pivotParts } from "./pivot-parts.ts";
import { userSummaries } from "./user-summaries.ts";

/**
 * The page of a host: processes, logons, alerts and accumulated risk under all of its names, with the evidence that
 * these are one host. Undefined: no record of the host.
 */
export function hostPageOf(store: Store, key: string): Promise<HostPage | undefined> {
  return hostPage(store.together(), key);
}

async function hostPage(store: StoreReader, key: string): Promise<HostPage | undefined> {
  const known = hostsAndNames(store);
  const [{ names, groups, evidence }, summaries] = await Promise.all([known, hostSummaries(store, known)]);
  const host = names.shown(key.toLowerCase());
  const hosts = names.all(host);
  const summary = summaries.find((candidate) => candidate.host === host);
  if (summary === undefined) {
    return undefined;
  }
  const group = groups.get(host);
  const [parts, coverage, all, spellings] = await Promise.all([
    pivotParts(store, { hosts }, logonsOf(store, logonsOfHost(hosts), listLimits.logons)),
    store.events.coverage({ hosts }),
    userSummaries(store),
    group === undefined ? [] : hostSpellings(store, group, evidence),
  ]);
  const users = all.flatMap(({ key: userKey, account, on }) => {
    const here = on.filter((one) => hosts.includes(one.host));
    const sum = (figure: "processes" | "logons" | "failedLogons") =>
      here.reduce((total, one) => total + one[figure], 0);
    return here.length === 0
      ? []
      : [
          {
            key: userKey,
            account,
            processes: sum("processes"),
            successfulLogons: sum("logons"),
            failedLogons: sum("failedLogons"),
          },
        ];
  });
  return {
    ...summary,
    ...parts,
    spellings: [...spellings],
    coverage: [...coverage],
    users: users.toSorted((a, b) => b.processes - a.processes || a.key.localeCompare(b.key)),
  };
}
