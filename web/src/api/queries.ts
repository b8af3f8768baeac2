import {
  keepPreviousData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import type { RouteBody, RouteName, RouteResponse } from "#contracts/api";
import type { QueuePage, QueueQuery } from "#contracts/queue";
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

/**
 * The pages of the queue behind the one that ended at `next`, read one after the other as they are asked for. They stay as
 * they were read until something changes: only the first page is refreshed by itself.
 */
export function useFurtherQueue(
  query: QueueQuery,
  next: string | undefined,
  wanted: boolean,
): UseInfiniteQueryResult<readonly QueuePage[], RequestError> {
  return useInfiniteQuery({
    queryKey: [...keyOf("queue", { query }), "further"],
    queryFn: ({ signal, pageParam }) => request("queue", { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: next,
    getNextPageParam: (last: QueuePage) => last.next,
    enabled: wanted && next !== undefined,
    select: ({ pages }) => pages,
  });
}

/** The answers of one reading route to several questions, as far as they are here. */
export function useRoutes<N extends RouteName>(
  name: N,
  options: readonly RequestOptions<N>[],
): readonly UseQueryResult<RouteResponse<N>, RequestError>[] {
  return useQueries({
    queries: options.map((one) => ({
      queryKey: keyOf(name, one),
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => request(name, { ...one, signal }),
    })),
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
