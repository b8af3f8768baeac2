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
import { useMemo } from "react";
import type { RouteBody, RouteName, RouteQuery, RouteResponse } from "#contracts/api";
import type { QueuePage, QueueQuery } from "#contracts/queue";
import { RequestError, type RequestOptions, request, requestFile, type Seen } from "./client.ts";
import { useIsLive } from "./live/state.ts";

/** Query key: the route first, so that all responses of a route can be invalidated. */
function keyOf<N extends RouteName>(name: N, options: RequestOptions<N>) {
  return [name, options.params ?? {}, options.query ?? {}, options.body ?? {}] as const;
}

/** Statuses of a server that does not answer (none, or one of a proxy) and of one whose store is down. */
const UNAVAILABLE = [0, 502, 503, 504];
/** Milliseconds after which a response is requested again that such a server could not give. */
const HEALING_INTERVAL = 5_000;

/** Refreshes a response: as requested, and by itself once the server can answer again. */
function refreshing<T>(interval: Interval<T>) {
  return ({ state }: { readonly state: { readonly data?: T; readonly error: unknown } }): number | false => {
    const every = typeof interval === "function" ? interval(state.data) : interval;
    return state.error instanceof RequestError && UNAVAILABLE.includes(state.error.details.status)
      ? Math.min(every ?? HEALING_INTERVAL, HEALING_INTERVAL)
      : (every ?? false);
  };
}

/** Milliseconds, which may depend on the response; undefined: it is not refreshed. */
type Interval<T> = number | undefined | ((response: T | undefined) => number | undefined);

export interface UseRouteOptions<T = unknown> {
  readonly enabled?: boolean;
  /** Time between refreshes while the page is visible. */
  readonly refresh?: Interval<T>;
  /** The same for what follows the stream of changes (`live/concerns.ts`), while that is down. */
  readonly fallback?: Interval<T>;
  /** Milliseconds for which a cached response is not requested again by a part of the page that appears. */
  readonly freshFor?: number;
  /** Keep showing the previous response while the next one loads (lists whose filters change). */
  readonly keep?: boolean;
}

/** However quiet the stream is, what follows it is at most this old, in milliseconds. */
const LIVE_INTERVAL = 60_000;

function useInterval<T>({ refresh, fallback }: UseRouteOptions<T>): Interval<T> {
  const isLive = useIsLive();
  return fallback === undefined ? refresh : isLive ? LIVE_INTERVAL : fallback;
}

/** The response of a read route, cached and refreshed. */
export function useRoute<N extends RouteName>(
  name: N,
  options: RequestOptions<N> = {},
  use: UseRouteOptions<RouteResponse<N>> = {},
): UseQueryResult<RouteResponse<N>, RequestError> {
  const interval = useInterval(use);
  return useQuery<RouteResponse<N>, RequestError>({
    queryKey: keyOf(name, options),
    queryFn: ({ signal }) => request(name, { ...options, signal }),
    enabled: use.enabled ?? true,
    refetchInterval: refreshing(interval),
    staleTime: use.freshFor,
    placeholderData: use.keep ? keepPreviousData : undefined,
  });
}

/** Routes that return pages of a list. */
export type ListRoute = {
  [N in RouteName]: RouteResponse<N> extends { readonly items: readonly unknown[]; readonly total: number }
    ? "next" extends keyof RouteResponse<N>
      ? N
      : never
    : never;
}[RouteName];

/** All pages of a list as one, where a part of the page needs the list as a whole. */
export function useWholeList<N extends ListRoute>(
  name: N,
  use: UseRouteOptions<RouteResponse<N>> = {},
): UseQueryResult<RouteResponse<N>, RequestError> {
  const interval = useInterval(use);
  return useQuery<RouteResponse<N>, RequestError>({
    queryKey: [name, "all pages"],
    queryFn: ({ signal }) => allPages(name, signal),
    enabled: use.enabled ?? true,
    refetchInterval: refreshing(interval),
  });
}

