import type { RouteBody, RouteName, RouteQuery, RouteResponse } from "#contracts/api";
import type { ProblemCode } from "#contracts/problem-codes";
import type { Result } from "../lib/result.ts";

/** A call of a route of the API, by its name. */
export interface ApiCall<N extends RouteName> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: RouteQuery<N>;
  readonly body?: RouteBody<N>;
}

/** Why a call failed. */
export interface ApiRefusal {
  readonly code: ProblemCode;
  /** May quote values from logs or from the request. */
  readonly detail: string;
}

/** The API as the tools see it: over HTTP with a token, or in the process of the server. */
export interface Api {
  call<N extends RouteName>(
    name: N,
    call: ApiCall<N>,
    signal?: AbortSignal,
  ): Promise<Result<RouteResponse<N>, ApiRefusal>>;
}
