import type { Batch, BatchAction, BatchSelection } from "#contracts/batch";
import type { Incident, QueuePage, QueueQuery } from "#contracts/queue";

/** What the bulk bar acts on: some rows, or everything that matches the filters. */
export type Chosen =
  | { readonly kind: "rows"; readonly rows: readonly Incident[] }
  | { readonly kind: "all"; readonly page: Pick<QueuePage, "total" | "totalAlerts" | "totalIncidents"> };

/** Actions that change the incident and no alert. */
export const isOfIncident = ({ kind }: Pick<BatchAction, "kind">): boolean => kind === "assign" || kind === "tag";

const filterOf = ({ cursor: _, limit: __, group: ___, sort: ____, ...filter }: QueueQuery) => filter;

/** What a selection means to the server: rows of groups other than incidents are the alerts that they stand for. */
export function selectionsOf(chosen: Chosen, query: QueueQuery): BatchSelection[] {
  return chosen.kind === "all"
    ? [{ kind: "filter", filter: filterOf(query) }]
    : merged(chosen.rows.map((row) => selectionOf(row, query)));
}

function selectionOf(row: Incident, query: QueueQuery): BatchSelection {
  const filter = filterOf(query);
  switch (query.group) {
    case "lineage": {
      const keys = row.folded?.keys ?? [row.key];
      return row.folded !== undefined && row.folded.incidents > keys.length
        ? { kind: "filter", filter: { ...filter, shape: row.folded.shape } }
        : { kind: "incidents", keys };
    }
    case "rule":
      return { kind: "filter", filter: { ...filter, rule: [row.key] } };
    case "host":
      return { kind: "filter", filter: { ...filter, host: [row.key] } };
    case "user":
      return row.key === ""
        ? { kind: "alerts", ids: row.alerts.map(({ id }) => id) }
        : { kind: "filter", filter: { ...filter, user: [row.key] } };
    case "none":
      return { kind: "alerts", ids: row.alerts.map(({ id }) => id) };
  }
}

/** One selection of all keys, and one of all ids. */
function merged(selections: readonly BatchSelection[]): BatchSelection[] {
  const keys = selections.flatMap((one) => (one.kind === "incidents" ? one.keys : []));
  const ids = selections.flatMap((one) => (one.kind === "alerts" ? one.ids : []));
  return [
    ...selections.filter(({ kind }) => kind === "filter"),
    ...(keys.length > 0 ? [{ kind: "incidents" as const, keys }] : []),
    ...(ids.length > 0 ? [{ kind: "alerts" as const, ids }] : []),
  ];
}

export const number = (value: number) => value.toLocaleString("en");

export function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `3 alerts of 2 incidents`. */
export function countsText({ alerts, incidents }: Batch["changed"]): string {
  const ofIncidents = counted(incidents, "incident");
  return alerts === 0
    ? ofIncidents
    : incidents === 0
      ? counted(alerts, "alert")
      : `${counted(alerts, "alert")} of ${ofIncidents}`;
}
