import type { Rule } from "../detection/rule.ts";
import { pauseUnlessAborted } from "../lib/pause.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import { exceptionsInForce } from "./exceptions-in-force.ts";
import { refreshAlerts } from "./refresh.ts";

const SCOPE = "refresh";

/**
 * Records that the alerts on these hosts have to be refreshed, in the write that changed their process graph: a process
 * that dies before the refresh leaves the demand to the next one. `owner` names who is going to meet it, so that nobody
 * removes a demand that another one has made meanwhile. See docs/decisions/0052.
 */
export async function demandRefresh(
  { engineState }: Pick<StoreTransaction, "engineState">,
  owner: string,
  hosts: Iterable<string>,
): Promise<void> {
  const rows = Array.from(hosts, (host) => ({ name: JSON.stringify([owner, host]), value: "" }));
  if (rows.length > 0) {
    await engineState.save(SCOPE, rows);
  }
}

export interface RefreshRequest {
  readonly owner?: string;
  readonly signal?: AbortSignal;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** The loaded rules, which exceptions apply to by id or tag. */
  readonly rules: ReadonlyMap<string, Rule>;
}

/**
 * Meets recorded demands, those of one owner or all of them, and removes them with the last write of the refresh. Who
 * meets all of them must hold the lease to ingest. Throws the reason of `signal` when it is aborted; the demands then
 * remain.
 */
export async function refreshDemanded(store: Store, { owner, signal, clock, rules }: RefreshRequest): Promise<void> {
  const demands = (await store.engineState.all(SCOPE)).map(([name]) => ({ name, ...demandOf(name) }));
  const met = owner === undefined ? demands : demands.filter((demand) => demand.owner === owner);
  if (met.length === 0) {
    return;
  }
  const hosts = [...new Set(met.map(({ host }) => host))];
  const exceptions = await exceptionsInForce(store, { byId: rules }, clock());
  const pause = () => pauseUnlessAborted(signal);
  await refreshAlerts(store, hosts, { clock, pause, recheck: { exceptions, rules } });
  await store.write(({ engineState }) =>
    engineState.save(
      SCOPE,
      met.map(({ name }) => ({ name, value: undefined })),
    ),
  );
}

function demandOf(name: string): { readonly owner: string; readonly host: string } {
  const parts: unknown = JSON.parse(name);
  const [owner, host] = Array.isArray(parts) ? parts : [];
  return { owner: String(owner), host: String(host) };
}
