import { keepPreviousData, type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { RouteBody, RouteName, RouteResponse } from "#contracts/api";
import { type RequestError, type RequestOptions, request } from "./client.ts";

/** Key of a cached answer: by route first, so that a change can refresh every answer of a route. */
function keyOf<N extends RouteName>(name: N, options: RequestOptions<N>) {
  return [name, options.params ?? {}, options.query ?? {}, options.body ?? {}] as const;
}

export interface UseRouteOptions {
  readonly enabled?: boolean;
  /** Milliseconds between refreshes while the page is visible. */
  readonly refresh?: number;
  /** Show the answer before while a new one loads (lists whose filters change). */
  readonly keep?: boolean;
}

/** The answer of a reading route, cached and refreshed. */
export function useRoute<N extends RouteName>(
  name: N,
  options: RequestOptions<N> = {},
  use: UseRouteOptions = {},
): UseQueryResult<RouteResponse<N>, RequestError> {
  return useQuery<RouteResponse<N>, RequestError>({
    queryKey: keyOf(name, options),
    queryFn: ({ signal }) => request(name, { ...options, signal }),
    enabled: use.enabled ?? true,
    refetchInterval: use.refresh ?? false,
    placeholderData: use.keep ? keepPreviousData : undefined,
  });
}

export interface Change<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly body: RouteBody<N>;
}

/** A changing route. Everything that was read before is stale afterwards: what is on screen is read again. */
export function useChange<N extends RouteName>(name: N) {
  const client = useQueryClient();
  return useMutation<RouteResponse<N>, RequestError, Change<N>>({
    mutationFn: (change) => request(name, change),
    onSuccess: () => client.invalidateQueries(),
  });
}
