import type { Delivery } from "#contracts/delivery";
import type { IncidentDetail } from "#contracts/incident";
import type { RequestError } from "../../../api/client.ts";
import { useRoutes } from "../../../api/queries.ts";
import { deliveriesInterval } from "../../../ui/delivery.tsx";

/** Deliveries that are listed of each incident: the newest. */
const most = 100;

export interface Deliveries {
  /** Newest first. */
  readonly items: readonly Delivery[];
  /** Why a part is missing, if so. */
  readonly cut?: string;
  readonly failed?: { readonly error: RequestError; readonly retry: () => void };
}

/** What was sent, or is to be sent, because the incident or one that was merged into it was escalated. */
export function useDeliveries({ key, merged }: Pick<IncidentDetail, "key" | "merged">): Deliveries {
  const lists = useRoutes(
    "deliveries",
    [...new Set([key, ...merged.map((one) => one.key)])].map((incident) => ({ query: { incident, limit: most } })),
    { refresh: deliveriesInterval },
  );
  const failed = lists.find(({ error }) => error !== null);
  return {
    items: lists.flatMap(({ data }) => data?.items ?? []).sort((a, b) => b.at.localeCompare(a.at)),
    ...(lists.some(({ data }) => data?.next !== undefined)
      ? { cut: `of the deliveries, the newest ${most}; Settings > Deliveries has all` }
      : {}),
    ...(failed?.error == null ? {} : { failed: { error: failed.error, retry: () => void failed.refetch() } }),
  };
}
