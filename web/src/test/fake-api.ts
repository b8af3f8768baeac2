import { type Route, type RouteBody, type RouteName, type RouteResponse, routes } from "#contracts/api";
import type { FailureDetails } from "../api/client.ts";

type ParamName<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Tail}`
    ? Name | ParamName<Tail>
    : Rest
  : never;

/** One request to a route, as its handler receives it. */
export interface Call<N extends RouteName> {
  readonly params: Readonly<Record<ParamName<(typeof routes)[N]["path"]>, string>>;
  readonly query: URLSearchParams;
  readonly body: RouteBody<N>;
}

type Outcome<N extends RouteName> = RouteResponse<N> | Refusal;

/** A handler returns the response of the route or a refusal, or a promise of one. */
export type Handlers = {
  readonly [N in RouteName]?: (call: Call<N>) => Outcome<N> | Promise<Outcome<N>>;
};

/** What a handler returns to refuse a request. */
export class Refusal {
  readonly problem: FailureDetails;

  constructor(status: number, detail: string, rest: Partial<FailureDetails> = {}) {
    this.problem = { title: `Status ${status}`, status, detail, ...rest };
  }
}

export interface FakeApi {
  /** Replaces the handlers of some routes. */
  use(handlers: Handlers): void;
  /** Refuses every request to a route until `use` gives it another handler. */
  fail(name: RouteName, refusal: Refusal): void;
  /** Holds back the responses of a route until the returned function is called. */
  pause(name: RouteName): () => void;
  /** The requests to a route so far, oldest first. */
  calls<N extends RouteName>(name: N): readonly Call<N>[];
  /** What the test did not provide for: requests without a handler, bodies and responses that their schema rejects. */
  readonly mistakes: readonly unknown[];
  /** Replaces `fetch`. */
  readonly fetch: typeof fetch;
}

/**
 * The HTTP API of the contracts' routes in memory, for tests without a server. A request without a handler, and a body
 * or a response that the route's schema rejects, end up in `mistakes`; `renderPage` fails the test then.
 */
export function fakeApi(initial: Handlers): FakeApi {
  let handlers = initial;
  const received: { readonly name: RouteName; readonly call: Call<RouteName> }[] = [];
  const paused = new Map<RouteName, Promise<void>>();
  const mistakes: unknown[] = [];

  const respond = async (method: string, url: URL, init: RequestInit | undefined): Promise<Response> => {
    const { name, params } = routeOf(method, url);
    const body = method === "GET" ? {} : routes[name].body.parse(JSON.parse(String(init?.body)));
    const call = { params, query: url.searchParams, body } as Call<RouteName>;
    received.push({ name, call });
    const handler = handlers[name] as ((call: Call<RouteName>) => unknown) | undefined;
    if (handler === undefined) {
      throw new Error(`The test has no handler for the route "${name}" (${method} ${url.pathname})`);
    }
    await paused.get(name);
    init?.signal?.throwIfAborted();
    const result = await handler(call);
    if (result instanceof Refusal) {
      return Response.json(result.problem, { status: result.problem.status });
    }
    const route: Route = routes[name];
    const content = route.response.parse(result);
    return route.file === undefined
      ? Response.json(content)
      : new Response(String(content), { headers: { "content-disposition": 'attachment; filename="file.html"' } });
  };

  return {
    mistakes,
    use: (more) => {
      handlers = { ...handlers, ...more };
    },
    fail: (name, refusal) => {
      handlers = { ...handlers, [name]: () => refusal };
    },
    pause: (name) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      paused.set(name, promise);
      return () => {
        paused.delete(name);
        resolve();
      };
    },
    calls: <N extends RouteName>(name: N) =>
      received.filter((one) => one.name === name).map((one) => one.call as Call<N>),
    fetch: async (input, init) => {
      try {
        return await respond(init?.method ?? "GET", new URL(String(input), "http://stemma.test"), init);
      } catch (error) {
        if (init?.signal?.aborted !== true) {
          mistakes.push(error);
        }
        throw error;
      }
    },
  };
}

function routeOf(method: string, { pathname }: URL) {
  for (const [name, route] of Object.entries(routes)) {
    const match = new RegExp(`^${route.path.replace(/:([a-z]+)/g, "(?<$1>[^/]+)")}$`).exec(pathname);
    if (match !== null && route.method === method.toLowerCase()) {
      const params = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
      return { name: name as RouteName, params: Object.fromEntries(params) as Record<string, string> };
    }
  }
  throw new Error(`The contracts have no route ${method} ${pathname}`);
}
