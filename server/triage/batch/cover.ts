import type { BatchCoverage, BatchPreview, BatchSelection } from "#contracts/batch";
import { queueQuery } from "#contracts/queue";
import { nextStatuses } from "../../alert/workflow.ts";
import type { AlertSelection, CoveredAlert } from "../../store/alerts/port.ts";
import type { BatchPart, BatchReader, PartIncident } from "../../store/batches/port.ts";
import type { Store } from "../../store/port.ts";
import type { StatusRequest } from "./action.ts";

/** Incidents or alerts that are asked for at once. */
const KEYS = 5_000;

/**
 * The alerts that a batch covers, each once, the oldest first. Alerts that were stored together are changed together:
 * writes then touch fewer pages.
 */
export async function coveredBy(
  { alerts, batches }: Pick<Store, "alerts" | "batches">,
  { of, scope }: BatchCoverage,
): Promise<readonly CoveredAlert[]> {
  const found = new Map<string, CoveredAlert>();
  const add = (some: readonly CoveredAlert[]) => {
    for (const alert of some) {
      found.set(alert.id, alert);
    }
  };
  for (const selection of of) {
    if (selection.kind === "left") {
      for await (const ids of leftAlerts(batches, selection)) {
        add(await alerts.covered({ kind: "alerts", ids }));
      }
    } else {
      add(await alerts.covered(selectionOf(selection)));
    }
  }
  if (scope === "incidents") {
    const keys = [...new Set([...found.values()].flatMap((alert) => (alert.buildingBlock ? [] : [alert.incidentKey])))];
    for (let from = 0; from < keys.length; from += KEYS) {
      add(await alerts.covered({ kind: "incidents", keys: keys.slice(from, from + KEYS) }));
    }
  }
  return [...found.values()].sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
}

/** The alerts that a batch left, by pages. */
async function* leftAlerts(
  batches: Pick<BatchReader, "left">,
  { batch, code }: Extract<BatchSelection, { kind: "left" }>,
): AsyncGenerator<readonly string[]> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await batches.left(batch, { code, cursor, limit: KEYS });
    yield items.flatMap(({ alert }) => alert ?? []);
    if (next === undefined) {
      return;
    }
    cursor = next;
  }
}

function selectionOf(selection: Exclude<BatchSelection, { kind: "left" }>): AlertSelection {
  return selection.kind === "filter" ? { kind: "filter", query: queueQuery.parse(selection.filter) } : selection;
}

/** What a batch would cover now. */
export async function batchPreviewOf(
  store: Pick<Store, "alerts" | "batches">,
  coverage: BatchCoverage,
): Promise<BatchPreview> {
  const covered = await coveredBy(store, coverage);
  const statuses = { open: 0, acknowledged: 0, escalated: 0, closed: 0 };
  for (const { status } of covered) {
    statuses[status] += 1;
  }
  return { ...countsOf(covered), statuses };
}

export function countsOf(covered: readonly CoveredAlert[]): { readonly incidents: number; readonly alerts: number } {
  return { incidents: new Set(covered.map(({ incidentKey }) => incidentKey)).size, alerts: covered.length };
}

/** Cuts what a batch covers into parts of `size` alerts. `request` is absent if it changes no status. */
export function partsOf(
  batch: string,
  covered: readonly CoveredAlert[],
  size: number,
  request: StatusRequest | undefined,
): readonly BatchPart[] {
  const parts: PartIncident[][] = [];
  let room = 0;
  for (const [key, alerts] of Map.groupBy(covered, ({ incidentKey }) => incidentKey)) {
    const concerned = alerts.filter(({ status }) => request === undefined || nextStatuses(status).includes(request.to));
    const rules = [...new Set(concerned.map(({ ruleId }) => ruleId))];
    for (let from = 0; from < alerts.length; ) {
      if (room === 0) {
        parts.push([]);
        room = size;
      }
      const ids = alerts.slice(from, from + room).map(({ id }) => id);
      from += ids.length;
      room -= ids.length;
      parts.at(-1)?.push({ key, alerts: ids, rules, ...(from < alerts.length ? { continues: true } : {}) });
    }
  }
  return parts.map((incidents, number) => ({ batch, number, incidents }));
}
