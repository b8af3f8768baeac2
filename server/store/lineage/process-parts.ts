import type { ProcessQuery } from "./port.ts";

/** A part of what `processesIn` asks for: stores read each along one index and merge the lists. */
export interface ProcessPart {
  readonly host: string | undefined;
  readonly userKey: string | undefined;
  readonly sessionKey: string | undefined;
}

/** One part for each host and account asked for; no process is in two of them. */
export function processParts(query: ProcessQuery): readonly ProcessPart[] {
  const { hosts, userKeys, sessionKey } = query;
  if (hosts === undefined && userKeys === undefined && sessionKey === undefined) {
    throw new Error("processes are listed by host, user or session");
  }
  const each = (values: readonly string[] | undefined): readonly (string | undefined)[] =>
    values === undefined ? [undefined] : [...new Set(values)];
  return each(hosts).flatMap((host) => each(userKeys).map((userKey) => ({ host, userKey, sessionKey })));
}