async function allPages<N extends ListRoute>(name: N, signal: AbortSignal): Promise<RouteResponse<N>> {
  const pages: RouteResponse<N>[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 500, cursor } as RouteQuery<N>;
    const page = await request(name, { query, signal });
    pages.push(page);
    cursor = page.next;
  } while (cursor !== undefined);
  const items = pages.flatMap((page): readonly unknown[] => page.items);
  return { ...pages.at(-1), items } as RouteResponse<N>;
}

/**
 * Further pages of the queue after the cursor `next`, loaded on request. They are not refreshed until something
 * changes: only the first page is refreshed periodically.
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

/** The responses of one read route to several requests, as far as they are loaded. */
export function useRoutes<N extends RouteName>(
  name: N,
  options: readonly RequestOptions<N>[],
  use: Pick<UseRouteOptions<RouteResponse<N>>, "enabled" | "refresh"> = {},
): readonly UseQueryResult<RouteResponse<N>, RequestError>[] {
  return useQueries({
    queries: options.map((one) => ({
      queryKey: keyOf(name, one),
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => request(name, { ...one, signal }),
      enabled: use.enabled ?? true,
      refetchInterval: refreshing(use.refresh),
    })),
  });
}

/** A file of a route, made once: it stays as it is whatever changes, until its part of the page closes. */
export function useFile<N extends RouteName>(name: N, options: RequestOptions<N>) {
  return useQuery<Awaited<ReturnType<typeof requestFile>>, RequestError>({
    queryKey: keyOf(name, options),
    queryFn: ({ signal }) => requestFile(name, { ...options, signal }),
    staleTime: "static",
    gcTime: 0,
  });
}

/** Drops the requests to a route that are in progress. The server then ends the work for them. */
export function useCancel(name: RouteName): () => void {
  const client = useQueryClient();
  return () => void client.cancelQueries({ queryKey: [name] });
}

/** Reads ahead for a page that is about to open, and puts into the cache what the response to a change has shown. */
export function useResponses() {
  const client = useQueryClient();
  return useMemo(
    () => ({
      /** Resolves when the response is cached, or could not be loaded: then the page that needs it reports why. */
      load: <N extends RouteName>(name: N, options: RequestOptions<N>): Promise<void> =>
        client.prefetchQuery({
          queryKey: keyOf(name, options),
          queryFn: ({ signal }) => request(name, { ...options, signal }),
          staleTime: 10_000,
        }),
      /** Changes a response if it is cached. */
      put: <N extends RouteName>(
        name: N,
        options: RequestOptions<N>,
        change: (before: RouteResponse<N>) => RouteResponse<N>,
      ) =>
        void client.setQueryData<RouteResponse<N>>(keyOf(name, options), (before) =>
          before === undefined ? undefined : change(before),
        ),
    }),
    [client],
  );
}

export interface Change<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly body: RouteBody<N>;
  /** The read that shows what is edited; see `RequestOptions`. */
  readonly seen?: Seen;
}

/**
 * A mutation. Invalidates all cached responses, so that everything on screen is read again. After a conflict, too: what
 * others changed is then on screen, and sending the same change again is based on it. It is done when everything was
 * read again, or already when the change was made if its response is put into the cache (`show`).
 */
export function useChange<N extends RouteName>(
  name: N,
  show?: (response: RouteResponse<N>, change: Change<N>) => void,
) {
  const client = useQueryClient();
  return useMutation<RouteResponse<N>, RequestError, Change<N>>({
    mutationFn: (change) => request(name, change),
    onSuccess: (response, change) => {
      const read = () => client.invalidateQueries();
      if (show === undefined) {
        return read();
      }
      show(response, change);
      void read();
      return undefined;
    },
    onError: async ({ details }) => {
      if (details.code === "request.conflict") {
        await client.invalidateQueries();
      }
    },
  });
}
