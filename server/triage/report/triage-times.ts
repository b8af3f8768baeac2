import type { TimeToTriage } from "#contracts/shift-report";
import { medianOf, p90Of } from "../../lib/quantiles.ts";
import type { ReportFacts, ReportState } from "./state.ts";

/** How long alerts and incidents that were raised in the range waited for a person. */
export function triageTimes(
  { from, heads, incidentsOf, firstRaised }: ReportFacts,
  { raised, acts, open, openIncidents }: ReportState,
): { readonly alerts: TimeToTriage; readonly incidents: TimeToTriage } {
  // Times of acts by persons: on the alert, on its incident as a whole, and on anything of the incident.
  const [onAlert, onRecord, onIncident] = [
    new Map<string, number[]>(),
    new Map<string, number[]>(),
    new Map<string, number[]>(),
  ];
  for (const act of acts) {
    if (act.person === undefined || act.kind === "exception") {
      continue;
    }
    const head = act.kind === "incident" ? undefined : heads.get(act.alertId);
    const key = act.kind === "incident" ? incidentsOf.get(act.recordId) : head?.incidentKey;
    if (head !== undefined) {
      add(onAlert, head.id, act.at);
    } else if (key !== undefined) {
      add(onRecord, key, act.at);
    }
    if (key !== undefined) {
      add(onIncident, key, act.at);
    }
  }
  const sorted = (times: Map<string, number[]>) =>
    new Map([...times].map(([key, all]) => [key, all.sort((a, b) => a - b)]));
  const [byAlert, byRecord, byIncident] = [sorted(onAlert), sorted(onRecord), sorted(onIncident)];
  const keys = [...new Set(raised.map(({ incidentKey }) => incidentKey))];
  return {
    alerts: figuresOf(
      raised.map(({ id, incidentKey, detectedAt }) => ({
        waited: least(
          firstFrom(byAlert.get(id), detectedAt),
          firstFrom(byRecord.get(incidentKey), detectedAt),
          detectedAt,
        ),
        isOpen: open.has(id),
      })),
    ),
    incidents: figuresOf(
      keys.flatMap((key) => {
        const first = firstRaised.get(key);
        return first === undefined || first < from
          ? []
          : [
              {
                waited: least(firstFrom(byIncident.get(key), first), undefined, first),
                isOpen: openIncidents.has(key),
              },
            ];
      }),
    ),
  };
}

function add(times: Map<string, number[]>, key: string, at: number): void {
  const known = times.get(key);
  if (known === undefined) {
    times.set(key, [at]);
  } else {
    known.push(at);
  }
}

/** The first of sorted times that is not before. */
function firstFrom(times: readonly number[] | undefined, from: number): number | undefined {
  let [low, high] = [0, times?.length ?? 0];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = (times?.[middle] ?? 0) < from ? [middle + 1, high] : [low, middle];
  }
  return times?.[low];
}

function least(a: number | undefined, b: number | undefined, since: number): number | undefined {
  const first = a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
  return first === undefined ? undefined : first - since;
}

function figuresOf(all: readonly { readonly waited: number | undefined; readonly isOpen: boolean }[]): TimeToTriage {
  const waited = all.flatMap((one) => one.waited ?? []).sort((a, b) => a - b);
  const without = all.filter((one) => one.waited === undefined);
  const waiting = without.filter(({ isOpen }) => isOpen).length;
  return {
    count: all.length,
    acted: waited.length,
    median: medianOf(waited),
    p90: p90Of(waited),
    waiting,
    automatic: without.length - waiting,
  };
}
