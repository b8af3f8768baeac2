import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { HostPage } from "#contracts/pivot";
import type { AccountScope } from "../lineage/account-identity.ts";
import type { Store, StoreReader } from "../store/port.ts";
import type { LogonList } from "./logon-event.ts";
import { alertsPart, listed, listLimits } from "./pivot-lists.ts";

/** Risk accumulated over time, oldest first; dismissed alerts add none. A long curve is thinned out evenly. */
async function riskPart(store: StoreReader, of: Parameters<Store["alerts"]["risk"]>[0]): Promise<HostPage["risk"]> {
  const steps = await store.alerts.risk(of);
  const every = Math.ceil(steps.length / listLimits.riskPoints);
  const kept = steps.filter((_, index) => index === 0 || index === steps.length - 1 || index % every === 0);
  return {
    total: steps.at(-1)?.risk ?? 0,
    points: kept.map(({ alertId, time, ruleName, risk }) => ({
      time: new Date(time).toISOString(),
      risk,
      alertId,
      label: ruleName,
    })),
    truncationReason:
      kept.length < steps.length
        ? `The curve shows ${kept.length} of ${steps.length} alerts; the sums count all of them.`
        : undefined,
  };
}

/** The period that a page covers. */
function spanOf(parts: {
  readonly logons: readonly { readonly time: string }[];
  readonly processes: readonly ProcessNode[];
  readonly alerts: readonly { readonly time: string }[];
  readonly sessions: readonly LogonSession[];
}) {
  const times = [
    ...parts.logons.map(({ time }) => time),
    ...parts.alerts.map(({ time }) => time),
    ...parts.processes.flatMap(({ start, end }) => [start, end]),
    ...parts.sessions.flatMap(({ opened, closed }) => [opened, closed]),
  ]
    .filter((time) => time !== undefined)
    .toSorted();
  const [from] = times;
  const to = times.at(-1);
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** The lists that the pages of hosts and users share. */
export async function pivotParts(
  store: StoreReader,
  of: { readonly hosts: readonly string[] } | { readonly accounts: readonly AccountScope[] },
  logonList: Promise<LogonList>,
) {
  const [alerts, logons, sessions, processes, risk] = await Promise.all([
    alertsPart(store, of),
    logonList,
    store.lineage.sessions({ ...of, limit: listLimits.sessions }),
    store.lineage.processesIn({ ...of, limit: listLimits.processes }),
    riskPart(store, of),
  ]);
  const parts = {
    alerts,
    logons: { ...logons, items: [...logons.items] },
    sessions: listed(sessions, "sessions"),
    processes: listed(processes, "processes"),
  };
  const span = spanOf({
    logons: parts.logons.items,
    processes: parts.processes.items,
    alerts: parts.alerts.items,
    sessions: parts.sessions.items,
  });
  return { ...parts, risk, span };
}
